import type { Isolate } from '../runtime/isolate.ts'
import { logError } from '../runtime/log.ts'
import { openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import { recordLatePuts } from './backlog.ts'
import { CLAIM_MS, PURGE_MS, releaseClaims, confirmPuts } from './directory.ts'
import type { Claim, PutResult } from './directory.ts'
import { findDocument } from '../documents/registry.ts'
import { deleteEntry, putEntry } from './kv-store.ts'
import { setPayload } from './memory-store.ts'
import { overdueBefore } from './overdue.ts'
import { renderClaims } from './render-claims.ts'
import type { FreshEntry } from './render-claims.ts'
import { parseOrganisation } from '../documents/path.ts'

/** Time that a publisher may use. The platform ends work 30 s after the response, so the claims are released before that. */
const BUDGET_MS = 25_000
/** A put starts only in the first half of its claim, so that it ends or times out before the claim expires. */
const START_LIMIT_MS = CLAIM_MS / 2
/** Rounds in a row of which KV rejects every put. More are useless: a limit per second passes, a daily limit does not. */
const MAX_REJECTED_ROUNDS = 3
/** Documents that one batch renders: enough for a write to one factory, and few enough for the 30 s of D1. */
const GROUP_SIZE = 40
/** Statements of one round of a group in addition to its documents: two reads of `seq`, two confirms, one release. */
const ROUND_QUERIES = 5

/** Operations that a publish run may still begin. All its groups share it. */
interface Allowance {
  left: number
}

/** Returns the number of entries that a publish run with this number of operations can claim. */
export const maxClaimsFor = (operations: number): number => {
  const groups = Math.ceil(operations / (GROUP_SIZE + ROUND_QUERIES))
  return Math.max(0, operations - groups * ROUND_QUERIES)
}

/**
 * A running publish. `firstAttempt` resolves when every entry was put once or could not be put, `done` when every entry is
 * confirmed or left to cron. Neither rejects.
 */
export interface PublishRun {
  firstAttempt: Promise<void>
  done: Promise<void>
}

const minPutIntervalOf = (claim: Claim) => findDocument(claim.path)?.document.minPutIntervalMs ?? 0

/** Groups the claims that share a minimum put interval. One batch renders a group. */
const groupByInterval = (claims: Claim[]): { minPutIntervalMs: number; claims: Claim[] }[] =>
  [...Map.groupBy(claims, minPutIntervalOf)].flatMap(([minPutIntervalMs, sameInterval]) =>
    Array.from({ length: Math.ceil(sameInterval.length / GROUP_SIZE) }, (_, n) => ({
      minPutIntervalMs,
      claims: sameInterval.slice(n * GROUP_SIZE, (n + 1) * GROUP_SIZE),
    })),
  )

/**
 * Puts or deletes the entries that `publisherId` claimed at `claimedAt`. Repeats the entries that a later commit invalidated,
 * until all are current or the operations of the invocation are used up. The remaining claims are released, so that cron or a
 * reader can take them.
 */
export const publish = (isolate: Isolate, claims: Claim[], publisherId: string, claimedAt: number): PublishRun => {
  const allowance = { left: remainingOperations(isolate) }
  const groups = groupByInterval(claims).map(({ minPutIntervalMs, claims: group }) => {
    const attempted = Promise.withResolvers<void>()
    const done = publishGroup(
      isolate,
      group,
      { minPutIntervalMs: minPutIntervalMs + isolate.config.extraPaceMs, publisherId, claimedAt, allowance },
      attempted.resolve,
    )
      // An entry that failed keeps or has released its claim. It is stale in both cases, so cron finds it.
      .catch((error: unknown) => logError(isolate, 'publish left to cron:', error))
      .finally(attempted.resolve)
    return { attempted: attempted.promise, done }
  })
  return {
    firstAttempt: Promise.all(groups.map((group) => group.attempted)).then(() => {}),
    done: Promise.all(groups.map((group) => group.done)).then(() => {}),
  }
}

interface PublishOptions {
  minPutIntervalMs: number
  publisherId: string
  claimedAt: number
  allowance: Allowance
}

const publishGroup = async (
  isolate: Isolate,
  group: Claim[],
  { minPutIntervalMs, publisherId, claimedAt, allowance }: PublishOptions,
  onAttempted: () => void,
) => {
  const deadline = isolate.clock.now() + BUDGET_MS
  let rejectedRounds = 0
  for (let remaining = group, claimedSince = claimedAt; remaining.length > 0;) {
    if (allowance.left < remaining.length + ROUND_QUERIES) return releaseAll(isolate, remaining, publisherId)
    allowance.left -= remaining.length + ROUND_QUERIES
    const renderedAt = isolate.clock.now()
    const entries = await renderClaims(isolate, remaining).catch(async (error: unknown) => {
      await releaseAll(isolate, remaining, publisherId)
      throw error
    })
    const isLate = isolate.clock.now() - claimedSince > START_LIMIT_MS
    const results = isLate ? [] : await Promise.all(entries.map((entry) => putOrDelete(isolate, entry, renderedAt)))
    onAttempted()
    if (isLate) return releaseAll(isolate, remaining, publisherId)
    // The claim is kept for the minimum put interval after the put. So the next put of any publisher is at least that much later.
    if (results.some(({ calledKv }) => calledKv)) await isolate.clock.sleep(minPutIntervalMs)
    claimedSince = isolate.clock.now()
    remaining = await confirmResults(
      isolate,
      results.map(({ result }) => result).filter((result) => result !== undefined),
      publisherId,
      results.every(({ result }) => result === undefined || result.status === 'rejected') ? [] : organisationsOfOverdue(isolate, remaining),
    )
    rejectedRounds = results.every(({ result }) => result?.status === 'rejected') ? rejectedRounds + 1 : 0
    if (isolate.clock.now() + minPutIntervalMs > deadline || rejectedRounds === MAX_REJECTED_ROUNDS)
      return releaseAll(isolate, remaining, publisherId)
  }
}

/** The result of a put or delete, if its outcome is known, and whether KV was called. */
interface PutAttempt {
  result?: PutResult
  calledKv: boolean
}

/**
 * Puts or deletes one entry. Returns no result if the outcome is unknown. The claim is then kept until it expires, so that a
 * late put cannot overwrite a newer one.
 */
const putOrDelete = async (isolate: Isolate, { claim, payload, seq, bookmark }: FreshEntry, renderedAt: number): Promise<PutAttempt> => {
  const { path, version, leasedUntil } = claim
  const common = { path, version, leasedUntil, seq, renderedAt }
  const remove = async (): Promise<PutAttempt> => {
    const outcome = await deleteEntry(isolate, claim)
    return {
      calledKv: true,
      ...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'deleted' : 'rejected', etag: null } }),
    }
  }
  if (payload === null) return remove()
  const metadata = { version, path, seq, bookmark, etag: payload.etag, previousPageEnd: payload.previousPageEnd, leasedUntil }
  setPayload(isolate, metadata, payload.body)
  if (leasedUntil - isolate.clock.now() < PURGE_MS) return remove()
  if (payload.etag === claim.etag) return { calledKv: false, result: { ...common, status: 'stored', etag: payload.etag } }
  const outcome = await putEntry(isolate, payload.body, metadata)
  return {
    calledKv: true,
    ...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: payload.etag } }),
  }
}

/** Returns the organisations of overdue entries. Their readers keep checking entries until KV shows the late put everywhere. */
const organisationsOfOverdue = (isolate: Isolate, claims: Claim[]): number[] => {
  const limit = overdueBefore(isolate)
  const overdue = claims.filter(({ staleSince }) => staleSince !== null && staleSince <= limit)
  return [...new Set(overdue.map(({ path }) => parseOrganisation(path)))]
}

/**
 * Confirms the results. Returns the claims that must be put again.
 * @param late organisations with an overdue entry among the results
 */
const confirmResults = async (isolate: Isolate, results: PutResult[], publisherId: string, late: number[]): Promise<Claim[]> => {
  if (results.length === 0) return []
  // A confirm can be repeated safely by the same publisher.
  const [rows] = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    return session.batch([
      confirmPuts(session.db, results, now, publisherId),
      ...(late.length ? [recordLatePuts(session.db, late, now)] : []),
    ])
  })
  return rows.filter(({ claimedBy }) => claimedBy === publisherId)
}

const releaseAll = async (isolate: Isolate, claims: Claim[], publisherId: string): Promise<void> => {
  if (claims.length === 0) return
  await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([releaseClaims(session.db, claims, publisherId)])
  })
}
