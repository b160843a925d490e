import { and, eq, gt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { copies } from '../db/schema.ts'

/**
 * The directory of copies: what is in KV is written down in D1, one row for each key that may exist. A copy is
 *   leased   while leased_until lies ahead: somebody read it lately, so every change rewrites it;
 *   dirty    while stale_seq > published_seq: a commit came after the last put that was confirmed. stale_since tells since
 *            when, and is null otherwise: its index holds the backlog and nothing else;
 *   claimed  while claimed_until lies ahead: one publisher in the world may put it, and nobody else.
 * A claim that is given back clears claimed_by. One that merely ran out does not, and tells the next holder that a put
 * may have landed which nobody confirmed: what KV holds is then unknown, and the etag is forgotten.
 */

/** How long a claim lasts: longer than any put that is waited for (publish.ts). */
export const CLAIM_MS = 60_000
/** In the last minute of a lease a copy is purged rather than rewritten: KV takes no expiration nearer than a minute. */
export const PURGE_MS = 60_000

/** What the holder of a claim knows of a copy. */
export interface Claim {
  path: string
  version: number
  leasedUntil: number
  /** Null: unknown, so it is put whatever it is. */
  etag: string | null
  /** Unix ms; null where another release marked it. */
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

/** The assignments that take a claim where it is free, and leave it where it is not. */
export const claimIfFree = (now: number, holder: string) => ({
  etag: etagIfSure(now),
  claimed_by: holderIfFree(now, holder),
  claimed_until: endIfFree(now, now + CLAIM_MS),
})
const etagIfSure = sqlTemplate<[now: number]>(
  (now) => sql`case when ${copies.claimed_until} <= ${now} and ${copies.claimed_by} is not null then null else ${copies.etag} end`,
)
const holderIfFree = sqlTemplate<[now: number, holder: string]>(
  (now, holder) => sql`case when ${copies.claimed_until} <= ${now} then ${holder} else ${copies.claimed_by} end`,
)
const endIfFree = sqlTemplate<[now: number, until: number]>(
  (now, until) => sql`case when ${copies.claimed_until} <= ${now} then ${until} else ${copies.claimed_until} end`,
)

/** The order number of a commit, null if it changed nothing. */
export const seqOf = sqlTemplate<[commitId: string]>((commitId) => sql`(select seq from changes where commit_id = ${commitId})`)
/** The order number of the latest commit of all. */
export const latestSeq = sql<number>`(select coalesce(max(seq), 0) from changes)`

/**
 * Offers a copy a lease. A lapsed or new one begins dirty; one with `renewBelow` behind it is leased anew, and put anew for
 * its expiration; a dirty one that nobody claims is claimed; a clean or claimed one is left alone.
 * @param wish `most` is how many copies the organisation may have for a new one to be added
 */
export const leaseEntry = (
  db: Database,
  wish: { path: string; version: number; until: number; renewBelow: number; most: number },
  now: number,
  holder: string,
) => {
  const anew: SQL = sql`${copies.leased_until} < ${wish.renewBelow}`
  const claim = claimIfFree(now, holder)
  return db
    .insert(copies)
    .select(sql`select ${wish.path}, ${wish.version}, ${wish.until}, ${latestSeq}, -1, 0, ${now + CLAIM_MS}, ${holder}, null, ${now}
      where exists (select 1 from copies where path = ${wish.path} and version = ${wish.version})
        or (select copy_count from organisations where number = cast(${wish.path} as integer)) < ${wish.most}`)
    .onConflictDoUpdate({
      target: [copies.path, copies.version],
      set: {
        leased_until: sql`case when ${anew} then ${wish.until} else ${copies.leased_until} end`,
        stale_seq: sql`case when ${anew} then max(${copies.stale_seq}, ${latestSeq}) else ${copies.stale_seq} end`,
        stale_since: sql`case when ${anew} and ${copies.leased_until} <= ${now} then ${now} else coalesce(${copies.stale_since}, ${now}) end`,
        published_seq: sql`case when ${anew} then -1 else ${copies.published_seq} end`,
        ...claim,
        etag: sql`case when ${anew} then null else ${claim.etag} end`,
      },
      setWhere: sql`${anew} or (${copies.stale_seq} > ${copies.published_seq} and ${copies.claimed_until} <= ${now})`,
    })
    .returning(claimColumns)
}

/** How a put ended, as far as its holder knows. */
export interface PutResult {
  path: string
  version: number
  /** The lease whose end the put carried as its expiration. */
  leasedUntil: number
  /** The bytes contain every commit up to this one, and every commit before this moment (Unix ms). */
  seq: number
  assembledAt: number
  /** 'stored': KV has these bytes. 'deleted': KV has none. 'rejected': KV cleanly declined, nothing changed. */
  status: 'stored' | 'deleted' | 'rejected'
  etag: string | null
}

/**
 * Confirms puts and gives the claims back, in one statement: a copy turns clean only where no later commit marked it and
 * no later lease was given. Where one did, the claim is renewed and the row comes back with `claimedBy`, to go again.
 */
export const confirmPuts = (db: Database, results: PutResult[], now: number, holder: string) => {
  const status = sql.raw(`(result.value ->> 'status')`)
  const seq = sql.raw(`(result.value ->> 'seq')`)
  const done = sql`(${status} <> 'rejected' and ${copies.leased_until} = result.value ->> 'leasedUntil')`
  const clean = sql`(${done} and ${copies.stale_seq} <= ${seq})`
  return db
    .update(copies)
    .set({
      leased_until: sql`case when ${clean} and ${status} = 'deleted' then 0 else ${copies.leased_until} end`,
      stale_since: sql`case when ${clean} then null when ${done} then max(${copies.stale_since}, result.value ->> 'assembledAt')
        else ${copies.stale_since} end`,
      published_seq: sql`case when ${done} then ${seq} else ${copies.published_seq} end`,
      published_at: sql`case when ${done} then ${now} else ${copies.published_at} end`,
      etag: sql`case when ${status} = 'rejected' then ${copies.etag} when ${done} then result.value ->> 'etag' else null end`,
      claimed_until: sql`case when ${clean} then 0 else ${now + CLAIM_MS} end`,
      claimed_by: sql`case when ${clean} then null else ${holder} end`,
    })
    .from(sql`json_each(${JSON.stringify(results)}) as result`)
    .where(
      sql`${copies.path} = result.value ->> 'path' and ${copies.version} = result.value ->> 'version' and ${copies.claimed_by} = ${holder}`,
    )
    .returning(claimColumns)
}

/** Gives claims back without a confirm, for cron to take up; only where no put is in doubt. */
export const releaseClaims = (db: Database, claims: Claim[], holder: string) =>
  db.update(copies).set({ claimed_until: 0, claimed_by: null }).where(sql`claimed_by = ${holder} and (path, version) in (
      select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(claims)}))`)

/** What the directory says of one copy: none or one row, and only while it is leased. */
export const selectEntry = (db: Database, path: string, version: number, now: number) =>
  db
    .select({ etag: copies.etag, stale: copies.stale_seq, published: copies.published_seq })
    .from(copies)
    .where(and(eq(copies.path, path), eq(copies.version, version), gt(copies.leased_until, now)))
