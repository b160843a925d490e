import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { DomainEvent } from '../db/domain-events.ts'
import { Problem } from '../errors.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import type { Actor, Guard } from './mutation.ts'

/** Returns the condition on an API key that its scope contains another scope: a JSON array of factory ids, or null for all. */
const contains = sqlTemplate<[scope: SQL]>(
  (scope) => sql`(api_keys.factories is null or (${scope} is not null and not exists (
  select 1 from json_each(${scope}) as required where required.value not in (
    select allowed.value from json_each(api_keys.factories) as allowed))))`,
)

/** Returns the guard that the scope of the actor contains these factories, or with null the whole organisation. */
export const scopeGuard = ({ key }: Actor, factories: SQL | readonly number[] | null, problem: () => Problem): Guard[] => {
  if (key === null) return []
  const required = factories === null ? sql`null` : 'getSQL' in factories ? factories : sql`${JSON.stringify(factories)}`
  return [{ condition: contains(required), keyPk: key.pk, problem }]
}

/** Returns the problem of a key with a limited scope whose request concerns all factories. */
export const outOfScope = () =>
  new Problem('forbidden', 'The API key is limited to some factories, and this request concerns all of them. Use a key without a limit.', {
    headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
  })

/** Returns the factories that an event affects: null for all, as with the catalogue, and undefined for keys. */
const affectedFactories = (event: DomainEvent): readonly number[] | null | undefined => {
  if (event.subject === 'readings') return event.factories
  if (event.subject === 'schedule' || event.subject === 'stop-annotation') return [event.factory]
  if (event.subject === 'factory') return 'factory' in event ? [event.factory] : null
  // commands/keys.ts compares the scope of the changed key itself.
  return event.subject === 'key' ? undefined : null
}

/** Returns the guards that the scope of the actor still contains all factories that the event affects. */
export const scopeGuards = (actor: Actor, event: DomainEvent): Guard[] => {
  const affected = affectedFactories(event)
  if (affected === undefined) return []
  if (affected === null) return scopeGuard(actor, null, outOfScope)
  if ('annotation' in event)
    return scopeGuard(actor, affected, () => new Problem('not-found', `Stop annotation ${event.annotation} not found.`))
  return scopeGuard(actor, affected, () =>
    affected.length === 1
      ? new Problem('not-found', `Factory ${affected[0]} not found.`)
      : new Problem('conflict', 'The key lost access to a factory during the request. Send the readings of the other factories.'),
  )
}
