import { sql } from 'drizzle-orm'
import { TimeoutError } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import type { Claim } from '../cache/directory.ts'
import { parseClaims, selectClaims } from '../cache/invalidate.ts'
import { recordCommit } from '../cache/recent-commits.ts'
import { maxClaimsFor, publish } from '../cache/publish.ts'
import { assertStatement, isGuardAbort, isRejection, isUnavailable, openSession } from '../db/client.ts'
import { withConcurrencyLimit, backoff, withRetries } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import { buildGuards, allHold, getInvalidatedRanges, selectAuditSeq, mutationStatements } from './mutation-batch.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { AlreadyCommitted, hasSpaceFor, isAlreadyCommitted, insertRecord, selectRecord } from './idempotency.ts'
import type { IdempotencyRecord } from './idempotency.ts'
import { compareTags, existenceGuards, explainAbort } from './preconditions.ts'
import type { Conditions } from './preconditions.ts'

/** The result of a commit. `row` is the first row of `returning`, read in the same transaction. */
export interface Committed<Row> {
  row: Row | undefined
  bookmark: string
  /** False if the mutation changed nothing. Its response can then be rebuilt from the current data. */
  isLogged: boolean
}

type Applied<Row> = Committed<Row> & { claims: Claim[]; claimedAt: number }

/** Time for which the response waits for the first puts. They continue after the response. */
const FIRST_PUTS_LIMIT_MS = 1_000
/** Maximum number of attempts of a write whose resource changes between the comparison of entity tags and the batch. */
const MAX_CONDITIONAL_ATTEMPTS = 3
/** Maximum number of times a batch of unknown outcome is sent. The audit log accepts a commit id once, so it is applied once. */
const MAX_ATTEMPTS = 3
/** Maximum number of cache entries that a commit publishes: those whose lease ends last. */
const MAX_PUBLISHED = 100
/** Maximum number of statements that a commit sends, without those that publish. It includes all attempts. */
const MAX_QUERIES = 100
/** Time limit of a batch. D1 itself ends a query after 30 s. */
const BATCH_LIMIT_MS = 15_000

/** Options of a commit. */
interface CommitOptions {
  /** The conditions of the request (If-Match, If-None-Match). */
  conditions?: Conditions | undefined
  /** The idempotency record, if the request has an Idempotency-Key. */
  idempotency?: IdempotencyRecord | undefined
}

/** A mutation with the identifiers of its commit. */
interface Write<Row> {
  actor: Actor
  mutation: Mutation<Row>
  commitId: string
  record: IdempotencyRecord | undefined
}

/**
 * Runs a mutation as one transaction: guards, audit entry, data and invalidation. Then publishes the claimed cache entries. It is
 * the only writer of business tables. It passes both steps to `waitUntil` before it awaits anything, because the platform stops a
 * handler at its next `await` after the client has disconnected.
 * @throws Problem of the first guard that fails; `precondition-failed`; `unavailable`; `outcome-unknown`
 * @throws AlreadyCommitted if the request was committed before under the same Idempotency-Key
 */
export const commit = async <Row>(
  isolate: Isolate,
  waitUntil: (work: Promise<unknown>) => void,
  actor: Actor,
  mutation: Mutation<Row>,
  { conditions, idempotency }: CommitOptions = {},
): Promise<Committed<Row>> => {
  const commitId = crypto.randomUUID()
  const applying = withConcurrencyLimit(isolate, 'write', () =>
    applyWithRetries(isolate, { actor, mutation, commitId, record: idempotency }, conditions),
  )
  const publishing = applying.then(({ claims, claimedAt }) => publish(isolate, claims, commitId, claimedAt))
  waitUntil(publishing.then(({ done }) => done).catch(() => {}))
  const { firstAttempt } = await publishing
  await isolate.clock.withTimeout(FIRST_PUTS_LIMIT_MS, firstAttempt).catch(() => {})
  const { row, bookmark, isLogged } = await applying
  return { row, bookmark, isLogged }
}

/** Runs the batch. If a guard stops it, throws the problem of the guard, or retries if only the compared state has changed. */
const applyWithRetries = async <Row>(isolate: Isolate, write: Write<Row>, conditions: Conditions | undefined): Promise<Applied<Row>> => {
  for (let attempt = 1; attempt <= MAX_CONDITIONAL_ATTEMPTS; attempt++) {
    const now = isolate.clock.now()
    const guards = [
      ...buildGuards(write.actor, write.mutation, now),
      ...(write.record ? [hasSpaceFor(write.record)] : []),
      ...(conditions ? existenceGuards(write.mutation, conditions) : []),
    ]
    const unchanged = conditions ? await compareTags(isolate, write.mutation, guards, conditions) : []
    try {
      return await runUntilOutcomeKnown(isolate, write, [...guards, ...unchanged], now)
    } catch (error) {
      if (!isGuardAbort(error)) throw error
      await explainAbort(isolate, guards)
    }
  }
  throw conditions === undefined
    ? new Problem('unavailable', 'The resource keeps changing. Retry after 1 s.', { headers: { 'Retry-After': '1' } })
    : new Problem('precondition-failed', 'The resource keeps changing. Read it again.')
}

