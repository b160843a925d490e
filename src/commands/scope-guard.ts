import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { DomainEvent } from '../db/domain-events.ts'
import { Problem } from '../errors.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import type { Actor, Guard } from './mutation.ts'

/** True where the reach of one key lies within that of another: JSON arrays of factory ids, or null for all. */
export const isSubset = sqlTemplate<[inner: SQL, outer: SQL]>(
  (inner, outer) => sql`(${outer} is null or (${inner} is not null and not exists (
  select 1 from json_each(${inner}) as asked where asked.value not in (select own.value from json_each(${outer}) as own))))`,
)

/** The reach of a key as it is at the moment of the commit. */
const reachOf = sqlTemplate<[key: number]>((key) => sql`(select factories from api_keys where number = ${key})`)

/** The guard that the author's key reaches these factories, or with null the whole organisation. */
export const scopeGuard = ({ key }: Actor, factories: SQL | readonly number[] | null, problem: () => Problem): Guard[] => {
  if (key === null) return []
  const asked = factories === null ? sql`null` : 'getSQL' in factories ? factories : sql`${JSON.stringify(factories)}`
  return [{ condition: isSubset(asked, reachOf(key.number)), problem }]
}

/** What a key that is limited to some factories hears of what concerns them all. */
export const outOfScope = () =>
  new Problem('forbidden', 'The API key is limited to some factories; this concerns the whole organisation.', {
    headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
  })

/** The factories that a change touches; null for all of them, as every factory shares the catalogue; undefined for keys. */
const touchedBy = (change: DomainEvent): readonly number[] | null | undefined => {
  if (change.subject === 'readings') return change.factories
  if (change.subject === 'factory') return 'factory' in change ? [change.factory] : null
  // Keys have a reach of their own to compare, which commands/keys.ts does.
  return change.subject === 'key' ? undefined : null
}

/** The guards that the author's key still reaches what the change touches. */
export const scopeGuards = (author: Actor, change: DomainEvent): Guard[] => {
  const touched = touchedBy(change)
  if (touched === undefined) return []
  if (touched === null) return scopeGuard(author, null, outOfScope)
  return scopeGuard(author, touched, () =>
    touched.length === 1
      ? new Problem('not-found', `Factory ${touched[0]} not found.`)
      : new Problem('conflict', 'The key lost access to a factory during the request.'),
  )
}
