import type { Payload, Isolate } from '../runtime/isolate.ts'
import { logError } from '../runtime/log.ts'
import { isUnavailable, openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import { renderDocuments } from './assemble.ts'
import { recordLatePuts } from './backlog.ts'
import { CLAIM_MS, PURGE_MS, releaseClaims, confirmPuts } from './directory.ts'
import type { Claim, PutResult } from './directory.ts'
import { findDocument } from '../documents/registry.ts'
import { deleteEntry, putEntry } from './kv-store.ts'
import { deletePayload, setPayload } from './memory-store.ts'
import { overdueBefore } from './overdue.ts'
import { parsePath, cacheVersion } from '../documents/path.ts'

/** The platform ends work 30 s after the answer; what is not done by then is given back for cron. */
const BUDGET_MS = 25_000
/** A put begins only in the first part of its claim, so that it ends, or is given up, before the claim does. */
const START_LIMIT_MS = CLAIM_MS / 2
/** A round of puts that KV all refuses is tried again so often: a second put within a second passes, a daily quota does not. */
const MAX_REJECTED_ROUNDS = 3
/** Documents in one batch: enough for a write to one factory, few enough for D1's 30 s. */
const GROUP = 40
/** Statements that a group sends in one round beside those that read its documents: two labels, two confirms, one release. */
const ROUND_QUERIES = 5

/** Operations that a publication may still begin; its groups share it. */
interface Allowance {
  left: number
}

/** Returns how many copies may be claimed for a publication of so many operations. */
export const maxClaimsFor = (operations: number): number => {
  const groups = Math.ceil(operations / (GROUP + ROUND_QUERIES))
  return Math.max(0, operations - groups * ROUND_QUERIES)
}

/** Claimed copies being put. `firstPuts` ends when each was tried once, `done` when each is settled or left to cron; neither rejects. */
export interface PublishRun {
  firstPuts: Promise<void>
  done: Promise<void>
}

const minPutIntervalOf = (claim: Claim) => findDocument(claim.path)?.document.minPutIntervalMs ?? 0

/** Claims of like pace, in groups that are assembled together. */
const groupByInterval = (claims: Claim[]): { pace: number; claims: Claim[] }[] =>
  [...Map.groupBy(claims, minPutIntervalOf)].flatMap(([pace, alike]) =>
    Array.from({ length: Math.ceil(alike.length / GROUP) }, (_, n) => ({ pace, claims: alike.slice(n * GROUP, (n + 1) * GROUP) })),
  )

/**
 * Rewrites or purges copies whose claims were taken at `claimedAt` by `holder`, until no later commit wants more or the
 * invocation has begun as many operations as it may. Claims that are left go back, for cron or a reader to take up.
 */
export const publish = (isolate: Isolate, claims: Claim[], holder: string, claimedAt: number): PublishRun => {
  const allowance = { left: remainingOperations(isolate) }
  const groups = groupByInterval(claims).map(({ pace, claims: group }) => {
    const tried = Promise.withResolvers<void>()
    const done = publishGroup(
      isolate,
      group,
      { minPutIntervalMs: pace + isolate.config.extraPaceMs, holder, claimedAt, allowance },
      tried.resolve,
    )
      // What failed keeps its claim or gave it back; either way the copy is dirty and cron finds it.
      .catch((error: unknown) => logError(isolate, 'publish left to cron:', error))
      .finally(tried.resolve)
    return { tried: tried.promise, done }
  })
  return {
    firstPuts: Promise.all(groups.map((group) => group.tried)).then(() => {}),
    done: Promise.all(groups.map((group) => group.done)).then(() => {}),
  }
}

interface Terms {
  minPutIntervalMs: number
  holder: string
  claimedAt: number
  allowance: Allowance
}

const publishGroup = async (
  isolate: Isolate,
  group: Claim[],
  { minPutIntervalMs, holder, claimedAt, allowance }: Terms,
  tried: () => void,
) => {
  const deadline = isolate.clock.now() + BUDGET_MS
  let refusedRounds = 0
  for (let held = group, since = claimedAt; held.length > 0;) {
    if (allowance.left < held.length + ROUND_QUERIES) return releaseAll(isolate, held, holder)
    allowance.left -= held.length + ROUND_QUERIES
    const assembledAt = isolate.clock.now()
    const assembled = await assembleClaims(isolate, held).catch(async (error: unknown) => {
      await releaseAll(isolate, held, holder)
      throw error
    })
    const late = isolate.clock.now() - since > START_LIMIT_MS
    const results = late ? [] : await Promise.all(assembled.map((each) => putOrDelete(isolate, each, assembledAt)))
    tried()
    if (late) return releaseAll(isolate, held, holder)
    // The claim outlives the put by the pace, so that the next put, whoever makes it, comes a second later at the earliest.
    if (results.some(({ touched }) => touched)) await isolate.clock.sleep(minPutIntervalMs)
    since = isolate.clock.now()
    held = await confirmResults(
      isolate,
      results.map(({ result }) => result).filter((result) => result !== undefined),
      holder,
      results.every(({ result }) => result === undefined || result.status === 'rejected') ? [] : organisationsOfOverdue(isolate, held),
    )
    refusedRounds = results.every(({ result }) => result?.status === 'rejected') ? refusedRounds + 1 : 0
    if (isolate.clock.now() + minPutIntervalMs > deadline || refusedRounds === MAX_REJECTED_ROUNDS) return releaseAll(isolate, held, holder)
  }
}

/** A claimed copy with its present bytes: undefined for one that no document of this release knows, null for one that is gone. */
interface FreshEntry {
  claim: Claim
  now: Payload | null
  seq: number
  bookmark: string
}

/** Assembles on the primary, together; if that fails each alone, so that one that cannot be assembled holds up no other. */
const assembleClaims = async (isolate: Isolate, claims: Claim[]): Promise<FreshEntry[]> => {
  const known = claims.map((claim) => ({ claim, wanted: claim.version === cacheVersion(isolate) ? findDocument(claim.path) : undefined }))
  const kept = known.flatMap(({ wanted }) => wanted ?? [])
  try {
    const { seq, found, bookmark } = await withRetries(isolate, async () => {
      const session = openSession(isolate, 'first-primary')
      const assembled = await renderDocuments(session, kept)
      return { ...assembled, bookmark: session.bookmark() }
    })
    let position = 0
    return known.map(({ claim, wanted }) => ({ claim, seq, bookmark, now: wanted ? found[position++]! : null }))
  } catch (error) {
    if (claims.length === 1 || isUnavailable(error)) throw error
    const alone = await Promise.allSettled(claims.map((claim) => assembleClaims(isolate, [claim])))
    if (alone.every(({ status }) => status === 'rejected')) throw error
    return alone.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  }
}

/** One put or purge. Without a result the outcome is unknown, so the claim is kept to its end and a late landing overtakes nobody. */
const putOrDelete = async (
  isolate: Isolate,
  { claim, now, seq, bookmark }: FreshEntry,
  assembledAt: number,
): Promise<{ result?: PutResult; touched: boolean }> => {
  const { path, version, leasedUntil } = claim
  const common = { path, version, leasedUntil, seq, assembledAt }
  const label = now && { version, path, seq, bookmark, etag: now.etag, previousPageEnd: now.previousPageEnd, leasedUntil }
  if (label) setPayload(isolate, label, now.body)
  else if (version === cacheVersion(isolate)) deletePayload(isolate, path)
  if (now === null || label === null || leasedUntil - isolate.clock.now() < PURGE_MS) {
    const outcome = await deleteEntry(isolate, claim)
    return {
      touched: true,
      ...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'deleted' : 'rejected', etag: null } }),
    }
  }
  if (now.etag === claim.etag) return { touched: false, result: { ...common, status: 'stored', etag: now.etag } }
  const outcome = await putEntry(isolate, now.body, label)
  return {
    touched: true,
    ...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: now.etag } }),
  }
}

/** The organisations whose copies are put late, so that readers go on checking them until KV shows the put everywhere. */
const organisationsOfOverdue = (isolate: Isolate, claims: Claim[]): number[] => {
  const before = overdueBefore(isolate)
  const overdue = claims.filter(({ staleSince }) => staleSince !== null && staleSince <= before)
  return [...new Set(overdue.map(({ path }) => parsePath(path).organisation))]
}

/**
 * Settles what is known; gives back the claims that go again.
 * @param late organisations with a copy among them that was overdue
 */
const confirmResults = async (isolate: Isolate, outcomes: PutResult[], holder: string, late: number[]): Promise<Claim[]> => {
  if (outcomes.length === 0) return []
  // Confirming twice comes to the same, as long as the same holder does.
  const [rows] = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    return session.batch([confirmPuts(session.db, outcomes, now, holder), ...(late.length ? [recordLatePuts(session.db, late, now)] : [])])
  })
  return rows.filter(({ claimedBy }) => claimedBy === holder)
}

const releaseAll = async (isolate: Isolate, claims: Claim[], holder: string): Promise<void> => {
  if (claims.length === 0) return
  await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([releaseClaims(session.db, claims, holder)])
  })
}
