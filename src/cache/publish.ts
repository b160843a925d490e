import type { Assembled, Isolate } from '../runtime/isolate.ts'
import { logError } from '../runtime/log.ts'
import { isUnavailable, openSession } from '../db/client.ts'
import { persist } from '../db/retry.ts'
import { operationsLeft } from '../runtime/operation-budget.ts'
import { assembleDocuments } from './assemble.ts'
import { lateStatement } from './backlog.ts'
import { CLAIM_MS, PURGE_MS, releaseStatement, settleStatement } from './directory.ts'
import type { Claim, Outcome } from './directory.ts'
import { findDocument } from '../documents/registry.ts'
import { deleteEntry, putEntry } from './kv-store.ts'
import { forget, keep } from './memory-store.ts'
import { overdueBefore } from './overdue.ts'
import { parsePath, versionOf } from '../documents/path.ts'

/** The platform ends work 30 s after the answer; what is not done by then is given back for cron. */
const BUDGET_MS = 25_000
/** A put begins only in the first part of its claim, so that it ends, or is given up, before the claim does. */
const START_LIMIT_MS = CLAIM_MS / 2
/** A round of puts that KV all refuses is tried again so often: a second put within a second passes, a daily quota does not. */
const REFUSED_ROUNDS_MOST = 3
/** Documents in one batch: enough for a write to one factory, few enough for D1's 30 s. */
const GROUP = 40
/** Statements that a group sends in one round beside those that read its documents: two labels, two confirms, one release. */
const ROUND_QUERIES = 5

/** Operations that a publication may still begin; its groups share it. */
interface Allowance {
  left: number
}

/** Returns how many copies may be claimed for a publication of so many operations. */
export const claimsWithin = (operations: number): number => {
  const groups = Math.ceil(operations / (GROUP + ROUND_QUERIES))
  return Math.max(0, operations - groups * ROUND_QUERIES)
}

/** Claimed copies being put. `firstPuts` ends when each was tried once, `done` when each is settled or left to cron; neither rejects. */
export interface Publication {
  firstPuts: Promise<void>
  done: Promise<void>
}

const paceOf = (claim: Claim) => findDocument(claim.path)?.document.pace ?? 0

/** Claims of like pace, in groups that are assembled together. */
const groupsOf = (claims: Claim[]): { pace: number; claims: Claim[] }[] =>
  [...Map.groupBy(claims, paceOf)].flatMap(([pace, alike]) =>
    Array.from({ length: Math.ceil(alike.length / GROUP) }, (_, n) => ({ pace, claims: alike.slice(n * GROUP, (n + 1) * GROUP) })),
  )

/**
 * Rewrites or purges copies whose claims were taken at `claimedAt` by `holder`, until no later commit wants more or the
 * invocation has begun as many operations as it may. Claims that are left go back, for cron or a reader to take up.
 */
