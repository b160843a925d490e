import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import { createDocumentSaver } from '../elements/document-saver.ts'
import { h } from '../elements/dom.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { Reason } from './load-factory.ts'
import { buildReasonCode } from './stop-words.ts'
import { texts } from '../texts/stops.ts'

const columns = texts.reasonColumns

/** Creates the row of a reason. A new one has no code. */
const createRow = (reason: Reason | undefined) => {
  const label = reason?.name ?? texts.newReason
  const input = (value: string, name: string, required: boolean) =>
    h('input', {
      type: 'text',
      value,
      required,
      maxLength: LIMITS.nameCharacters,
      autocomplete: 'off',
      dir: 'auto',
      'aria-label': texts.fieldOf(name, label),
    })
  const name = input(reason?.name ?? '', columns.name, true)
  const group = input(reason?.group ?? '', columns.group, false)
  const category = h(
    'select',
    { 'aria-label': texts.fieldOf(columns.category, label) },
    ...Object.entries(texts.categories).map(([value, text]) => h('option', { value, selected: value === reason?.category }, text)),
  )
  const retired = h('input', { type: 'checkbox', checked: reason?.retired ?? false, 'aria-label': texts.retire(label) })
  return {
    element: h('tr', {}, ...[name, category, group, h('label', {}, retired)].map((field) => h('td', {}, field))),
    name,
    /** Returns the reason; undefined for a new one without a name. */
    read: (codes: string[]): Reason | undefined => {
      const text = name.value.trim()
      if (!reason && text === '') return undefined
      return {
        code: reason?.code ?? buildReasonCode(text, codes),
        name: text,
        category: category.value as Reason['category'],
        group: group.value.trim() || null,
        retired: retired.checked,
      }
    },
  }
}

/** Creates the editor of the stop reasons of the organisation. They are loaded when it is opened. A conflict keeps the input. */
export const createReasonsEditor = (api: Api): HTMLElement => {
  const body = h('tbody')
  const empty = h('p', { className: 'hint', hidden: true }, texts.noReasonsYet)
  let rows: ReturnType<typeof createRow>[] = []

  const append = (reason?: Reason) => {
    const row = createRow(reason)
    rows.push(row)
    body.append(row.element)
    return row
  }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/stop-reasons')
    rows = []
    body.replaceChildren()
    for (const reason of data.reasons) append(reason)
    empty.hidden = data.reasons.length > 0
    return etag
  }
  const read = () => {
    const reasons: Reason[] = []
    for (const row of rows) {
      const reason = row.read(reasons.map(({ code }) => code))
      if (reason) reasons.push(reason)
    }
    return reasons
  }
  const saver = createDocumentSaver({
    words: texts.saver,
    load,
    findEtag: async () => (await api.client.get('/api/stop-reasons')).etag,
    write: (condition) => api.write('PUT /api/stop-reasons', {}, { reasons: read() }, condition),
  })

  const form = h(
    'form',
    { 'aria-label': texts.reasons },
    h('p', { className: 'hint' }, texts.reasonsHint),
    h('div', { className: 'scroll' }, h('table', {}, createTableHead(Object.values(columns)), body)),
    h(
      'p',
      { className: 'buttons' },
      saver.submit,
      h('button', { type: 'button', className: 'quiet', onclick: () => append().name.focus() }, texts.addReason),
      ...saver.conflictButtons,
    ),
    empty,
    saver.status,
  )
  form.addEventListener('submit', saver.handleSubmit)
  const details = h('details', { className: 'card reasons' }, h('summary', {}, texts.reasonsOfOrganisation), form)
  details.addEventListener('toggle', () => details.open && rows.length === 0 && saver.open())
  return details
}
