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
import { guardsOf, allHold, invalidatedRangesOf, selectAuditSeq, mutationStatements } from './mutation-batch.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { storeResponse, AlreadyCommitted, hasSpaceFor, isAlreadyCommitted, insertRecord, selectRecord } from './idempotency.ts'
import type { IdempotencyRecord } from './idempotency.ts'
import { compareTags, existenceGuards, explainAbort } from './preconditions.ts'
import type { Conditions } from './preconditions.ts'

/** What a write leaves its caller with. `row` is what the draft's answer read in the same transaction. */
export interface Committed<Row> {
  row: Row | undefined
  bookmark: string
  /** False where the write changed nothing: then its answer can be made out again from what is there. */
  isLogged: boolean
}

type Applied<Row> = Committed<Row> & { claims: Claim[]; claimedAt: number }

/** The answer waits so long for the first puts; they go on after it. */
const PUTS_LIMIT_MS = 1_000
/** How often a write whose precondition was overtaken is compared and tried again. */
const MAX_CONDITIONAL_ATTEMPTS = 3
/** A batch is sent so often while nobody knows whether it landed. The log takes a commit once, so that it lands once. */
const MAX_ATTEMPTS = 3
/** Copies that one commit publishes itself, those wanted most. Its answer waits a second for their puts. */
const MAX_PUBLISHED = 100
/** Statements that a commit sends at most beside those that publish, with every attempt counted. */
const MAX_QUERIES = 100
/** How long the database is given for a batch, which the platform itself ends after 30 s. */
const BATCH_LIMIT_MS = 15_000

/** What a write depends on beside its draft. */
interface CommitOptions {
  /** The conditions of the request, if it has any. */
  conditions?: Conditions | undefined
  /** Where it is to be carried out once only. */
  once?: IdempotencyRecord | undefined
}

/** One write on its way. */
interface Write<Row> {
  author: Actor
  draft: Mutation<Row>
  commitId: string
  once: IdempotencyRecord | undefined
}

/**
 * The one door for writes. Data, log entry and marks are one transaction; the copies it made stale are published in the same
 * breath. Both are one promise that the platform is asked to keep alive before anything is awaited, because a handler whose
 * client hangs up is stopped at its next await.
 * @throws Problem of the first guard that does not hold; `precondition-failed`; `unavailable`; `outcome-unknown`
 * @throws DoneBefore where it was to be carried out once and was
 */
export const commit = async <Row>(
  isolate: Isolate,
  waitUntil: (work: Promise<unknown>) => void,
  author: Actor,
  draft: Mutation<Row>,
  { conditions, once }: CommitOptions = {},
): Promise<Committed<Row>> => {
  const commitId = crypto.randomUUID()
  const landing = withConcurrencyLimit(isolate, 'write', () => applyWithRetries(isolate, { author, draft, commitId, once }, conditions))
  const publishing = landing.then(({ claims, claimedAt }) => publish(isolate, claims, commitId, claimedAt))
  waitUntil(publishing.then(({ done }) => done).catch(() => {}))
  const { firstPuts } = await publishing
  await isolate.clock.withTimeout(PUTS_LIMIT_MS, firstPuts).catch(() => {})
  const { row, bookmark, isLogged } = await landing
  return { row, bookmark, isLogged }
}

