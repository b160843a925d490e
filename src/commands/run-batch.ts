import { sql } from 'drizzle-orm'
import { TimeoutError } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import type { Claim } from '../cache/directory.ts'
import { parseClaims, selectClaims } from '../cache/invalidate.ts'
import { invalidatedRanges } from '../documents/registry.ts'
import { recordCommit } from '../cache/recent-commits.ts'
import { maxClaimsFor } from '../cache/publish.ts'
import { isGuardAbort, isRejection, isUnavailable, openSession } from '../db/client.ts'
import { backoff, withRetries } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import { selectAuditSeq, mutationStatements } from './mutation-batch.ts'
import { allHold, isLogged } from './mutation.ts'
import type { Actor, Condition, Mutation } from './mutation.ts'
import { moveEntry } from './move-audit-entries.ts'
import { isAlreadyCommitted, insertRecord, selectRecord } from './idempotency.ts'
import type { IdempotencyRecord } from './idempotency.ts'

/** Maximum number of times a batch of unknown outcome is sent. The audit log accepts a commit id once, so it is applied once. */
const MAX_ATTEMPTS = 3
/** Maximum number of cache entries that a commit publishes: those whose lease ends last. */
const MAX_PUBLISHED = 100
/** Maximum number of statements that a commit sends, without those that publish. It includes all attempts. */
const MAX_QUERIES = 100
/** Time limit of a batch. D1 itself ends a query after 30 s. */
const BATCH_LIMIT_MS = 15_000

/** A mutation with the identifiers of its commit. */
export interface Write<Row> {
  actor: Actor
  mutation: Mutation<Row>
  commitId: string
  record: IdempotencyRecord | undefined
}

/** An applied mutation. `row` is the first row of `returning`, read in the same transaction. */
export interface Committed<Row> {
  outcome: 'applied'
  row: Row | undefined
  bookmark: string
  /** False if the mutation changed nothing. Its response can then be rebuilt from the current data. */
  isLogged: boolean
}

/** A batch that was applied, with the cache entries that it has claimed. */
export type Applied<Row> = Committed<Row> & { claims: Claim[]; claimedAt: number }

/** A batch that was rolled back by its idempotency record or by one of its guards. */
type Stopped = { outcome: 'already-committed' } | { outcome: 'guard-failed' }

/** Returns how an error has stopped the batch; undefined for an error of another kind. */
const toStopped = (error: unknown): Stopped | undefined => {
  if (isAlreadyCommitted(error)) return { outcome: 'already-committed' }
  return isGuardAbort(error) ? { outcome: 'guard-failed' } : undefined
}

/**
 * Sends the batch until its outcome is known, `MAX_ATTEMPTS` times at most. After the result of an attempt was lost, every later
 * error leads to a look-up of the commit, because a guard may fail only because the batch was already applied.
 * @throws Problem `outcome-unknown` if the outcome cannot be found out
 */
export const runUntilOutcomeKnown = async <Row>(
  isolate: Isolate,
  write: Write<Row>,
  guards: Condition[],
  now: number,
): Promise<Applied<Row> | Stopped> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await isolate.clock.withTimeout(BATCH_LIMIT_MS, runBatch(isolate, write, guards, now))
    } catch (error) {
      const isFinal = isRejection(error) || !isUnavailable(error)
      const stopped = toStopped(error)
      if (attempt === 1 && stopped) return stopped
      if (attempt === 1 && isFinal) throw error
      const applied = await findApplied(isolate, write, now).catch(() => 'unknown' as const)
      if (applied && applied !== 'unknown') return applied
      if (stopped?.outcome === 'already-committed' || (stopped && applied === undefined)) return stopped
      if (attempt === MAX_ATTEMPTS || isFinal || error instanceof TimeoutError) throw outcomeUnknown(write.actor)
      await backoff(isolate, attempt)
    }
  }
}

