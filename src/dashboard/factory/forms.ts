import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import type { Api } from '../api/api.ts'
import { createEditor } from '../elements/editor.ts'
import { h } from '../elements/dom.ts'
import { formatTime } from '../values/format.ts'
import { fromLocal, toLocal } from '../values/time-zone.ts'
import { createImportDetails } from './import-details.ts'
import type { FactoryData } from './load-factory.ts'
import { createReasonsEditor } from './reasons-editor.ts'

const formatValue = (value: number | null): string => (value === null ? '' : String(value))
/** Parses an input. Empty means unknown. */
const parseValue = (value: string): number | null => (value === '' ? null : Number(value))

const VALUE_FIELDS = [
  { name: 'actual', label: 'Made', type: 'number', min: '0', step: '1' },
  { name: 'goal', label: 'Planned', type: 'number', min: '0', step: '1' },
] as const

/** Creates the form that corrects or removes one reading. */
const createCorrectionForm = async (api: Api, id: number, time: number, zone: string, done: () => void) => {
  const params = { id, time }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/chart-data/{time}', params)
    return { values: { actual: formatValue(data.actual), goal: formatValue(data.goal) }, etag: etag! }
  }
  const editor = createEditor({
    title: `Correct the reading of ${formatTime(time, zone)} (${zone})`,
    fields: [...VALUE_FIELDS],
    submitLabel: 'Save',
    load,
    done,
    async save({ actual = '', goal = '' }, ifMatch) {
      const body = { actual: parseValue(actual), goal: parseValue(goal) }
      const { etag } = await api.write('PUT /api/factory/{id}/chart-data/{time}', params, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { actual, goal }, ...(etag !== null && { etag }) })
      return 'Saved.'
    },
    async remove(ifMatch) {
      await api.write('DELETE /api/factory/{id}/chart-data/{time}', params, undefined, ifMatch === undefined ? {} : { ifMatch })
      return 'Removed.'
    },
  })
  editor.set(await load())
  return editor
}

const createAdditionForm = (api: Api, id: number, zone: string) => {
  const editor = createEditor({
    title: 'Add a reading',
    fields: [{ name: 'time', label: `Time (${zone})`, type: 'datetime-local', step: '1', required: true }, ...VALUE_FIELDS],
    submitLabel: 'Add',
    async save({ time = '', actual = '', goal = '' }) {
      const seconds = fromLocal(time, zone)
      if (seconds === undefined) return 'Enter a time.'
      const body = { time: seconds, ...(actual !== '' && { actual: Number(actual) }), ...(goal !== '' && { goal: Number(goal) }) }
      const { data } = await api.write('POST /api/factory/{id}/chart-data', { id }, body)
      return data.changed ? 'Added.' : 'This reading exists already.'
    },
  })
  editor.set({ values: { time: toLocal(Math.floor(Date.now() / 1000), zone) } })
  return editor
}

const createProfileForm = (api: Api, id: number) => {
  const load = async () => {
    const { data, etag } = await api.client.get('/api/factory/{id}/profile', { id })
    return { values: { name: data.name ?? '', time_zone: data.time_zone }, etag: etag! }
  }
  const editor = createEditor({
    title: 'Name and time zone',
    fields: [
      { name: 'name', label: 'Name', type: 'text' },
      { name: 'time_zone', label: 'Time zone', type: 'text', required: true, hint: 'such as Europe/Berlin' },
    ],
    submitLabel: 'Save',
    load,
    async save({ name = '', time_zone = '' }, ifMatch) {
      const body = { name: name === '' ? null : name, time_zone }
      const { etag } = await api.write('PATCH /api/factory/{id}', { id }, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { name, time_zone }, ...(etag !== null && { etag }) })
      return 'Saved.'
    },
  })
  return { editor, reload: async () => editor.set(await load()) }
}

/** Creates the forms of a factory. Forms that the key may not use are not shown. */
export const createFactoryForms = (api: Api, id: number) => {
  const [element, correction] = [h('div', { className: 'forms' }), h('div')]
  let shown: { zone: string; role: Role } | undefined
  let importDetails: ReturnType<typeof createImportDetails> | undefined

  /** Creates the forms that a role may use. */
  const createDetails = (timeZone: string, role: Role) => {
    const addition = createAdditionForm(api, id, timeZone).element
    if (!isAtLeast(role, 'engineer'))
      return h('details', { className: 'card' }, h('summary', {}, 'Add a reading'), h('div', { className: 'editors' }, addition))
    const profile = createProfileForm(api, id)
    const details = h('details', { className: 'card' }, h('summary', {}, 'Add a reading, change name or time zone'))
    details.append(h('div', { className: 'editors' }, addition, profile.editor.element))
    details.addEventListener('toggle', () => {
      if (details.open) profile.reload().catch((error: Error) => profile.editor.setStatus(error.message))
    })
    return details
  }
  /** Opens the form for one reading and moves the focus there. */
  const correct = async (time: number, timeZone: string) => {
    const editor = await createCorrectionForm(api, id, time, timeZone, () => {})
    correction.replaceChildren(h('div', { className: 'card' }, editor.element))
    editor.focus()
  }

  return {
    element,
    /** The place of the form that corrects a reading. */
    correction,
    /** Opens the form that corrects a reading; undefined if the key may not correct it. */
    get correct() {
      const timeZone = shown?.zone
      if (timeZone === undefined) return undefined
      return (time: number) => {
        correct(time, timeZone).catch((error: Error) => correction.replaceChildren(h('p', { className: 'card said' }, error.message)))
      }
    },
    /** Shows the forms that the key may use. Returns true if they changed. */
    show({ zone, role, mayEditReasons }: FactoryData): boolean {
      const next = isAtLeast(role, 'operator') ? { zone, role } : undefined
      if (next?.zone === shown?.zone && next?.role === shown?.role) return false
      shown = next
      importDetails?.end()
      importDetails = next && createImportDetails(api, id, next.zone)
      const reasons = mayEditReasons ? [createReasonsEditor(api)] : []
      element.replaceChildren(...(next ? [createDetails(next.zone, next.role), importDetails!.element, ...reasons] : []))
      correction.replaceChildren()
      return true
    },
    end: () => importDetails?.end(),
  }
}
