import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { cache_entries } from '../db/cache-schema.ts'
import { commitSeq } from '../queries/commit-seq.ts'
import { claimColumns, claimIfFree } from './directory.ts'
import type { Claim } from './directory.ts'
import { joinRanges } from '../documents/path.ts'
import type { PathRange } from '../documents/path.ts'

/** Statements with which a commit invalidates cache entries in its transaction, and claims some of them. */

/**
 * Selects the leased entries in the ranges, if the commit is in the audit log, and whether the commit may claim each. Claimable
 * are the `maxClaims` unclaimed entries whose lease ends last, because readers requested those last.
 */
const affectedEntries = sqlTemplate<[ranges: string, commitId: string, now: number, maxClaims: number]>(
  (ranges, commitId, now, maxClaims) => sql`(select entry.path, entry.version,
      row_number() over (partition by entry.claimed_until <= ${now} order by entry.leased_until desc) <= ${maxClaims} as is_claimable
    from json_each(${ranges}) as stale
    cross join cache_entries as entry on entry.path >= stale.value ->> 0 and entry.path < stale.value ->> 1
    where entry.leased_until > ${now} and ${commitSeq(commitId)} is not null) as affected`,
)
const staleBy = sqlTemplate<[commitId: string]>((commitId) => sql`max(${cache_entries.stale_seq}, ${commitSeq(commitId)})`)
const staleSince = sqlTemplate<[now: number]>((now) => sql`coalesce(${cache_entries.stale_since}, ${now})`)
const isAffected = sqlTemplate<[]>(() => sql`${cache_entries.path} = affected.path and ${cache_entries.version} = affected.version`)()
/** Returns one small column per invalidated entry: a write to thousands of factories must not return thousands of full rows. */
const claimJson = sqlTemplate<[publisherId: string]>(
  (publisherId) => sql`case when claimed_by = ${publisherId} then json_array(path, version, leased_until, etag, stale_since) end`,
)

const encodeRanges = (ofDocuments: readonly PathRange[][]): string => JSON.stringify(joinRanges(ofDocuments))

/**
 * Invalidates the leased entries in the ranges of documents. The statement is part of the commit's batch.
 * @param publisherId claims up to `maxClaims` of the unclaimed entries; cron or readers publish the others
 */
export const invalidateEntries = (
  db: Database,
  ranges: readonly PathRange[][],
  commitId: string,
  { publisherId, maxClaims }: { publisherId: string; maxClaims: number },
  now: number,
) => {
  const claim = claimIfFree(now, publisherId)
  const ifClaimable = (claimed: SQL, column: SQLiteColumn) => sql`case when affected.is_claimable then ${claimed} else ${column} end`
  return db
    .update(cache_entries)
    .set({
      stale_seq: staleBy(commitId),
      stale_since: staleSince(now),
      etag: ifClaimable(claim.etag, cache_entries.etag),
      claimed_by: ifClaimable(claim.claimed_by, cache_entries.claimed_by),
      claimed_until: ifClaimable(claim.claimed_until, cache_entries.claimed_until),
    })
    .from(affectedEntries(encodeRanges(ranges), commitId, now, maxClaims))
    .where(isAffected)
    .returning({ claim: claimJson(publisherId).as('claim') })
}

/** Parses the claims that `invalidateEntries` returned. */
export const parseClaims = (rows: { claim: unknown }[]): Claim[] =>
  rows.flatMap(({ claim }) => {
    if (claim === null) return []
    const [path, version, leasedUntil, etag, staleSince] = JSON.parse(claim as string) as [
      string,
      number,
      number,
      string | null,
      number | null,
    ]
    return [{ path, version, leasedUntil, etag, staleSince }]
  })

/** Selects the claims that a commit has taken in the ranges of documents. Needed if the response of its batch was lost. */
export const selectClaims = (db: Database, ranges: readonly PathRange[][], publisherId: string) =>
  db.select(claimColumns).from(cache_entries)
    .where(sql`claimed_by = ${publisherId} and (path, version) in (select entry.path, entry.version from json_each(${encodeRanges(ranges)}) as stale
      cross join cache_entries as entry on entry.path >= stale.value ->> 0 and entry.path < stale.value ->> 1)`)
