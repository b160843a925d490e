import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { singleRow } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'
import { isKeyWithinScope, toKeyResponse, keyColumns } from './keys.ts'
import type { KeyRow } from './keys.ts'
import { nextId } from './pages.ts'
import { literal } from '../db/literal.ts'

/** Default number of keys per list page. */
export const KEYS_PAGE = 100

/**
 * Number of ids that a page scans for a reader whose key is limited to factories, because no index selects keys by scope. Such a
 * page may be shorter than its limit, or empty, although a next page exists.
 */
const SCAN_LIMIT = 500

/**
 * Builds two statements. The first selects a page of keys in order of id, including revoked ones, and one more if a next page
 * exists. The second selects the id of the first key that the page does not scan, if the scope is limited.
 */
export const selectKeyPage = (db: Database, organisationPk: number, from: number, limit: number, scope: readonly number[] | null) => {
  const isScanned = scope === null ? undefined : and(lt(api_keys.id, from + SCAN_LIMIT), isKeyWithinScope(scope))
  const afterScanned = scope === null ? sql<null>`null` : nextId('api_keys', organisationPk, from, { size: SCAN_LIMIT })
  return [
    db
      .select(keyColumns)
      .from(api_keys)
      .where(and(eq(api_keys.organisation_pk, organisationPk), gte(api_keys.id, from), isScanned))
      .orderBy(api_keys.id)
      .limit(literal(limit + 1)),
    db.select({ afterScanned: afterScanned.as('after_scanned') }).from(singleRow),
  ] as const
}

/** Renders a page of keys as JSON text. */
export const renderKeyPage = ([keys, [rest]]: [KeyRow[], { afterScanned: number | null }[]], limit: number): string => {
  const next = keys[limit]?.id ?? rest!.afterScanned
  return JSON.stringify({ keys: keys.slice(0, limit).map(toKeyResponse), next: next === null ? null : String(next) })
}
