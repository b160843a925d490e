import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { singleRow } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'
import { isKeyWithin, toKeyResponse, shownColumns } from './keys.ts'
import type { KeyRow } from './keys.ts'
import { nextId } from './pages.ts'

/** Keys on a page of the list, unless the query says otherwise. */
export const KEYS_PAGE = 100

/**
 * Ids that one page looks at for a key which is limited to factories, because no index finds the keys within a reach. Such a
 * page may be shorter than its limit, or empty, and still have a next one.
 */
const LOOKED_AT = 500

/**
 * Returns statements that select a page of keys in order of id, revoked ones among them, with one more if the page has a next
 * one; and the id of the first key that a page of a limited key does not look at.
 */
export const selectKeyPage = (db: Database, organisation: number, from: number, limit: number, reach: readonly number[] | null) => {
  const looked = reach === null ? undefined : and(lt(api_keys.id, from + LOOKED_AT), isKeyWithin(reach))
  const afterLooked = reach === null ? sql<null>`null` : nextId('api_keys', organisation, from, { size: LOOKED_AT })
  return [
    db
      .select(shownColumns)
      .from(api_keys)
      .where(and(eq(api_keys.organisation, organisation), gte(api_keys.id, from), looked))
      .orderBy(api_keys.id)
      .limit(limit + 1),
    db.select({ afterLooked: afterLooked.as('after_looked') }).from(singleRow),
  ] as const
}

/** Returns a page of keys as JSON text. */
export const renderKeyPage = ([keys, [rest]]: [KeyRow[], { afterLooked: number | null }[]], limit: number): string => {
  const next = keys[limit]?.id ?? rest!.afterLooked
  return JSON.stringify({ keys: keys.slice(0, limit).map(toKeyResponse), next: next === null ? null : String(next) })
}
