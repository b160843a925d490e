import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { cache_entries, late_puts } from '../db/cache-schema.ts'
import { claimColumns, claimIfFree, PURGE_MS } from './directory.ts'
import type { Claim } from './directory.ts'
import { literal } from '../db/literal.ts'

/** Statements of cron on the cache directory. None reads more rows than its limit. */

/**
 * Claims stale entries that are leased and unclaimed, the longest stale first. `deleteExpiredRows` takes the expired ones.
 * @param staleBefore Unix ms; entries that became stale later are not claimed
 */
export const claimStaleEntries = (
  db: Database,
  { now, staleBefore, limit }: { now: number; staleBefore: number; limit: number },
  publisherId: string,
) =>
  db
    .update(cache_entries)
    .set(claimIfFree(now, publisherId))
    .where(sql`(path, version) in (select path, version from cache_entries
      where stale_since <= ${staleBefore} and claimed_until <= ${now} and leased_until > ${now} order by stale_since limit ${literal(limit)})`)
    .returning(claimColumns)

/** The primary key of a row of the cache directory. */
export type EntryKey = Pick<Claim, 'path' | 'version'>

/**
 * Selects a page of the cache directory for reconcile, in order of path and version. `settledAt` (Unix ms) is the time of the
 * last confirmed put, and null while an entry is unleased or stale. A claimed entry is stale until its confirm.
 */
export const selectDirectoryPage = (db: Database, after: EntryKey, limit: number, now: number) =>
  db
    .select({
      path: cache_entries.path,
      version: cache_entries.version,
      etag: cache_entries.etag,
      settledAt: sql<number | null>`case when stale_seq <= published_seq and leased_until > ${now} then published_at end`.as('settled_at'),
      isOutsideBacklog: sql<number>`stale_seq > published_seq and stale_since is null`.as('is_outside_backlog'),
    })
    .from(cache_entries)
    .where(sql`(path, version) > (${after.path}, ${after.version})`)
    .orderBy(cache_entries.path, cache_entries.version)
    .limit(literal(limit))

/** Marks entries as stale because KV does not have their bytes, unless they were invalidated, leased again or put in the meantime. */
export const markStale = (db: Database, entries: Pick<Claim, 'path' | 'version' | 'etag'>[], now: number) =>
  db.update(cache_entries).set({ published_seq: -1, stale_since: now, etag: null })
    .where(sql`stale_seq <= published_seq and (path, version, etag) in (
      select value ->> 'path', value ->> 'version', value ->> 'etag' from json_each(${JSON.stringify(entries)}))`)

/** Adds stale entries to the backlog that a release without `stale_since` has invalidated. */
export const addToBacklog = (db: Database, entries: EntryKey[], now: number) =>
  db.update(cache_entries).set({ stale_since: now }).where(sql`stale_seq > published_seq and stale_since is null and (path, version) in (
      select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(entries)}))`)

/**
 * Deletes rows whose lease and KV expiration are over, the earliest first. A claim does not matter by then: the lease of the bytes
 * that its publisher may still put is over, so readers ignore them, and reconcile deletes them.
 */
export const deleteExpiredRows = (db: Database, now: number, limit: number) =>
  db
    .delete(cache_entries)
    .where(sql`(path, version) in (select path, version from cache_entries
      where leased_until <= ${now - 2 * PURGE_MS} order by leased_until limit ${literal(limit)})`)
    .returning({ path: cache_entries.path })

/** Time after which every location shows a put: a minute of propagation and half a minute of `cacheTtl`, plus 5 s. */
const SHOWN_EVERYWHERE_MS = 95_000

/** Records that entries of these organisations were put late, so that readers keep checking entries until the put is shown. */
export const recordLatePuts = (db: Database, organisations: number[], now: number) =>
  db
    .insert(late_puts)
    .select(sql`select value, ${now + SHOWN_EVERYWHERE_MS} from json_each(${JSON.stringify(organisations)}) where true`)
    .onConflictDoUpdate({ target: late_puts.organisation_pk, set: { check_until: sql`excluded.check_until` } })

/** Deletes records of late puts that every location of KV shows by now. */
export const deleteLatePuts = (db: Database, now: number) => db.delete(late_puts).where(sql`check_until <= ${now}`)
