import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h } from '../elements/dom.ts'
import { createEditor } from '../elements/editor.ts'
import { IDEAL_SPEED_FIELD } from './ideal-speed-field.ts'
import { texts } from '../texts/factory.ts'
import { texts as formTexts } from '../texts/forms.ts'
import { texts as pageTexts } from '../texts/page.ts'
import { formatTime } from '../values/format.ts'
import { fromLocal, toLocal } from '../values/time-zone.ts'

const formatValue = (value: number | null): string => (value === null ? '' : String(value))
/** Parses an input. Empty means unknown. */
const parseValue = (value: string): number | null => (value === '' ? null : Number(value))

const VALUE_FIELDS = [
  { name: 'actual', label: texts.made, type: 'number', min: '0', step: '1' },
  { name: 'goal', label: texts.planned, type: 'number', min: '0', step: '1' },
] as const

/** Creates the form that corrects or removes one reading. */
export const createCorrectionForm = async (api: Api, id: number, time: number, zone: string) => {
  const params = { id, time }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/chart-data/{time}', params)
    return { values: { actual: formatValue(data.actual), goal: formatValue(data.goal) }, etag: etag! }
  }
  const editor = createEditor({
    title: texts.correctReading(formatTime(time, zone), zone),
    fields: [...VALUE_FIELDS],
    submitLabel: formTexts.save,
    load,
    async save({ actual = '', goal = '' }, ifMatch) {
      const body = { actual: parseValue(actual), goal: parseValue(goal) }
      const { etag } = await api.write('PUT /api/factory/{id}/chart-data/{time}', params, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { actual, goal }, ...(etag !== null && { etag }) })
      return formTexts.saved
    },
    async remove(ifMatch) {
      await api.write('DELETE /api/factory/{id}/chart-data/{time}', params, undefined, ifMatch === undefined ? {} : { ifMatch })
      return formTexts.removed
    },
  })
  editor.set(await load())
  return editor
}

const createAdditionForm = (api: Api, id: number, zone: string) => {
  const editor = createEditor({
    title: texts.addReading,
    fields: [{ name: 'time', label: texts.time(zone), type: 'datetime-local', step: '1', required: true }, ...VALUE_FIELDS],
    submitLabel: formTexts.add,
    async save({ time = '', actual = '', goal = '' }) {
      const seconds = fromLocal(time, zone)
      if (seconds === undefined) return texts.enterTime
      const body = { time: seconds, ...(actual !== '' && { actual: Number(actual) }), ...(goal !== '' && { goal: Number(goal) }) }
      const { data } = await api.write('POST /api/factory/{id}/chart-data', { id }, body)
      return data.changed ? texts.added : texts.exists
    },
  })
  editor.set({ values: { time: toLocal(Math.floor(Date.now() / 1000), zone) } })
  return editor
}

const createProfileForm = (api: Api, id: number) => {
  const load = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/profile', { id })
    const settings = {
      ideal_per_hour: formatValue(data.ideal_per_hour ?? null),
      stop_after_seconds: formatValue(data.stop_after_seconds ?? null),
    }
    return { values: { name: data.name ?? '', time_zone: data.time_zone, ...settings }, etag: etag! }
  }
  const editor = createEditor({
    title: texts.nameAndZone,
    fields: [
      { name: 'name', label: formTexts.name, type: 'text' },
      { name: 'time_zone', label: texts.timeZone, type: 'text', required: true, hint: texts.timeZoneHint },
      IDEAL_SPEED_FIELD,
      { name: 'stop_after_seconds', label: texts.stopAfter, type: 'number', min: '60', step: '1', hint: texts.stopAfterHint },
    ],
    submitLabel: formTexts.save,
    load,
    async save({ name = '', time_zone = '', ideal_per_hour = '', stop_after_seconds = '' }, ifMatch) {
      const settings = { ideal_per_hour: parseValue(ideal_per_hour), stop_after_seconds: parseValue(stop_after_seconds) }
      const body = { name: name === '' ? null : name, time_zone, ...settings }
      const { etag } = await api.write('PATCH /api/factory/{id}', { id }, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { name, time_zone, ideal_per_hour, stop_after_seconds }, ...(etag !== null && { etag }) })
      return formTexts.saved
    },
  })
  const reload = async () => {
    editor.setStatus(pageTexts.loading)
    editor.set(await load())
    editor.setStatus('')
  }
  return { editor, reload }
}

/** Creates the forms that a role may use: to add a reading, and to change the name, the time zone and the settings of the factory. */
export const createReadingForms = (api: Api, id: number, role: Role) => {
  const profile = isAtLeast(role, 'engineer') ? createProfileForm(api, id) : undefined
  const addition = h('div')
  const details = h(
    'details',
    { className: 'card' },
    h('summary', {}, profile ? texts.addReadingOrChange : texts.addReading),
    h('div', { className: 'editors' }, addition, profile?.editor.element),
  )
  details.addEventListener('toggle', () => {
    if (details.open)
      profile
        ?.reload()
        .catch((error: unknown) => profile.editor.setStatus(formTexts.notLoaded(describeFailure(error, formTexts.openAgain))))
  })
  return {
    element: details,
    /** Creates the form that adds a reading, with its time in a zone. */
    showZone: (zone: string) => addition.replaceChildren(createAdditionForm(api, id, zone).element),
  }
}