export const publish = (isolate: Isolate, claims: Claim[], holder: string, claimedAt: number): Publication => {
  const allowance = { left: operationsLeft(isolate) }
  const groups = groupsOf(claims).map(({ pace, claims: group }) => {
    const tried = Promise.withResolvers<void>()
    const done = publishGroup(isolate, group, { pace: pace + isolate.settings.extraPaceMs, holder, claimedAt, allowance }, tried.resolve)
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
  pace: number
  holder: string
  claimedAt: number
  allowance: Allowance
}

const publishGroup = async (isolate: Isolate, group: Claim[], { pace, holder, claimedAt, allowance }: Terms, tried: () => void) => {
  const deadline = isolate.clock.now() + BUDGET_MS
  let refusedRounds = 0
  for (let held = group, since = claimedAt; held.length > 0;) {
    if (allowance.left < held.length + ROUND_QUERIES) return release(isolate, held, holder)
    allowance.left -= held.length + ROUND_QUERIES
    const assembledAt = isolate.clock.now()
    const assembled = await assembleClaims(isolate, held).catch(async (error: unknown) => {
      await release(isolate, held, holder)
      throw error
    })
    const late = isolate.clock.now() - since > START_LIMIT_MS
    const results = late ? [] : await Promise.all(assembled.map((each) => settleOne(isolate, each, assembledAt)))
    tried()
    if (late) return release(isolate, held, holder)
    // The claim outlives the put by the pace, so that the next put, whoever makes it, comes a second later at the earliest.
    if (results.some(({ touched }) => touched)) await isolate.clock.wait(pace)
    since = isolate.clock.now()
    held = await confirm(
      isolate,
      results.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined),
      holder,
      results.every(({ outcome }) => outcome === undefined || outcome.ended === 'refused') ? [] : organisationsOfOverdue(isolate, held),
    )
    refusedRounds = results.every(({ outcome }) => outcome?.ended === 'refused') ? refusedRounds + 1 : 0
    if (isolate.clock.now() + pace > deadline || refusedRounds === REFUSED_ROUNDS_MOST) return release(isolate, held, holder)
  }
}

/** A claimed copy with its present bytes: undefined for one that no document of this release knows, null for one that is gone. */
interface Fresh {
  claim: Claim
  now: Assembled | null
  seq: number
  bookmark: string
}

/** Assembles on the primary, together; if that fails each alone, so that one that cannot be assembled holds up no other. */
const assembleClaims = async (isolate: Isolate, claims: Claim[]): Promise<Fresh[]> => {
  const known = claims.map((claim) => ({ claim, wanted: claim.version === versionOf(isolate) ? findDocument(claim.path) : undefined }))
  const kept = known.flatMap(({ wanted }) => wanted ?? [])
  try {
    const { seq, found, bookmark } = await persist(isolate, async () => {
      const session = openSession(isolate, 'first-primary')
      const assembled = await assembleDocuments(session, kept)
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

/** One put or purge. No outcome: in doubt, so the claim is kept to its end and a late landing overtakes nobody. */
const settleOne = async (
  isolate: Isolate,
  { claim, now, seq, bookmark }: Fresh,
  assembledAt: number,
): Promise<{ outcome?: Outcome; touched: boolean }> => {
  const { path, version, leasedUntil } = claim
  const common = { path, version, leasedUntil, seq, assembledAt }
  const label = now && { version, path, seq, bookmark, etag: now.etag, before: now.before, leasedUntil }
  if (label) keep(isolate, label, now.body)
  else if (version === versionOf(isolate)) forget(isolate, path)
  if (now === null || label === null || leasedUntil - isolate.clock.now() < PURGE_MS) {
    const ended = await deleteEntry(isolate, claim)
    return {
      touched: true,
      ...(ended !== 'in doubt' && { outcome: { ...common, ended: ended === 'done' ? 'purged' : 'refused', etag: null } }),
    }
  }
  if (now.etag === claim.etag) return { touched: false, outcome: { ...common, ended: 'put', etag: now.etag } }
  const ended = await putEntry(isolate, now.body, label)
  return {
    touched: true,
    ...(ended !== 'in doubt' && { outcome: { ...common, ended: ended === 'done' ? 'put' : 'refused', etag: now.etag } }),
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
const confirm = async (isolate: Isolate, outcomes: Outcome[], holder: string, late: number[]): Promise<Claim[]> => {
  if (outcomes.length === 0) return []
  // Confirming twice comes to the same, as long as the same holder does.
  const [rows] = await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    return session.batch([
      settleStatement(session.db, outcomes, now, holder),
      ...(late.length ? [lateStatement(session.db, late, now)] : []),
    ])
  })
  return rows.filter(({ claimedBy }) => claimedBy === holder)
}

const release = async (isolate: Isolate, claims: Claim[], holder: string): Promise<void> => {
  if (claims.length === 0) return
  await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([releaseStatement(session.db, claims, holder)])
  })
}
