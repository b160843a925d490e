import { and, eq, gt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { cache_entries } from '../db/cache-schema.ts'
import { parseOrganisation } from '../documents/path.ts'
import { latestSeq } from '../queries/commit-seq.ts'

/**
 * The cache directory has one row in D1 for each cache entry that may exist in KV. An entry is
 *   leased   while `leased_until` is in the future: a reader requested it recently, so every write keeps it current;
 *   stale    while `stale_seq > published_seq`: a commit is later than the last confirmed put. `stale_since` is then the time
 *            of the first such commit, and null otherwise, so its index contains the backlog and nothing else;
 *   claimed  while `claimed_until` is in the future: exactly one publisher may put it.
 * A released claim has no `claimed_by`. An expired claim keeps `claimed_by`. That tells the next publisher that an unconfirmed
 * put may have landed, so it must treat KV's content as unknown (`etag` null).
 */

/** Duration of a claim: longer than a publisher waits for any put (publish.ts). */
export const CLAIM_MS = 60_000
/** In the last minute of its lease an entry is deleted instead of put: KV rejects an expiration less than a minute away. */
export const PURGE_MS = 60_000

/** The columns of an entry that its publisher needs. */
export interface Claim {
  path: string
  version: number
  leasedUntil: number
  /** Null if KV's content is unknown; then the entry is put even if its bytes did not change. */
  etag: string | null
  /** Unix ms; null if an earlier release invalidated the entry. */
  staleSince: number | null
}

export const claimColumns = {
  path: cache_entries.path,
  version: cache_entries.version,
  leasedUntil: cache_entries.leased_until,
  etag: cache_entries.etag,
  staleSince: cache_entries.stale_since,
  claimedBy: cache_entries.claimed_by,
}

/** Returns the assignments that claim an entry if it is unclaimed, and change nothing otherwise. */
export const claimIfFree = (now: number, publisherId: string) => ({
  etag: etagIfKnown(now),
  claimed_by: publisherIfFree(now, publisherId),
  claimed_until: endIfFree(now, now + CLAIM_MS),
})
const etagIfKnown = sqlTemplate<[now: number]>(
  (now) =>
    sql`case when ${cache_entries.claimed_until} <= ${now} and ${cache_entries.claimed_by} is not null then null else ${cache_entries.etag} end`,
)
const publisherIfFree = sqlTemplate<[now: number, publisherId: string]>(
  (now, publisherId) => sql`case when ${cache_entries.claimed_until} <= ${now} then ${publisherId} else ${cache_entries.claimed_by} end`,
)
const endIfFree = sqlTemplate<[now: number, until: number]>(
  (now, until) => sql`case when ${cache_entries.claimed_until} <= ${now} then ${until} else ${cache_entries.claimed_until} end`,
)

/**
 * Leases an entry, and claims it if it must be put. A new entry, or one whose lease has expired, starts stale. If the lease
 * ends before `renewBelow`, it is renewed and the entry is put again, because KV takes a new expiration only with a put.
 * A stale unclaimed entry is claimed. An entry that is current or claimed does not change.
 * @param request a new entry is added only while the organisation has fewer than `maxEntries`
 */
export const leaseEntry = (
  db: Database,
  request: { path: string; version: number; until: number; renewBelow: number; maxEntries: number },
  now: number,
  publisherId: string,
) => {
  const isRenewal: SQL = sql`${cache_entries.leased_until} < ${request.renewBelow}`
  const latest = latestSeq(parseOrganisation(request.path))
  const claim = claimIfFree(now, publisherId)
  return db
    .insert(cache_entries)
    .select(sql`select ${request.path}, ${request.version}, ${request.until}, ${latest}, -1, 0, ${now + CLAIM_MS}, ${publisherId}, null, ${now}
      where exists (select 1 from cache_entries where path = ${request.path} and version = ${request.version})
        or (select cache_entry_count from organisations where pk = cast(${request.path} as integer)) < ${request.maxEntries}`)
    .onConflictDoUpdate({
      target: [cache_entries.path, cache_entries.version],
      set: {
        leased_until: sql`case when ${isRenewal} then ${request.until} else ${cache_entries.leased_until} end`,
        stale_seq: sql`case when ${isRenewal} then max(${cache_entries.stale_seq}, ${latest}) else ${cache_entries.stale_seq} end`,
        stale_since: sql`case when ${cache_entries.leased_until} <= ${now} then ${now} else coalesce(${cache_entries.stale_since}, ${now}) end`,
        published_seq: sql`case when ${isRenewal} then -1 else ${cache_entries.published_seq} end`,
        ...claim,
        etag: sql`case when ${isRenewal} then null else ${claim.etag} end`,
      },
      setWhere: sql`${isRenewal} or (${cache_entries.stale_seq} > ${cache_entries.published_seq} and ${cache_entries.claimed_until} <= ${now})`,
    })
    .returning(claimColumns)
}

/** The result of a put or delete that KV has acknowledged or rejected. */
export interface PutResult {
  path: string
  version: number
  /** End of the lease for which the entry was put (Unix ms). If it has changed since, the put has the wrong expiration. */
  leasedUntil: number
  /** The bytes contain every commit of the organisation up to `seq`, and every commit made before `renderedAt` (Unix ms). */
  seq: number
  renderedAt: number
  /** 'stored': KV has these bytes. 'deleted': KV has no entry. 'rejected': KV refused, and nothing changed. */
  status: 'stored' | 'deleted' | 'rejected'
  etag: string | null
}

/**
 * Confirms puts and releases their claims, in one statement. An entry becomes current only if no later commit has invalidated
 * it and its lease was not renewed in the meantime. Otherwise the claim is extended, and the returned row has the publisher as
 * `claimedBy`, which must put the entry again.
 */
export const confirmPuts = (db: Database, results: PutResult[], now: number, publisherId: string) => {
  const status = sql.raw(`(result.value ->> 'status')`)
  const seq = sql.raw(`(result.value ->> 'seq')`)
  const isConfirmed = sql`(${status} <> 'rejected' and ${cache_entries.leased_until} = result.value ->> 'leasedUntil')`
  const isCurrent = sql`(${isConfirmed} and ${cache_entries.stale_seq} <= ${seq})`
  return db
    .update(cache_entries)
    .set({
      leased_until: sql`case when ${isCurrent} and ${status} = 'deleted' then 0 else ${cache_entries.leased_until} end`,
      stale_since: sql`case when ${isCurrent} then null when ${isConfirmed} then max(${cache_entries.stale_since}, result.value ->> 'renderedAt')
        else ${cache_entries.stale_since} end`,
      published_seq: sql`case when ${isConfirmed} then ${seq} else ${cache_entries.published_seq} end`,
      published_at: sql`case when ${isConfirmed} then ${now} else ${cache_entries.published_at} end`,
      etag: sql`case when ${status} = 'rejected' then ${cache_entries.etag} when ${isConfirmed} then result.value ->> 'etag' else null end`,
      claimed_until: sql`case when ${isCurrent} then 0 else ${now + CLAIM_MS} end`,
      claimed_by: sql`case when ${isCurrent} then null else ${publisherId} end`,
    })
    .from(sql`json_each(${JSON.stringify(results)}) as result`)
    .where(
      sql`${cache_entries.path} = result.value ->> 'path' and ${cache_entries.version} = result.value ->> 'version' and ${cache_entries.claimed_by} = ${publisherId}`,
    )
    .returning(claimColumns)
}

/** Releases claims without a confirm, so that cron can take them. Must not be used while the outcome of a put is unknown. */
export const releaseClaims = (db: Database, claims: Claim[], publisherId: string) =>
  db.update(cache_entries).set({ claimed_until: 0, claimed_by: null }).where(sql`claimed_by = ${publisherId} and (path, version) in (
      select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(claims)}))`)

/** Selects the row of an entry. Returns no row unless the entry is leased. */
export const selectEntry = (db: Database, path: string, version: number, now: number) =>
  db
    .select({ etag: cache_entries.etag, stale: cache_entries.stale_seq, published: cache_entries.published_seq })
    .from(cache_entries)
    .where(and(eq(cache_entries.path, path), eq(cache_entries.version, version), gt(cache_entries.leased_until, now)))
