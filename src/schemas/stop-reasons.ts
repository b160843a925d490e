import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { z } from './zod.ts'

/** Kinds of time that a stop takes from production. OEE treats each kind differently. */
const CATEGORIES = ['planned', 'unplanned', 'no-demand'] as const

/** The code of a stop reason. Annotations refer to it, so a rename is a new name under the same code. */
export const ReasonCode = z
  .string()
  .min(1)
  .max(LIMITS.reasonCodeCharacters)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, {
    error: 'Not a code. Send lower-case letters, digits, `_` and `-`; begin with a letter or digit.',
    abort: true,
  })
  .openapi({ description: 'Identifier of the reason; it never changes', example: 'tool-change' })

/** The kind of time that a stop takes. */
export const StopCategory = z.enum(CATEGORIES)
const category = StopCategory
const isRetired = z.boolean().openapi({ description: 'True if new annotations must not use the reason' })
const EXAMPLE = { code: 'tool-change', name: 'Tool change', category: 'planned', group: 'Setup', retired: false } as const

/** A reason of stops. `group` combines related reasons. */
const StopReason = z
  .object({ code: ReasonCode, name: StoredName, category, group: StoredName.nullable(), retired: isRetired })
  .openapi('StopReason', { example: EXAMPLE })
const StopReasonIn = z
  .strictObject({ code: ReasonCode, name: Name, category, group: Name.nullable().default(null), retired: isRetired.default(false) })
  .openapi('StopReasonIn', { example: EXAMPLE })

const EXAMPLES = { reasons: [EXAMPLE, { code: 'jam', name: 'Jam', category: 'unplanned', group: null, retired: false } as const] }

/** The stop reasons of the organisation, in the order in which they were sent. */
export const StopReasons = z.object({ reasons: z.array(StopReason).max(LIMITS.stopReasons) }).openapi('StopReasons', { example: EXAMPLES })

/** New stop reasons, which replace all stored ones. */
export const StopReasonsIn = z
  .strictObject({
    reasons: z
      .array(StopReasonIn)
      .max(LIMITS.stopReasons)
      .superRefine((reasons, context) => {
        const first = new Map<string, number>()
        for (const [index, { code }] of reasons.entries()) {
          const earlier = first.get(code)
          if (earlier === undefined) first.set(code, index)
          else {
            const message = `The code of #/reasons/${earlier}. Send another code.`
            context.addIssue({ code: 'custom', path: [index, 'code'], message })
          }
        }
      }),
  })
  .openapi('StopReasonsIn', { example: EXAMPLES })

export type StopReasons = z.output<typeof StopReasons>
export type StopReasonsIn = z.input<typeof StopReasonsIn>
