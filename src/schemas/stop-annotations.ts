import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { buildSmallInteger } from './numbers.ts'
import { instant } from './ranges.ts'
import { Id, Time } from './readings.ts'
import { ReasonCode } from './stop-reasons.ts'
import { describeWrongUnit } from './time-unit.ts'
import { z } from './zod.ts'

/** Unix seconds. An annotation may lie in the future, such as planned maintenance. */
const Instant = Time.check(({ value, issues }) => {
  const message = describeWrongUnit(value)
  if (message !== undefined) issues.push({ code: 'custom', message, input: value })
})

const from = 'Start, Unix seconds (inclusive)'
const to = 'End, Unix seconds (exclusive); null while the annotation is open'
const isManual = z
  .boolean()
  .openapi({ description: 'True if the time is a stop even if readings report production, for machines whose counter does not show stops' })
const EXAMPLE = { from: 1611204818, to: 1611205118, reason: 'jam', note: 'Belt of press 7', manual: false }
const STORED = { id: 1, factory: 1, from: 1611203000, to: 1611203600, reason: 'jam', note: null, manual: false }

/** Why a factory stood still in `[from, to)`. */
export const StopAnnotation = z
  .object({
    id: Id,
    factory: Id,
    from: Time.openapi({ description: from }),
    to: Time.nullable().openapi({ description: to }),
    reason: ReasonCode,
    note: StoredName.nullable(),
    manual: isManual,
  })
  .openapi('StopAnnotation', { example: STORED })

/** A page of the annotations of a factory, newest first. */
export const StopAnnotationPage = z
  .object({ annotations: z.array(StopAnnotation).max(LIMITS.pageItems) })
  .openapi('StopAnnotationPage', { example: { annotations: [STORED] } })

const members = {
  from: Instant.openapi({ description: from }),
  to: Instant.nullable().openapi({ description: to }),
  reason: ReasonCode,
}

/** A new annotation. */
export const StopAnnotationIn = z
  .strictObject({ ...members, note: Name.nullable().default(null), manual: isManual.default(false) })
  .refine(({ from, to }) => to === null || to > from, { path: ['to'], error: 'Not after `from`. Send a later time, or null.' })
  .openapi('StopAnnotationIn', { example: EXAMPLE })

/** A merge patch (RFC 7396) of an annotation. null removes the end or the note. */
export const StopAnnotationPatch = z
  .strictObject({ id: Id, ...members, note: Name.nullable(), manual: isManual })
  .partial()
  .openapi('StopAnnotationPatch', { example: { to: 1611203900 } })

/** Query parameters of the annotations of a factory. */
export const stopAnnotationsQuery = z.object({
  from: instant.optional().openapi({ description: 'Start of the range (inclusive), as Unix seconds or RFC 3339' }),
  to: instant.optional().openapi({ description: 'End of the range (exclusive), as Unix seconds or RFC 3339' }),
  limit: buildSmallInteger(1, LIMITS.pageItems).optional().openapi({
    description: 'Maximum number of annotations on the page. Default: 100. `Link` leads to the next page, which is older',
  }),
})

export type StopAnnotation = z.output<typeof StopAnnotation>
export type StopAnnotationPage = z.output<typeof StopAnnotationPage>
export type StopAnnotationIn = z.input<typeof StopAnnotationIn>
export type StopAnnotationPatch = z.input<typeof StopAnnotationPatch>
