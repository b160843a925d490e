import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import type { ApiError } from '../../client/client.ts'
import { h } from '../elements/dom.ts'
import { createEditor } from '../elements/editor.ts'
import type { Values } from '../elements/editor.ts'
import type { Field } from '../elements/fields.ts'
import { formatDate, formatSpan } from '../values/format.ts'
import { fromLocal, toLocal } from '../values/time-zone.ts'
import type { Stop } from './hour-rows.ts'
import type { FactoryData, Reason } from './load-factory.ts'

/** The part of a stop that a form classifies. */
type Part = Pick<Stop, 'from' | 'to' | 'seconds' | 'annotation' | 'reason' | 'note'>

const NO_REASONS = 'The organisation has no stop reasons yet. An engineer can add them at the end of this page.'

const createFields = (zone: string, reasons: Reason[], current: string | null): Field[] => [
  {
    name: 'reason',
    label: 'Reason',
    type: 'select',
    required: true,
    options: reasons
      .filter(({ retired, code }) => !retired || code === current)
      .map(({ code, name, group }) => ({ value: code, label: name, group })),
  },
  { name: 'note', label: 'Note', type: 'text', maxLength: LIMITS.nameCharacters },
  { name: 'from', label: `From (${zone})`, type: 'datetime-local', step: '1', required: true },
  { name: 'to', label: `To (${zone})`, type: 'datetime-local', step: '1', hint: 'empty while the machine stands still' },
]

/** Explains a conflict with another annotation. The form keeps its input. */
const explain = ({ status, message }: ApiError): string | undefined => {
  if (status !== 409) return undefined
  return message.startsWith('Overlaps')
    ? 'Another reason covers a part of this time. Send other times, or close this form and change that stop. Your input is kept.'
    : `${message} Your input is kept.`
}

/**
 * Creates the form that gives a stop its reason. A form that covers only the beginning of a stop is followed by one for the rest.
 * @param finish called with the rest of the stop, or with undefined if the form covers its end
 */
const createStopEditor = (api: Api, id: number, part: Part, { zone, reasons }: FactoryData, finish: (rest: Part | undefined) => void) => {
  const { annotation } = part
  const end = part.to ?? part.from + part.seconds
  let rest: Part | undefined
  const format = (time: number | null) => (time === null ? '' : toLocal(time, zone))
  const toBody = ({ reason = '', note = '', from = '', to = '' }: Values) => ({
    reason,
    note: note === '' ? null : note,
    from: fromLocal(from, zone)!,
    to: to === '' ? null : fromLocal(to, zone)!,
  })
  const params = { id: annotation ?? 0 }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/stop-annotation/{id}', params)
    return { values: { reason: data.reason, note: data.note ?? '', from: format(data.from), to: format(data.to) }, etag: etag! }
  }
  const editor = createEditor({
    title: `Stop of ${formatDate(part.from, zone)}, ${formatSpan(part.from, end, zone)}`,
    fields: createFields(zone, reasons, part.reason),
    submitLabel: 'Save',
    explain,
    async save(values, ifMatch) {
      const body = toBody(values)
      if (body.to !== null && body.to <= body.from) return 'Not saved: the end must be after the start.'
      if (annotation === null) await api.write('POST /api/factory/{id}/stop-annotations', { id }, body)
      else await api.write('PATCH /api/stop-annotation/{id}', params, body, ifMatch === undefined ? {} : { ifMatch })
      const isShorter = body.to !== null && body.to > part.from && body.to < end
      rest = isShorter ? { from: body.to!, to: part.to, seconds: end - body.to!, annotation: null, reason: null, note: null } : undefined
      finish(rest)
      return 'Saved.'
    },
    ...(annotation !== null && {
      load,
      async remove(ifMatch?: string) {
        await api.write('DELETE /api/stop-annotation/{id}', params, undefined, ifMatch === undefined ? {} : { ifMatch })
        finish(undefined)
        return 'Removed.'
      },
    }),
  })
  const split = () => {
    editor.setValue('to', format(Math.round((part.from + end) / 120) * 60))
    editor.setStatus('Set the end of the first part. After saving, the form continues with the rest.')
  }
  const fill = async () => {
    if (annotation === null) editor.set({ values: { from: format(part.from), to: format(part.to) } })
    else editor.set(await load())
  }
  return { editor, split, fill }
}

/** Creates the dialog that classifies stops. It is a modal dialog, so the focus returns to the button that opened it. */
export const createStopDialog = (api: Api, id: number) => {
  const dialog = h('dialog', { 'aria-label': 'Reason of a stop', className: 'stop-dialog' })
  const open = (part: Part, data: FactoryData) => {
    const finish = (rest: Part | undefined) => (rest ? open(rest, data) : dialog.close())
    const { editor, split, fill } = createStopEditor(api, id, part, data, finish)
    dialog.replaceChildren(
      editor.element,
      h(
        'p',
        { className: 'buttons' },
        h('button', { type: 'button', className: 'quiet', onclick: split }, 'Split'),
        h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, 'Close'),
      ),
      h('p', { className: 'hint', hidden: data.reasons.some(({ retired }) => !retired) }, NO_REASONS),
    )
    // The dialog opens with the stored values, so that they never replace input.
    const reveal = () => {
      if (!dialog.open) dialog.showModal()
      editor.focus()
    }
    fill()
      .catch((error: Error) => editor.setStatus(error.message))
      .finally(reveal)
  }
  return { element: dialog, open }
}
