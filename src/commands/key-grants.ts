import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { invalidContent, Problem } from '../errors.ts'
import { ROLES } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import type { Actor, Guard } from './mutation.ts'
import { hasId } from './factories.ts'
import { scopeGuard } from './scope-guard.ts'

/** The permissions of a key. `factories` is null for all; `expiresAt` is in Unix ms, or null for no end. */
export interface KeyGrant {
  name: string
  role: Role
  factories: number[] | null
  expiresAt: number | null
}

/** Returns the `from` and `where` of a key with this id. */
export const keyRow = ({ organisationPk }: Actor, id: number) => sql`api_keys where ${hasId(organisationPk, id)}`

/** Returns the condition that a key is neither revoked nor expired. */
export const keyIsActive = (now: number) => sql`revoked_at is null and (expires_at is null or expires_at > ${now})`

const exceedsGrant = (what: string, member: string, remedy: string) => () =>
  new Problem('forbidden', `A key cannot give ${what} than it has itself.`, {
    fieldErrors: [{ pointer: `#/${member}`, detail: remedy }],
    headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
  })

/** Returns the guards of a granted scope: it lies within the scope of the actor, and its factories exist. */
export const canGrantFactories = (actor: Actor, factories: number[] | null): Guard[] => [
  ...scopeGuard(actor, factories, exceedsGrant('a wider scope', 'factories', 'Send ids of factories in the scope of your key.')),
  ...(factories === null
    ? []
    : [
        {
          condition: sql`not exists (select 1 from json_each(${JSON.stringify(factories)}) as requested
            where not exists (select 1 from factories where ${hasId(actor.organisationPk, sql`requested.value`)}))`,
          problem: () =>
            invalidContent([
              { pointer: '#/factories', detail: 'Not all of these factories exist; send ids that GET /api/factories lists.' },
            ]),
        },
      ]),
]

/**
 * Returns the guard that a new key, or a key with more permissions than before, does not outlive the key of the actor. Otherwise a
 * key with an end could extend its permissions beyond it. Rotation returns a new secret, so it counts as a new key.
 * @param end the future end of the key
 * @param unless the condition that the key gets no additional permission
 */
export const canGrantUntil = ({ key }: Actor, end: SQL, unless: SQL = sql`false`): Guard[] => {
  if (key === null) return []
  const actorEnd = sql`(select expires_at from api_keys where pk = ${key.pk})`
  return [
    {
      condition: sql`(${unless} or ${actorEnd} is null or ${end} <= ${actorEnd})`,
      problem: exceedsGrant('a later end', 'expires_at', 'Send an end no later than that of your key, or use a key without an end.'),
    },
  ]
}

/** Returns SQL for the rank of a role; a higher role has a higher rank. */
const roleRank = (role: SQL) => sql`(select rank.key from json_each(${JSON.stringify(ROLES)}) as rank where rank.value = ${role})`

/**
 * Returns the condition that a change grants a key nothing: no higher role, no additional factory, no later end. It applies to the
 * row of the key before the change.
 */
export const grantsNothing = (role: SQL, factories: SQL, end: SQL) => sql`(${roleRank(role)} <= ${roleRank(sql`role`)}
  and (factories is null or (${factories} is not null and not exists (select 1 from json_each(${factories}) as new_scope
    where new_scope.value not in (select old_scope.value from json_each(api_keys.factories) as old_scope))))
  and (expires_at is null or ${end} <= expires_at))`

/** True for an admin key without limits that is not revoked. An index contains these keys in order of their ends. */
const isFullAdmin = sql`role = 'admin' and factories is null and revoked_at is null`

/**
 * Returns the condition that another admin key without limits ends no earlier than this one. A key without an end and the key with
 * the latest end are looked up separately, so that SQLite reads no key that ends too early.
 */
const hasSuccessor = ({ organisationPk }: Actor, id: number) => {
  const others = sql`exists (select 1 from api_keys where organisation_pk = ${organisationPk} and id <> ${id} and ${isFullAdmin}`
  const end = sql`(select this_key.expires_at from api_keys as this_key where this_key.organisation_pk = ${organisationPk} and this_key.id = ${id})`
  return sql`(${others} and expires_at is null) or ${others} and expires_at >= ${end}))`
}

/**
 * Returns the guard that the organisation keeps an admin key without limits for as long as before. If such a key is revoked,
 * demoted, limited or shortened, another one must exist that ends no earlier; a key that ends in seconds is no successor. So the
 * latest end of these keys never moves to an earlier time (test/integration/commands/key-grants.property.test.ts).
 * @param remains the condition that this key stays an admin key without limits until its previous end
 */
export const anAdminRemains = (actor: Actor, id: number, now: number, remains: SQL): Guard => ({
  condition: sql`(not exists (select 1 from ${keyRow(actor, id)} and ${isFullAdmin} and ${keyIsActive(now)} and not (${remains}))
    or ${hasSuccessor(actor, id)})`,
  problem: () =>
    new Problem(
      'conflict',
      `Key ${id} is the last admin key. Create another one first, without a limit to factories and with no earlier expiry.`,
    ),
})
