import type { Api } from './api.ts'
import { makeEditor } from './editor.ts'
import { h } from './dom.ts'
import { formatTime } from './format.ts'
import { fromLocal, toLocal } from './time-zone.ts'

const written = (value: number | null): string => (value === null ? '' : String(value))
/** An empty input means what is not known. */
const meant = (value: string): number | null => (value === '' ? null : Number(value))

const FIGURES = [
  { name: 'actual', label: 'Made', type: 'number', min: '0', step: '1' },
  { name: 'goal', label: 'Planned', type: 'number', min: '0', step: '1' },
] as const

/** Corrects or removes the reading of one time. */
const makeCorrection = async (api: Api, id: number, time: number, zone: string, done: () => void) => {
  const place = { id, time }
  const reread = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/chart-data/{time}', place)
    return { values: { actual: written(data.actual), goal: written(data.goal) }, etag: etag! }
  }
  const editor = makeEditor({
    title: `Correct the reading of ${formatTime(time, zone)} (${zone})`,
    fields: [...FIGURES],
    verb: 'Save',
    reread,
    done,
    async save({ actual = '', goal = '' }, ifMatch) {
      const body = { actual: meant(actual), goal: meant(goal) }
      const { etag } = await api.write('PUT /api/factory/{id}/chart-data/{time}', place, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { actual, goal }, ...(etag !== null && { etag }) })
      return 'Saved.'
    },
    async remove(ifMatch) {
      await api.write('DELETE /api/factory/{id}/chart-data/{time}', place, undefined, ifMatch === undefined ? {} : { ifMatch })
      return 'Removed.'
    },
  })
  editor.set(await reread())
  return editor
}

const makeAddition = (api: Api, id: number, zone: string) => {
  const editor = makeEditor({
    title: 'Add a reading',
    fields: [{ name: 'time', label: `Time (${zone})`, type: 'datetime-local', step: '1', required: true }, ...FIGURES],
    verb: 'Add',
    async save({ time = '', actual = '', goal = '' }) {
      const seconds = fromLocal(time, zone)
      if (seconds === undefined) return 'Enter a time.'
      const body = { time: seconds, ...(actual !== '' && { actual: Number(actual) }), ...(goal !== '' && { goal: Number(goal) }) }
      const { data } = await api.write('POST /api/factory/{id}/chart-data', { id }, body)
      return data.changed ? 'Added.' : 'It was there already.'
    },
  })
  editor.set({ values: { time: toLocal(Math.floor(Date.now() / 1000), zone) } })
  return editor
}

const makeProfile = (api: Api, id: number) => {
  const reread = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/profile', { id })
    return { values: { name: data.name ?? '', time_zone: data.time_zone }, etag: etag! }
  }
  const editor = makeEditor({
    title: 'Name and time zone',
    fields: [
      { name: 'name', label: 'Name', type: 'text' },
      { name: 'time_zone', label: 'Time zone', type: 'text', required: true, hint: 'such as Europe/Berlin' },
    ],
    verb: 'Save',
    reread,
    async save({ name = '', time_zone = '' }, ifMatch) {
      const body = { name: name === '' ? null : name, time_zone }
      const { etag } = await api.write('PATCH /api/factory/{id}', { id }, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { name, time_zone }, ...(etag !== null && { etag }) })
      return 'Saved.'
    },
  })
  return { editor, open: async () => editor.set(await reread()) }
}

/** What one with a key can do to a factory. Made once its time zone is known. */
export const makeFactoryEditors = (api: Api, id: number, zone: string) => {
  const correction = h('div')
  const profile = makeProfile(api, id)
  const opener = h('details', { className: 'card' }, h('summary', {}, 'Add a reading, change name or time zone'))
  opener.append(h('div', { className: 'editors' }, makeAddition(api, id, zone).element, profile.editor.element))
  opener.addEventListener('toggle', () => {
    if (opener.open) profile.open().catch((error: Error) => profile.editor.say(error.message))
  })
  return {
    opener,
    correction,
    /** Opens the form for one reading, and goes there. */
    async correct(time: number) {
      const editor = await makeCorrection(api, id, time, zone, () => {})
      correction.replaceChildren(h('div', { className: 'card' }, editor.element))
      editor.focus()
    },
  }
}
