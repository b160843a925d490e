import { z } from './zod.ts'
import { parseInstant, SEND_INSTANT } from './timestamp.ts'
import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { buildSmallInteger, UnixSeconds } from './numbers.ts'
import { Country, Slug, UserAgent } from './organisation.ts'
import { Cursor } from './params.ts'
import { Id } from './readings.ts'
import { ROLES } from './roles.ts'
import { describeWrongUnit } from './time-unit.ts'

/** When a key expires: an instant in one of the two formats that clients send, or null for never. */
export const Expiry = z
  .union(
    [
      z
        .int()
        .min(0, SEND_INSTANT)
        .max(99_999_999_999, { error: ({ input }) => describeWrongUnit(input as number) ?? SEND_INSTANT })
        .openapi({ format: 'int64' }),
      z
        .string()
        .refine((text) => parseInstant(text) !== undefined, SEND_INSTANT)
        .openapi({ format: 'date-time' }),
      z.null(),
    ],
    SEND_INSTANT,
  )
  .openapi('Expiry', { description: 'Unix seconds or RFC 3339; null for never', example: 1893456000 }, { unionPreferredType: 'oneOf' })

const KeyRole = z.enum(ROLES).openapi('Role', { description: 'Each role includes the permissions of the roles before it' })
const FactoryIds = z.array(Id).min(1).max(LIMITS.keyFactories).openapi({ description: 'Ids of the factories that the key is limited to' })

/** The last use of a key. */
const KeyUse = z
  .object({ at: UnixSeconds, user_agent: UserAgent.nullable(), country: Country.nullable() })
  .openapi('KeyUse', { description: 'Updated at most once a minute' })

const state = {
  id: Id,
  name: StoredName,
  role: KeyRole,
  factories: z
    .array(Id)
    .max(LIMITS.keyFactories)
    .nullable()
    .openapi({ description: 'Ids of the factories that the key is limited to; null for all' }),
  created_at: UnixSeconds,
  created_by: Id.nullable().openapi({ description: 'Id of the key that created this key; null for an operator' }),
  expires_at: UnixSeconds.nullable(),
  revoked_at: UnixSeconds.nullable(),
  last_used: z.union([KeyUse, z.null()]),
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
    key: z.string().max(37).openapi({ description: 'The secret. It is shown only here, because the database stores only its SHA-256' }),
  })
  .openapi('NewKey', { example: { ...example, last_used: null, key: 'spk_0123456789ABCDEFGHIJKLMNOPQ000000' } })

/** A page of keys, including revoked keys. */
export const KeyPage = z
  .object({
    keys: z.array(Key).max(LIMITS.pageItems),
    next: Cursor.nullable().openapi({
      description:
        '`cursor` of the next page; null on the last page. If the requesting key is limited to factories, earlier pages may have fewer keys than `limit`',
    }),
  })
  .openapi('KeyPage', { example: { keys: [example], next: null } })

/** The role and the scope of a request. */
export const Access = z
  .object({
    organisation: Slug,
    role: KeyRole,
    key: Id.nullable().openapi({ description: 'Id of the key; null without a key' }),
    factories: state.factories,
    expires_at: UnixSeconds.nullable(),
  })
  .openapi('Access', { example: { organisation: 'demo', role: 'operator', key: 4, factories: [0, 1], expires_at: 1893456000 } })

/** A new key. Without `factories` its scope is all factories. Without `expires_at` it does not expire. */
export const KeyIn = z
  .strictObject({ name: Name, role: KeyRole, factories: FactoryIds.nullish(), expires_at: Expiry.optional() })
  .openapi('KeyIn', { example: { name: 'Gateway North', role: 'operator', factories: [0, 1], expires_at: 1893456000 } })

/** A merge patch (RFC 7396) of a key. null removes the limit to factories, or the expiry. */
export const KeyPatch = z
  .strictObject({
    id: Id.optional(),
    name: Name.optional(),
    role: KeyRole.optional(),
    factories: FactoryIds.nullish(),
    expires_at: Expiry.optional(),
  })
  .openapi('KeyPatch', { example: { name: 'Gateway South', expires_at: '2030-01-01T00:00:00Z' } })

/** Options of a key rotation. */
export const KeyRotation = z
  .strictObject({
    overlap_seconds: buildSmallInteger(0, LIMITS.overlapSeconds)
      .optional()
      .openapi({ description: 'Seconds that the old key stays valid, unless it expires earlier. Default: 86,400 (one day)' }),
  })
  .openapi('KeyRotation', { example: { overlap_seconds: 3600 } })

export type Access = z.output<typeof Access>
export type KeyIn = z.input<typeof KeyIn>
export type KeyPatch = z.input<typeof KeyPatch>
export type KeyRotation = z.input<typeof KeyRotation>
export type Key = z.output<typeof Key>
export type NewKey = z.output<typeof NewKey>
export type KeyPage = z.output<typeof KeyPage>
