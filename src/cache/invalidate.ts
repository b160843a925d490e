import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { copies } from '../db/schema.ts'
import { claimColumns, claimIfFree, seqOf } from './directory.ts'
import type { Claim } from './directory.ts'
import type { PathRange } from '../documents/path.ts'

/** How a commit marks the copies that it makes stale, in its own transaction, and claims some of them. */

/**
 * The leased copies in these ranges, if the commit is logged, and whether it may claim each: where the claim is free, the
 * `most` whose lease ends last, for those were wanted last. A range travels as its first path and the character that bounds it.
 */
const marked = sqlTemplate<[ranges: string, commitId: string, now: number, most: number]>(
  (ranges, commitId, now, most) => sql`(select held.path, held.version,
      row_number() over (partition by held.claimed_until <= ${now} order by held.leased_until desc) <= ${most} as is_claimable
    from json_each(${ranges}) as stale
    cross join copies as held on held.path >= stale.value ->> 0 and held.path < (stale.value ->> 0) || (stale.value ->> 1)
    where held.leased_until > ${now} and exists (select 1 from changes where commit_id = ${commitId})) as marked`,
)
const staleBy = sqlTemplate<[commitId: string]>((commitId) => sql`max(${copies.stale_seq}, ${seqOf(commitId)})`)
const staleSince = sqlTemplate<[now: number]>((now) => sql`coalesce(${copies.stale_since}, ${now})`)
const isMarked = sqlTemplate<[]>(() => sql`${copies.path} = marked.path and ${copies.version} = marked.version`)()
/** One small column for each copy that was marked: a write to thousands of factories must not return thousands of rows in full. */
const claimJson = sqlTemplate<[holder: string]>(
  (holder) => sql`case when claimed_by = ${holder} then json_array(path, version, leased_until, etag, stale_since) end`,
)

/** Ranges as one parameter. */
const encodeRanges = (ranges: PathRange[]): string => JSON.stringify(ranges.map(([from, below]) => [from, below.slice(from.length)]))

/**
 * Marks the leased copies in these ranges as made stale by a commit. Part of the commit's own batch.
 * @param holder claims up to `most` of the free ones; the rest is left to cron and to its readers
 */
export const invalidateEntries = (
  db: Database,
  ranges: PathRange[],
  commitId: string,
  { holder, most }: { holder: string; most: number },
  now: number,
) => {
  const claim = claimIfFree(now, holder)
  const ifClaimable = (taken: SQL, kept: SQLiteColumn) => sql`case when marked.is_claimable then ${taken} else ${kept} end`
  return db
    .update(copies)
    .set({
      stale_seq: staleBy(commitId),
      stale_since: staleSince(now),
      etag: ifClaimable(claim.etag, copies.etag),
      claimed_by: ifClaimable(claim.claimed_by, copies.claimed_by),
      claimed_until: ifClaimable(claim.claimed_until, copies.claimed_until),
    })
    .from(marked(encodeRanges(ranges), commitId, now, most))
    .where(isMarked)
    .returning({ claim: claimJson(holder).as('claim') })
}

/** Reads the claims that `markStatement` returned. */
export const parseClaims = (rows: { claim: unknown }[]): Claim[] =>
  rows.flatMap(({ claim }) => {
    if (claim === null) return []
    const [path, version, leasedUntil, etag, since] = JSON.parse(claim as string) as [string, number, number, string | null, number | null]
    return [{ path, version, leasedUntil, etag, staleSince: since }]
  })

/** The claims that a commit has on copies in its ranges: for one whose answer was lost. */
export const selectClaims = (db: Database, ranges: PathRange[], holder: string) =>
  db.select(claimColumns).from(copies)
    .where(sql`claimed_by = ${holder} and (path, version) in (select held.path, held.version from json_each(${encodeRanges(ranges)}) as stale
      cross join copies as held on held.path >= stale.value ->> 0 and held.path < (stale.value ->> 0) || (stale.value ->> 1))`)
