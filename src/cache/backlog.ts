import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { copies, late_puts } from '../db/schema.ts'
import { claimColumns, claimIfFree, PURGE_MS } from './directory.ts'
import type { Claim } from './directory.ts'

/** What cron does to the directory of copies. Each statement reads no more rows than its limit. */

/**
 * Claims dirty copies that nobody holds, those that wait longest first. Lapsed ones are left to `dropStatement`.
 * @param before Unix ms: copies that became stale later are left alone
 */
export const claimStaleEntries = (db: Database, { now, before, limit }: { now: number; before: number; limit: number }, holder: string) =>
  db
    .update(copies)
    .set(claimIfFree(now, holder))
    .where(sql`(path, version) in (select path, version from copies
      where stale_since <= ${before} and claimed_until <= ${now} and leased_until > ${now} order by stale_since limit ${limit})`)
    .returning(claimColumns)

/** Where a page of the directory ended: the path and version of its last row. */
export type EntryKey = Pick<Claim, 'path' | 'version'>

/**
 * What copies should be in KV, for the reconcile: a page in order of path and version. `settledAt` is null while a copy is
 * unleased, dirty or claimed.
 */
export const selectDirectoryPage = (db: Database, after: EntryKey, limit: number, now: number) =>
  db
    .select({
      path: copies.path,
      version: copies.version,
      etag: copies.etag,
      settledAt: sql<
        number | null
      >`case when stale_seq <= published_seq and claimed_until <= ${now} and leased_until > ${now} then published_at end`.as('settled_at'),
      isUnlisted: sql<number>`stale_seq > published_seq and stale_since is null`.as('is_unlisted'),
    })
    .from(copies)
    .where(sql`(path, version) > (${after.path}, ${after.version})`)
    .orderBy(copies.path, copies.version)
    .limit(limit)

/** Turns clean copies dirty that KV does not hold as it should, unless somebody has put them meanwhile. */
export const markStale = (db: Database, wrong: Pick<Claim, 'path' | 'version' | 'etag'>[], now: number) =>
  db.update(copies).set({ published_seq: -1, stale_since: now, etag: null })
    .where(sql`stale_seq <= published_seq and claimed_until <= ${now} and (path, version, etag) in (
      select value ->> 'path', value ->> 'version', value ->> 'etag' from json_each(${JSON.stringify(wrong)}))`)

/** Adds dirty copies to the backlog that a release without `stale_since` has marked. */
export const addToBacklog = (db: Database, unlisted: EntryKey[], now: number) =>
  db.update(copies).set({ stale_since: now }).where(sql`stale_seq > published_seq and stale_since is null and (path, version) in (
      select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(unlisted)}))`)

/** Forgets rows whose lease and expiration are over and whose claim is too, those that lapsed first. */
export const deleteExpiredRows = (db: Database, now: number, limit: number) =>
  db
    .delete(copies)
    .where(sql`(path, version) in (select path, version from copies
      where leased_until <= ${now - 2 * PURGE_MS} and claimed_until <= ${now} order by leased_until limit ${limit})`)
    .returning({ path: copies.path })

/** How long KV may go on showing what it held before a put: its own minute, and half a minute that a location keeps an entry. */
export const SHOWN_EVERYWHERE_MS = 95_000

/** Notes that copies of these organisations are put late. */
export const recordLatePuts = (db: Database, organisations: number[], now: number) =>
  db
    .insert(late_puts)
    .select(sql`select value, ${now + SHOWN_EVERYWHERE_MS} from json_each(${JSON.stringify(organisations)}) where true`)
    .onConflictDoUpdate({ target: late_puts.organisation, set: { check_until: sql`excluded.check_until` } })

/** Forgets which organisations had a copy that was put late, once KV shows it everywhere. */
export const deleteLatePuts = (db: Database, now: number) => db.delete(late_puts).where(sql`check_until <= ${now}`)
