import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { DomainEvent } from '../db/domain-events.ts'
import { Problem } from '../errors.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import type { Actor, Guard } from './mutation.ts'

/** Returns the condition that one scope is a subset of another. A scope is a JSON array of factory ids, or null for all. */
const isSubset = sqlTemplate<[inner: SQL, outer: SQL]>(
  (inner, outer) => sql`(${outer} is null or (${inner} is not null and not exists (
  select 1 from json_each(${inner}) as inner_scope where inner_scope.value not in (
    select outer_scope.value from json_each(${outer}) as outer_scope))))`,
)

/** Returns SQL for the scope of a key at the time of the commit. */
const scopeOfKey = sqlTemplate<[keyPk: number]>((keyPk) => sql`(select factories from api_keys where pk = ${keyPk})`)

/** Returns the guard that the scope of the actor contains these factories, or with null the whole organisation. */
export const scopeGuard = ({ key }: Actor, factories: SQL | readonly number[] | null, problem: () => Problem): Guard[] => {
  if (key === null) return []
  const required = factories === null ? sql`null` : 'getSQL' in factories ? factories : sql`${JSON.stringify(factories)}`
  return [{ condition: isSubset(required, scopeOfKey(key.pk)), problem }]
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
  if (event.subject === 'stop-annotation' && 'annotation' in event)
    return scopeGuard(actor, affected, () => new Problem('not-found', `Stop annotation ${event.annotation} not found.`))
  return scopeGuard(actor, affected, () =>
    affected.length === 1
      ? new Problem('not-found', `Factory ${affected[0]} not found.`)
      : new Problem('conflict', 'The key lost access to a factory during the request. Send the readings of the other factories.'),
  )
}
