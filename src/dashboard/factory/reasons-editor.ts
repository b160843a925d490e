import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import { createDocumentSaver } from '../elements/document-saver.ts'
import { h } from '../elements/dom.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { Reason } from './load-factory.ts'
import { buildReasonCode } from './stop-words.ts'
import { texts } from '../texts/stops.ts'

const columns = texts.reasonColumns

/** Creates the row of a reason. A new one gets its code when it is saved first. */
const createRow = (reason: Reason | undefined) => {
  const input = (value: string, required: boolean) =>
    h('input', { type: 'text', value, required, maxLength: LIMITS.nameCharacters, autocomplete: 'off', dir: 'auto' })
  const name = input(reason?.name ?? '', true)
  const group = input(reason?.group ?? '', false)
  const category = h(
    'select',
    {},
    ...Object.entries(texts.categories).map(([value, text]) => h('option', { value, selected: value === reason?.category }, text)),
  )
  const retired = h('input', { type: 'checkbox', checked: reason?.retired ?? false })
  let code = reason?.code
  const showLabels = () => {
    const label = name.value || texts.newReason
    name.ariaLabel = texts.fieldOf(columns.name, label)
    category.ariaLabel = texts.fieldOf(columns.category, label)
    group.ariaLabel = texts.fieldOf(columns.group, label)
    retired.ariaLabel = texts.retire(label)
  }
  name.addEventListener('change', showLabels)
  showLabels()
  return {
    element: h('tr', {}, ...[name, category, group, h('label', {}, retired)].map((field) => h('td', {}, field))),
    name,
    /** Returns the reason; undefined for a new one without a name. */
    read: (codes: string[]): Reason | undefined => {
      const text = name.value.trim()
      if (code === undefined && text === '') return undefined
      code ??= buildReasonCode(text, codes)
      return {
        code,
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
    empty.hidden = true
    return row
  }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/stop-reasons')
    rows = []
    body.replaceChildren()
    empty.hidden = false
    for (const reason of data.reasons) append(reason)
    return etag!
  }
  const read = () => {
    const reasons: Reason[] = []
    for (const row of rows) {
      const reason = row.read(reasons.map(({ code }) => code))
      if (reason) reasons.push(reason)
    }
    return reasons
  }
  const fields = h(
    'div',
    { className: 'reason-fields' },
    h('p', { className: 'hint' }, texts.reasonsHint),
    h('div', { className: 'scroll' }, h('table', {}, createTableHead(Object.values(columns)), body)),
    empty,
    h(
      'p',
      { className: 'buttons' },
      h('button', { type: 'button', className: 'quiet', onclick: () => append().name.focus() }, texts.addReason),
    ),
  )
  const saver = createDocumentSaver({
    words: texts.saver,
    fields,
    load,
    findEtag: async () => (await api.client.get('/api/stop-reasons')).etag!,
    write: async (condition) => (await api.write('PUT /api/stop-reasons', {}, { reasons: read() }, condition)).etag!,
  })

  const form = h(
    'form',
    { 'aria-label': texts.reasons },
    fields,
    h('p', { className: 'buttons' }, saver.submit, ...saver.conflictButtons),
    saver.status,
  )
  form.addEventListener('submit', saver.handleSubmit)
  const details = h('details', { className: 'card reasons' }, h('summary', {}, texts.reasonsOfOrganisation), form)
  details.addEventListener('toggle', () => details.open && void saver.open())
  return details
}
