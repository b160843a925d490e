import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import type { ApiError } from '../../client/client.ts'
import { createEditor } from '../elements/editor.ts'
import type { Values } from '../elements/editor.ts'
import type { Field } from '../elements/fields.ts'
import { formatDate, formatSpan } from '../values/format.ts'
import { fromLocal, toLocal } from '../values/time-zone.ts'
import type { Stop } from './hour-rows.ts'
import type { FactoryData, Reason } from './load-factory.ts'
import { texts } from '../texts/stops.ts'
import { texts as formTexts } from '../texts/forms.ts'

/** The part of a stop that a form classifies. */
export type StopPart = Pick<Stop, 'from' | 'to' | 'seconds' | 'annotation' | 'reason' | 'note'>

const createFields = (zone: string, reasons: Reason[], current: string | null): Field[] => [
  {
    name: 'reason',
    label: texts.columns.reason,
    type: 'select',
    required: true,
    options: reasons
      .filter(({ retired, code }) => !retired || code === current)
      .map(({ code, name, group }) => ({ value: code, label: name, group })),
  },
  { name: 'note', label: texts.columns.note, type: 'text', maxLength: LIMITS.nameCharacters },
  { name: 'from', label: texts.from(zone), type: 'datetime-local', step: '1', required: true },
  { name: 'to', label: texts.to(zone), type: 'datetime-local', step: '1', hint: texts.toHint },
]

/** Explains a conflict with another annotation. The form keeps its input. */
const explain = ({ status, message }: ApiError): string | undefined => {
  if (status !== 409) return undefined
  return message.startsWith('Overlaps') ? texts.overlaps : texts.inputKept(message)
}

/**
 * Creates the form that gives a stop its reason. A form that covers only the beginning of a stop is followed by one for the rest.
 * @param finish called with the rest of the stop, or with undefined if the form covers its end
 */
export const createStopEditor = (
  api: Api,
  id: number,
  part: StopPart,
  { zone, reasons }: FactoryData,
  finish: (rest: StopPart | undefined) => void,
) => {
  const { annotation } = part
  const end = part.to ?? part.from + part.seconds
  let rest: StopPart | undefined
  /** The times with which the fields were filled. */
  let shown: Pick<StopPart, 'from' | 'to'> = part
  const format = (time: number | null) => (time === null ? '' : toLocal(time, zone))
  const toBody = ({ reason = '', note = '', from = '', to = '' }: Values) => ({
    reason,
    note: note === '' ? null : note,
    from: fromLocal(from, zone, shown.from)!,
    to: to === '' ? null : fromLocal(to, zone, shown.to)!,
  })
  const params = { id: annotation ?? 0 }
  const load = async () => {
    const { data, etag } = await api.client.get('/api/stop-annotation/{id}', params)
    shown = data
    return { values: { reason: data.reason, note: data.note ?? '', from: format(data.from), to: format(data.to) }, etag: etag! }
  }
  const editor = createEditor({
    title: texts.stopOf(`${formatDate(part.from, zone)}, ${formatSpan(part.from, end, zone)}`),
    fields: createFields(zone, reasons, part.reason),
    submitLabel: formTexts.save,
    explain,
    async save(values, ifMatch) {
      const body = toBody(values)
      if (body.to !== null && body.to <= body.from) return texts.endBeforeStart
      if (annotation === null) await api.write('POST /api/factory/{id}/stop-annotations', { id }, body)
      else await api.write('PATCH /api/stop-annotation/{id}', params, body, ifMatch === undefined ? {} : { ifMatch })
      const isShorter = body.to !== null && body.to > part.from && body.to < end
      rest = isShorter ? { from: body.to!, to: part.to, seconds: end - body.to!, annotation: null, reason: null, note: null } : undefined
      finish(rest)
      return formTexts.saved
    },
    ...(annotation !== null && {
      load,
      async remove(ifMatch?: string) {
        await api.write('DELETE /api/stop-annotation/{id}', params, undefined, ifMatch === undefined ? {} : { ifMatch })
        finish(undefined)
        return formTexts.removed
      },
    }),
  })
  const split = () => {
    shown = { from: shown.from, to: Math.round((part.from + end) / 120) * 60 }
    editor.setValue('to', format(shown.to))
    editor.setStatus(texts.splitHint)
  }
  const fill = async () => {
    if (annotation === null) editor.set({ values: { from: format(part.from), to: format(part.to) } })
    else editor.set(await load())
  }
  return { editor, split, fill }
}
