import { and, eq, gt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { copies } from '../db/schema.ts'

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
  path: copies.path,
  version: copies.version,
  leasedUntil: copies.leased_until,
  etag: copies.etag,
  staleSince: copies.stale_since,
  claimedBy: copies.claimed_by,
}

/** Returns the assignments that claim an entry if it is unclaimed, and change nothing otherwise. */
export const claimIfFree = (now: number, publisherId: string) => ({
  etag: etagIfKnown(now),
  claimed_by: publisherIfFree(now, publisherId),
  claimed_until: endIfFree(now, now + CLAIM_MS),
})
const etagIfKnown = sqlTemplate<[now: number]>(
  (now) => sql`case when ${copies.claimed_until} <= ${now} and ${copies.claimed_by} is not null then null else ${copies.etag} end`,
)
const publisherIfFree = sqlTemplate<[now: number, publisherId: string]>(
  (now, publisherId) => sql`case when ${copies.claimed_until} <= ${now} then ${publisherId} else ${copies.claimed_by} end`,
)
const endIfFree = sqlTemplate<[now: number, until: number]>(
  (now, until) => sql`case when ${copies.claimed_until} <= ${now} then ${until} else ${copies.claimed_until} end`,
)

/** The audit log's sequence number of a commit; null if the commit changed nothing. */
export const seqOf = sqlTemplate<[commitId: string]>((commitId) => sql`(select seq from changes where commit_id = ${commitId})`)
/** The sequence number of the latest commit. */
export const latestSeq = sql<number>`(select coalesce(max(seq), 0) from changes)`

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
  const isRenewal: SQL = sql`${copies.leased_until} < ${request.renewBelow}`
  const claim = claimIfFree(now, publisherId)
  return db
    .insert(copies)
    .select(sql`select ${request.path}, ${request.version}, ${request.until}, ${latestSeq}, -1, 0, ${now + CLAIM_MS}, ${publisherId}, null, ${now}
      where exists (select 1 from copies where path = ${request.path} and version = ${request.version})
        or (select copy_count from organisations where number = cast(${request.path} as integer)) < ${request.maxEntries}`)
    .onConflictDoUpdate({
      target: [copies.path, copies.version],
      set: {
        leased_until: sql`case when ${isRenewal} then ${request.until} else ${copies.leased_until} end`,
        stale_seq: sql`case when ${isRenewal} then max(${copies.stale_seq}, ${latestSeq}) else ${copies.stale_seq} end`,
        stale_since: sql`case when ${isRenewal} and ${copies.leased_until} <= ${now} then ${now} else coalesce(${copies.stale_since}, ${now}) end`,
        published_seq: sql`case when ${isRenewal} then -1 else ${copies.published_seq} end`,
        ...claim,
        etag: sql`case when ${isRenewal} then null else ${claim.etag} end`,
      },
      setWhere: sql`${isRenewal} or (${copies.stale_seq} > ${copies.published_seq} and ${copies.claimed_until} <= ${now})`,
    })
    .returning(claimColumns)
}

/** The result of a put or delete that KV has acknowledged or rejected. */
export interface PutResult {
  path: string
  version: number
  /** End of the lease for which the entry was put (Unix ms). If it has changed since, the put has the wrong expiration. */
  leasedUntil: number
  /** The bytes contain every commit up to `seq`, and every commit made before `renderedAt` (Unix ms). */
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
  const isConfirmed = sql`(${status} <> 'rejected' and ${copies.leased_until} = result.value ->> 'leasedUntil')`
  const isCurrent = sql`(${isConfirmed} and ${copies.stale_seq} <= ${seq})`
  return db
    .update(copies)
    .set({
      leased_until: sql`case when ${isCurrent} and ${status} = 'deleted' then 0 else ${copies.leased_until} end`,
      stale_since: sql`case when ${isCurrent} then null when ${isConfirmed} then max(${copies.stale_since}, result.value ->> 'renderedAt')
        else ${copies.stale_since} end`,
      published_seq: sql`case when ${isConfirmed} then ${seq} else ${copies.published_seq} end`,
      published_at: sql`case when ${isConfirmed} then ${now} else ${copies.published_at} end`,
      etag: sql`case when ${status} = 'rejected' then ${copies.etag} when ${isConfirmed} then result.value ->> 'etag' else null end`,
      claimed_until: sql`case when ${isCurrent} then 0 else ${now + CLAIM_MS} end`,
      claimed_by: sql`case when ${isCurrent} then null else ${publisherId} end`,
    })
    .from(sql`json_each(${JSON.stringify(results)}) as result`)
    .where(
      sql`${copies.path} = result.value ->> 'path' and ${copies.version} = result.value ->> 'version' and ${copies.claimed_by} = ${publisherId}`,
    )
    .returning(claimColumns)
}

/** Releases claims without a confirm, so that cron can take them. Must not be used while the outcome of a put is unknown. */
export const releaseClaims = (db: Database, claims: Claim[], publisherId: string) =>
  db.update(copies).set({ claimed_until: 0, claimed_by: null }).where(sql`claimed_by = ${publisherId} and (path, version) in (
      select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(claims)}))`)

/** Selects the row of an entry. Returns no row unless the entry is leased. */
export const selectEntry = (db: Database, path: string, version: number, now: number) =>
  db
    .select({ etag: copies.etag, stale: copies.stale_seq, published: copies.published_seq })
    .from(copies)
    .where(and(eq(copies.path, path), eq(copies.version, version), gt(copies.leased_until, now)))
