import { z } from '@hono/zod-openapi'
import { Id } from './factories.ts'
import { parseInstant, SEND_INSTANT } from './timestamp.ts'
import { LIMITS } from './limits.ts'
import { Name } from './names.ts'
import { ROLES } from './roles.ts'
import { describeWrongUnit } from './time-unit.ts'

const Seconds = z.int().openapi({ description: 'Unix seconds' })

/** An instant as a client sends it. */
export const Moment = z
  .union(
    [
      z
        .int()
        .min(0, SEND_INSTANT)
        .max(99_999_999_999, { error: ({ input }) => describeWrongUnit(input as number) ?? SEND_INSTANT }),
      z
        .string()
        .refine((text) => parseInstant(text) !== undefined, SEND_INSTANT)
        .openapi({ format: 'date-time' }),
    ],
    SEND_INSTANT,
  )
  .openapi({ description: 'Unix seconds or RFC 3339', example: 1893456000 })

const KeyRole = z.enum(ROLES).openapi({ description: 'In order of seniority: each may do what those before it may' })
const Reach = z.array(Id).min(1).max(LIMITS.keyFactories).openapi({ description: 'Ids of the factories that the key is limited to' })

const state = {
  id: Id,
  name: z.string(),
  role: KeyRole,
  factories: z.array(Id).nullable().openapi({ description: 'Ids of the factories that the key is limited to; null for all' }),
  created_at: Seconds,
  created_by: Id.nullable().openapi({ description: 'Id of the key that made it; null for an operator' }),
  expires_at: Seconds.nullable(),
  revoked_at: Seconds.nullable(),
  last_used: z
    .object({ at: Seconds, user_agent: z.string().nullable(), country: z.string().nullable() })
    .nullable()
    .openapi({ description: 'Noted at most once a minute' }),
}

const example = {
  id: 4,
  name: 'Gateway North',
  role: 'operator' as const,
  factories: [0, 1],
  created_at: 1767225600,
  created_by: 3,
  expires_at: 1893456000,
  revoked_at: null,
  last_used: { at: 1767312000, user_agent: 'gateway/2.1', country: 'DE' },
}

/** An API key, without its secret. */
export const Key = z.object(state).openapi('Key', { example })

/** An API key with its secret, which is shown this once. */
export const NewKey = z
  .object({ ...state, key: z.string().openapi({ description: 'Shown this once; only its SHA-256 is kept' }) })
  .openapi('NewKey', { example: { ...example, last_used: null, key: 'spk_0123456789ABCDEFGHIJKLMNOPQ000000' } })

/** A page of keys, revoked ones among them. */
export const KeyPage = z
  .object({
    keys: z.array(Key),
    next: z.string().nullable().openapi({
      description:
        '`cursor` of the next page, null on the last. A key that is limited to factories may get a page with fewer keys than `limit` before the last',
    }),
  })
  .openapi('KeyPage', { example: { keys: [example], next: null } })

/** A new key. Without factories it reaches all, without an end it has none. */
export const KeyIn = z
  .strictObject({ name: Name, role: KeyRole, factories: Reach.nullish(), expires_at: Moment.nullish() })
  .openapi('KeyIn', { example: { name: 'Gateway North', role: 'operator', factories: [0, 1], expires_at: 1893456000 } })

/** A merge patch (RFC 7396) of a key: null takes limits or the end away. */
export const KeyPatch = z
  .strictObject({
    id: Id.optional(),
    name: Name.optional(),
    role: KeyRole.optional(),
    factories: Reach.nullish(),
    expires_at: Moment.nullish(),
  })
  .openapi('KeyPatch', { example: { name: 'Gateway South', expires_at: '2030-01-01T00:00:00Z' } })

/** How a key is rotated. */
export const KeyRotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(LIMITS.overlapSeconds)
      .optional()
      .openapi({ description: 'How long the old key stays valid, unless it ends before; a day if nothing is said' }),
  })
  .openapi('KeyRotation', { example: { overlap_seconds: 3600 } })