/**
 * Sends the batch until its outcome is known, `MAX_ATTEMPTS` times at most. After the result of an attempt was lost, every later
 * error leads to a look-up of the commit, because a guard may fail only because the batch was already applied.
 * @throws Problem `outcome-unknown` if the outcome cannot be found out
 */
const runUntilOutcomeKnown = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Applied<Row>> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await isolate.clock.withTimeout(BATCH_LIMIT_MS, runBatch(isolate, write, guards, now))
    } catch (error) {
      const isFinal = isRejection(error) || !isUnavailable(error)
      if (isAlreadyCommitted(error) && attempt === 1) throw new AlreadyCommitted()
      if (attempt === 1 && isFinal) throw error
      const applied = await findApplied(isolate, write, now).catch(() => 'unknown' as const)
      if (applied && applied !== 'unknown') return applied
      if (isAlreadyCommitted(error)) throw new AlreadyCommitted()
      if (isGuardAbort(error) && applied === undefined) throw error
      if (attempt === MAX_ATTEMPTS || isFinal || error instanceof TimeoutError) throw outcomeUnknown(write.actor)
      await backoff(isolate, attempt)
    }
  }
}

/** Returns the maximum number of cache entries that a commit claims. It is 0 on the free plan, because cron publishes there. */
const getMaxClaims = (isolate: Isolate): number =>
  isolate.config.deferMs > 0 ? 0 : Math.min(MAX_PUBLISHED, maxClaimsFor(remainingOperations(isolate) - MAX_QUERIES))

const runBatch = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Applied<Row>> => {
  const { actor, mutation, commitId, record } = write
  const session = openSession(isolate, 'first-primary')
  const { auditEntry, data, invalidation } = mutationStatements(session.db, actor, mutation, commitId, now, getMaxClaims(isolate))
  const results: unknown[] = await session.batch([
    // An attempt whose result was lost may reach D1 after the next attempt was applied. Without this condition it would still claim
    // cache entries.
    assertStatement(session.db, sql`not ${isLogged(commitId)} and (${allHold(guards)})`),
    ...(record ? insertRecord(session.db, record, commitId, now) : []),
    auditEntry,
    ...data,
    invalidation,
    selectAuditSeq(session.db, commitId),
    mutation.returning(session.db, commitId),
  ])
  const [claims, [entry], [row]] = results.slice(-3) as [{ claim: unknown }[], { seq: number }[], Row[]]
  const bookmark = session.bookmark()
  if (entry) recordCommit(isolate, getInvalidatedRanges(actor, mutation), entry.seq, bookmark)
  return { row, bookmark, isLogged: entry !== undefined, claims: parseClaims(claims), claimedAt: now }
}

/** Looks a commit up on the primary after an error of unknown outcome. Returns undefined if the commit was not applied. */
const findApplied = async <Row>(
  isolate: Isolate,
  { actor, mutation, commitId, record }: Write<Row>,
  now: number,
): Promise<Applied<Row> | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const results: unknown[] = await isolate.clock.withTimeout(
    BATCH_LIMIT_MS,
    session.batch([
      selectAuditSeq(session.db, commitId),
      selectClaims(session.db, getInvalidatedRanges(actor, mutation), commitId),
      mutation.returning(session.db, commitId),
      ...(record ? [selectRecord(session.db, record)] : []),
    ]),
  )
  const [[entry], claims, [row], [stored] = []] = results as [{ seq: number }[], Claim[], Row[], { commitId: string }[]?]
  if (!entry && stored?.commitId !== commitId) return undefined
  if (entry) recordCommit(isolate, getInvalidatedRanges(actor, mutation), entry.seq, session.bookmark())
  return { row, bookmark: session.bookmark(), isLogged: entry !== undefined, claims, claimedAt: now }
}

/**
 * Returns the result of an earlier commit as of now. An idempotent request whose response was lost gets it.
 * @param commitId of the earlier commit
 */
export const reloadResult = async <Row>(isolate: Isolate, mutation: Mutation<Row>, commitId: string): Promise<Committed<Row>> =>
  withRetries(isolate, async () => {
    const session = openSession(isolate, 'first-primary')
    const [[entry], [row]] = await session.batch([selectAuditSeq(session.db, commitId), mutation.returning(session.db, commitId)])
    return { row, bookmark: session.bookmark(), isLogged: entry !== undefined }
  })

const outcomeUnknown = ({ requestId }: Actor) =>
  new Problem(
    'outcome-unknown',
    `The database did not confirm whether request ${requestId} was applied. Read the resource before you retry.`,
    {
      headers: { 'Retry-After': '5' },
    },
  )
