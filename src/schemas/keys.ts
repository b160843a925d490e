import { z } from './zod.ts'
import { Id } from './factories.ts'
import { parseInstant, SEND_INSTANT } from './timestamp.ts'
import { LIMITS } from './limits.ts'
import { Name } from './names.ts'
import { ROLES } from './roles.ts'
import { describeWrongUnit } from './time-unit.ts'

const Seconds = z.int().openapi({ description: 'Unix seconds' })

/** An instant in one of the two formats that clients send. */
const Instant = z
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

const KeyRole = z.enum(ROLES).openapi({ description: 'Each role includes the permissions of the roles before it' })
const FactoryIds = z.array(Id).min(1).max(LIMITS.keyFactories).openapi({ description: 'Ids of the factories that the key is limited to' })

const state = {
  id: Id,
  name: z.string(),
  role: KeyRole,
  factories: z.array(Id).nullable().openapi({ description: 'Ids of the factories that the key is limited to; null for all' }),
  created_at: Seconds,
  created_by: Id.nullable().openapi({ description: 'Id of the key that created this key; null for an operator' }),
  expires_at: Seconds.nullable(),
  revoked_at: Seconds.nullable(),
  last_used: z
    .object({ at: Seconds, user_agent: z.string().nullable(), country: z.string().nullable() })
    .nullable()
    .openapi({ description: 'Updated at most once a minute' }),
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

/** An API key with its secret. No other response contains the secret. */
export const NewKey = z
  .object({
    ...state,
    key: z.string().openapi({ description: 'The secret. It is shown only here, because the database stores only its SHA-256' }),
  })
  .openapi('NewKey', { example: { ...example, last_used: null, key: 'spk_0123456789ABCDEFGHIJKLMNOPQ000000' } })

/** A page of keys, including revoked keys. */
export const KeyPage = z
  .object({
    keys: z.array(Key),
    next: z.string().nullable().openapi({
      description:
        '`cursor` of the next page; null on the last page. If the requesting key is limited to factories, earlier pages may have fewer keys than `limit`',
    }),
  })
  .openapi('KeyPage', { example: { keys: [example], next: null } })

/** A new key. Without `factories` its scope is all factories. Without `expires_at` it does not expire. */
export const KeyIn = z
  .strictObject({ name: Name, role: KeyRole, factories: FactoryIds.nullish(), expires_at: Instant.nullish() })
  .openapi('KeyIn', { example: { name: 'Gateway North', role: 'operator', factories: [0, 1], expires_at: 1893456000 } })

/** A merge patch (RFC 7396) of a key. null removes the limit to factories, or the expiry. */
export const KeyPatch = z
  .strictObject({
    id: Id.optional(),
    name: Name.optional(),
    role: KeyRole.optional(),
    factories: FactoryIds.nullish(),
    expires_at: Instant.nullish(),
  })
  .openapi('KeyPatch', { example: { name: 'Gateway South', expires_at: '2030-01-01T00:00:00Z' } })

/** Options of a key rotation. */
export const KeyRotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(LIMITS.overlapSeconds)
      .optional()
      .openapi({ description: 'Seconds that the old key stays valid, unless it expires earlier. Default: 86,400 (one day)' }),
  })
  .openapi('KeyRotation', { example: { overlap_seconds: 3600 } })

export type KeyIn = z.input<typeof KeyIn>
export type KeyPatch = z.input<typeof KeyPatch>
export type KeyRotation = z.input<typeof KeyRotation>
export type Key = z.output<typeof Key>
export type NewKey = z.output<typeof NewKey>
export type KeyPage = z.output<typeof KeyPage>