/** Returns the maximum number of cache entries that a commit claims. It is 0 on the free plan, because cron publishes there. */
const getMaxClaims = (isolate: Isolate): number =>
  isolate.config.deferMs > 0 ? 0 : Math.min(MAX_PUBLISHED, maxClaimsFor(remainingOperations(isolate) - MAX_QUERIES))

const runBatch = async <Row>(isolate: Isolate, write: Write<Row>, guards: Condition[], now: number): Promise<Applied<Row>> => {
  const { actor, mutation, commitId, record } = write
  const session = openSession(isolate, 'first-primary')
  // An attempt whose result was lost may reach D1 after the next attempt was applied. Without `isLogged` it would still claim cache
  // entries.
  const guard = sql`not ${isLogged(commitId)} and (${allHold(guards)})`
  const ranges = invalidatedRanges(actor.organisationPk, mutation.event)
  const { auditEntry, data, invalidation } = mutationStatements(session.db, actor, mutation, guard, commitId, now, {
    ranges,
    maxClaims: getMaxClaims(isolate),
  })
  const results: unknown[] = await session.batch([
    // The guards come first, because they apply to the state before the record and the data.
    auditEntry,
    ...(record ? insertRecord(session.db, record, commitId, now) : []),
    ...data,
    invalidation,
    ...(mutation.row === undefined ? [mutation.returning(session.db, commitId)] : []),
  ])
  const [[entry]] = results as [{ seq: number }[]]
  const [row] = mutation.row === undefined ? (results.pop() as Row[]) : [mutation.row]
  const claims = results.pop() as { claim: unknown }[]
  const bookmark = session.bookmark()
  if (entry) recordCommit(isolate, ranges.flat(), entry.seq, bookmark)
  return { outcome: 'applied', row, bookmark, isLogged: entry !== undefined, claims: parseClaims(claims), claimedAt: now }
}

/** Looks a commit up on the primary after an error of unknown outcome. Returns undefined if the commit was not applied. */
const findApplied = async <Row>(
  isolate: Isolate,
  { actor, mutation, commitId, record }: Write<Row>,
  now: number,
): Promise<Applied<Row> | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const ranges = invalidatedRanges(actor.organisationPk, mutation.event)
  const results: unknown[] = await isolate.clock.withTimeout(
    BATCH_LIMIT_MS,
    session.batch([
      selectAuditSeq(session.db, commitId),
      selectClaims(session.db, ranges, commitId),
      mutation.returning(session.db, commitId),
      ...(record ? [selectRecord(session.db, record)] : []),
    ]),
  )
  const [[entry], claims, [row], [stored] = []] = results as [{ seq: number }[], Claim[], Row[], { commitId: string }[]?]
  if (!entry && stored?.commitId !== commitId) return undefined
  if (entry) recordCommit(isolate, ranges.flat(), entry.seq, session.bookmark())
  return { outcome: 'applied', row, bookmark: session.bookmark(), isLogged: entry !== undefined, claims, claimedAt: now }
}

/**
 * Returns the result of an earlier commit as of now. An idempotent request whose response was lost gets it. The entry of a commit from
 * before migration 0010 is moved first, so that all other statements look it up in one log.
 * @param commitId of the earlier commit
 */
export const reloadResult = async <Row>(isolate: Isolate, mutation: Mutation<Row>, commitId: string): Promise<Committed<Row>> =>
  withRetries(isolate, async () => {
    const session = openSession(isolate, 'first-primary')
    const [[entry], [row]] = (
      await session.batch([
        ...moveEntry(session.db, commitId),
        selectAuditSeq(session.db, commitId),
        mutation.returning(session.db, commitId),
      ])
    ).slice(-2) as [{ seq: number }[], Row[]]
    return { outcome: 'applied', row, bookmark: session.bookmark(), isLogged: entry !== undefined }
  })

const outcomeUnknown = ({ requestId }: Actor) =>
  new Problem(
    'outcome-unknown',
    `The database did not confirm whether request ${requestId} was applied. Read the resource before you retry.`,
    {
      headers: { 'Retry-After': '5' },
    },
  )