/** Runs the batch; where a guard stops it, says why or tries again. */
const applyWithRetries = async <Row>(isolate: Isolate, write: Write<Row>, conditions: Conditions | undefined): Promise<Applied<Row>> => {
  for (let left = MAX_CONDITIONAL_ATTEMPTS; left > 0; left--) {
    const now = isolate.clock.now()
    const guards = [
      ...guardsOf(write.author, write.draft, now),
      ...(write.once ? [hasSpaceFor(write.once)] : []),
      ...(conditions ? existenceGuards(write.draft, conditions) : []),
    ]
    const unchanged = conditions ? await compareTags(isolate, write.draft, guards, conditions) : []
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
 * Sends the batch until it is known whether it landed, or nobody can tell. Once an answer was lost, every later error is read
 * with that in mind: a guard may fail because the batch has landed already.
 */
const runUntilOutcomeKnown = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Applied<Row>> => {
  for (let sent = 1; ; sent++) {
    try {
      return await isolate.clock.withTimeout(BATCH_LIMIT_MS, runBatch(isolate, write, guards, now))
    } catch (error) {
      const refused = isRejection(error) || !isUnavailable(error)
      if (isAlreadyCommitted(error) && sent === 1) throw new AlreadyCommitted()
      if (sent === 1 && refused) throw error
      const landed = await findApplied(isolate, write, now).catch(() => 'unknown' as const)
      if (landed && landed !== 'unknown') return landed
      if (isAlreadyCommitted(error)) throw new AlreadyCommitted()
      if (isGuardAbort(error) && landed === undefined) throw error
      if (sent === MAX_ATTEMPTS || refused || error instanceof TimeoutError) throw unknownOutcome(write.author)
      await backoff(isolate, sent)
    }
  }
}

/** Returns how many copies a commit may claim: on the free plan none, for cron publishes there. */
const claimsMostOf = (isolate: Isolate): number =>
  isolate.config.deferMs > 0 ? 0 : Math.min(MAX_PUBLISHED, maxClaimsFor(remainingOperations(isolate) - MAX_QUERIES))

const runBatch = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Applied<Row>> => {
  const { author, draft, commitId, once } = write
  const session = openSession(isolate, 'first-primary')
  const { log, data, mark } = mutationStatements(session.db, author, draft, commitId, now, claimsMostOf(isolate))
  const results: unknown[] = await session.batch([
    // A sending that was given up may land after the one that took its place: it must find nothing to do, not even a copy to claim.
    assertStatement(session.db, sql`not ${isLogged(commitId)} and (${allHold(guards)})`),
    ...(once ? insertRecord(session.db, once, commitId, now) : []),
    log,
    ...data,
    mark,
    selectAuditSeq(session.db, commitId),
    draft.returning(session.db, commitId),
  ])
  const [claims, [logged], [row]] = results.slice(-3) as [{ claim: unknown }[], { seq: number }[], Row[]]
  const bookmark = session.bookmark()
  if (logged) recordCommit(isolate, invalidatedRangesOf(author, draft), logged.seq, bookmark)
  return { row, bookmark, isLogged: logged !== undefined, claims: parseClaims(claims), claimedAt: now }
}

/** After an error that leaves open whether the batch landed, the primary is asked; undefined where nothing tells of it. */
const findApplied = async <Row>(
  isolate: Isolate,
  { author, draft, commitId, once }: Write<Row>,
  now: number,
): Promise<Applied<Row> | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const results: unknown[] = await isolate.clock.withTimeout(
    BATCH_LIMIT_MS,
    session.batch([
      selectAuditSeq(session.db, commitId),
      selectClaims(session.db, invalidatedRangesOf(author, draft), commitId),
      draft.returning(session.db, commitId),
      ...(once ? [selectRecord(session.db, once)] : []),
    ]),
  )
  const [[logged], claims, [row], [record] = []] = results as [{ seq: number }[], Claim[], Row[], { commitId: string }[]?]
  if (!logged && record?.commitId !== commitId) return undefined
  if (logged) recordCommit(isolate, invalidatedRangesOf(author, draft), logged.seq, session.bookmark())
  return { row, bookmark: session.bookmark(), isLogged: logged !== undefined, claims, claimedAt: now }
}

/** Keeps what a request was answered with that is to be carried out once. */
export const saveResponse = async (isolate: Isolate, once: IdempotencyRecord, answer: Uint8Array<ArrayBuffer>): Promise<void> => {
  await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(storeResponse(session.db, once, answer))
  })
}

const unknownOutcome = ({ requestId }: Actor) =>
  new Problem(
    'outcome-unknown',
    `The database did not confirm whether request ${requestId} was applied. Read the resource before you retry.`,
    {
      headers: { 'Retry-After': '5' },
    },
  )
