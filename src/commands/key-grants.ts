import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { Problem } from '../errors.ts'
import { ROLES } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import type { Actor, Guard } from './mutation.ts'
import { hasId } from './factories.ts'
import { scopeGuard } from './scope-guard.ts'

/** What a key may do: ids of factories or null for all, Unix ms or null for no end. */
export interface KeyGrant {
  name: string
  role: Role
  factories: number[] | null
  expiresAt: number | null
}

/** A key by its id, as a source with its condition. */
export const keyRow = ({ organisation }: Actor, id: number) => sql`api_keys where ${hasId(organisation, id)}`

/** The condition that a key is neither revoked nor past its end. */
export const keyIsActive = (now: number) => sql`revoked_at is null and (expires_at is null or expires_at > ${now})`

const beyondOwn = (what: string, member: string, remedy: string) => () =>
  new Problem('forbidden', `A key cannot give ${what} than it has itself.`, {
    fieldErrors: [{ pointer: `#/${member}`, detail: remedy }],
    headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
  })

/** The guards of a reach: nobody gives more factories than they have, and those that are named exist. */
export const canGrantFactories = (author: Actor, factories: number[] | null): Guard[] => [
  ...scopeGuard(author, factories, beyondOwn('a wider reach', 'factories', 'Send ids of factories that your own key reaches.')),
  ...(factories === null
    ? []
    : [
        {
          condition: sql`not exists (select 1 from json_each(${JSON.stringify(factories)}) as asked
            where not exists (select 1 from factories where ${hasId(author.organisation, sql`asked.value`)}))`,
          problem: () =>
            new Problem('invalid-content', '1 field is invalid; see `errors`.', {
              fieldErrors: [
                { pointer: '#/factories', detail: 'Not all of these factories exist; send ids that GET /api/factories lists.' },
              ],
            }),
        },
      ]),
]

/**
 * The guard that a key which is made or made more powerful does not outlive the author's, so that a key with an end cannot
 * pass its power on beyond it. Rotation hands out a secret, so it counts as making.
 * @param end the end that the key will have, as SQL
 * @param unless a condition under which nothing is given
 */
export const canGrantUntil = ({ key }: Actor, end: SQL, unless: SQL = sql`false`): Guard[] => {
  if (key === null) return []
  const own = sql`(select expires_at from api_keys where number = ${key.number})`
  return [
    {
      condition: sql`(${unless} or ${own} is null or coalesce(${end} <= ${own}, false))`,
      problem: beyondOwn('a later end', 'expires_at', 'Send an end no later than that of your own key, or ask with a key that has no end.'),
    },
  ]
}

/** A role as a number, in order of seniority. */
const rankOf = (role: SQL) => sql`(select rank.key from json_each(${JSON.stringify(ROLES)}) as rank where rank.value = ${role})`

/**
 * The condition that a change gives a key nothing: no higher role, no factory more, no later end. To be asked of the key's
 * row before it changes.
 */
export const givesNothing = (role: SQL, factories: SQL, end: SQL) => sql`(${rankOf(role)} <= ${rankOf(sql`role`)}
  and (factories is null or (${factories} is not null and not exists (select 1 from json_each(${factories}) as given
    where given.value not in (select held.value from json_each(api_keys.factories) as held))))
  and (expires_at is null or coalesce(${end} <= expires_at, false)))`

/** True of a key of an admin without limits that is not revoked. An index holds these keys in order of their ends. */
const mayGovern = sql`role = 'admin' and factories is null and revoked_at is null`

/**
 * True if another key governs and ends no earlier than this one. A key without an end and the key with the latest end are
 * looked up separately, so that SQLite reads no key that ends too early.
 */
const isReplaced = ({ organisation }: Actor, id: number, now: number) => {
  const others = sql`exists (select 1 from api_keys where organisation = ${organisation} and id <> ${id} and ${mayGovern}`
  const end = sql`(select lost.expires_at from api_keys as lost where lost.organisation = ${organisation} and lost.id = ${id})`
  return sql`(${others} and expires_at is null) or ${others} and expires_at >= max(${end}, ${now} + 1)))`
}

/**
 * The guard that an organisation is governed for as long as it would have been. A governing key that is lost, demoted,
 * limited or shortened leaves another that governs and has no earlier end: one that ends in seconds replaces nobody. So the
 * latest end of all governing keys never moves forward (test/integration/commands/key-grants.property.test.ts).
 * @param stays the condition that this key will govern for as long as it would have
 */
export const anAdminRemains = (author: Actor, id: number, now: number, stays: SQL): Guard => ({
  condition: sql`(not exists (select 1 from ${keyRow(author, id)} and ${mayGovern} and ${keyIsActive(now)} and not (${stays}))
    or ${isReplaced(author, id, now)})`,
  problem: () =>
    new Problem(
      'conflict',
      `Key ${id} is the last admin key. Create another one first, without a limit to factories and with no earlier expiry.`,
    ),
})
