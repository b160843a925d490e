import { sql } from 'drizzle-orm'
import { TimeLimit } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import type { Claim } from '../cache/directory.ts'
import { parseClaims, selectClaims } from '../cache/invalidate.ts'
import { noteOwnCommit } from '../cache/recent-commits.ts'
import { claimsWithin, publish } from '../cache/publish.ts'
import { guardStatement, isGuardAbort, isRefusal, isUnavailable, openSession } from '../db/client.ts'
import { admit, backOff, persist } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import { operationsLeft } from '../runtime/operation-budget.ts'
import { guardsOf, holdAll, rangesOf, selectLogged, writeStatements } from './mutation-batch.ts'
import { isLogged } from './mutation.ts'
import type { Author, Draft, Guard } from './mutation.ts'
import { answerStatements, DoneBefore, hasRoom, isDoneBefore, recordStatements, selectRecord } from './idempotency.ts'
import type { Once } from './idempotency.ts'
import { compareTags, existenceGuards, explainAbort } from './preconditions.ts'
import type { Conditions } from './preconditions.ts'

/** What a write leaves its caller with. `row` is what the draft's answer read in the same transaction. */
export interface Committed<Row> {
  row: Row | undefined
  bookmark: string
  /** False where the write changed nothing: then its answer can be made out again from what is there. */
  isLogged: boolean
}

type Landed<Row> = Committed<Row> & { claims: Claim[]; claimedAt: number }

/** The answer waits so long for the first puts; they go on after it. */
const PUTS_LIMIT_MS = 1_000
/** How often a write whose precondition was overtaken is compared and tried again. */
const TRIES = 3
/** A batch is sent so often while nobody knows whether it landed. The log takes a commit once, so that it lands once. */
const SENDINGS = 3
/** Copies that one commit publishes itself, those wanted most. Its answer waits a second for their puts. */
const PUBLISH_MOST = 100
/** Statements that a commit sends at most beside those that publish, with every attempt counted. */
const COMMIT_QUERIES = 100
/** How long the database is given for a batch, which the platform itself ends after 30 s. */
const BATCH_LIMIT_MS = 15_000

/** What a write depends on beside its draft. */
interface Terms {
  /** The conditions of the request, if it has any. */
  conditions?: Conditions | undefined
  /** Where it is to be carried out once only. */
  once?: Once | undefined
}

/** One write on its way. */
interface Write<Row> {
  author: Author
  draft: Draft<Row>
  commitId: string
  once: Once | undefined
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
  author: Author,
  draft: Draft<Row>,
  { conditions, once }: Terms = {},
): Promise<Committed<Row>> => {
  const commitId = crypto.randomUUID()
  const landing = admit(isolate, 'write', () => land(isolate, { author, draft, commitId, once }, conditions))
  const publishing = landing.then(({ claims, claimedAt }) => publish(isolate, claims, commitId, claimedAt))
  waitUntil(publishing.then(({ done }) => done).catch(() => {}))
  const { firstPuts } = await publishing
  await isolate.clock.within(PUTS_LIMIT_MS, firstPuts).catch(() => {})
  const { row, bookmark, isLogged } = await landing
  return { row, bookmark, isLogged }
}

/** Runs the batch; where a guard stops it, says why or tries again. */
const land = async <Row>(isolate: Isolate, write: Write<Row>, conditions: Conditions | undefined): Promise<Landed<Row>> => {
  for (let left = TRIES; left > 0; left--) {
    const now = isolate.clock.now()
    const guards = [
      ...guardsOf(write.author, write.draft, now),
      ...(write.once ? [hasRoom(write.once)] : []),
      ...(conditions ? existenceGuards(write.draft, conditions) : []),
    ]
    const unchanged = conditions ? await compareTags(isolate, write.draft, guards, conditions) : []
    try {
      return await sendUntilKnown(isolate, write, [...guards, ...unchanged], now)
    } catch (error) {
      if (!isGuardAbort(error)) throw error
      await explainAbort(isolate, guards)
    }
  }
  throw conditions === undefined
    ? new Problem('unavailable', 'The resource keeps changing; please try again.', { headers: { 'Retry-After': '1' } })
    : new Problem('precondition-failed', 'The resource keeps changing; read it again.')
}

/**
 * Sends the batch until it is known whether it landed, or nobody can tell. Once an answer was lost, every later error is read
 * with that in mind: a guard may fail because the batch has landed already.
 */
const sendUntilKnown = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Landed<Row>> => {
  for (let sent = 1; ; sent++) {
    try {
      return await isolate.clock.within(BATCH_LIMIT_MS, send(isolate, write, guards, now))
    } catch (error) {
      const refused = isRefusal(error) || !isUnavailable(error)
      if (isDoneBefore(error) && sent === 1) throw new DoneBefore()
      if (sent === 1 && refused) throw error
      const landed = await findLanded(isolate, write, now).catch(() => 'unknown' as const)
      if (landed && landed !== 'unknown') return landed
      if (isDoneBefore(error)) throw new DoneBefore()
      if (isGuardAbort(error) && landed === undefined) throw error
      if (sent === SENDINGS || refused || error instanceof TimeLimit) throw unknownOutcome(write.author)
      await backOff(isolate, sent)
    }
  }
}

/** Returns how many copies a commit may claim: on the free plan none, for cron publishes there. */
const claimsMostOf = (isolate: Isolate): number =>
  isolate.settings.deferMs > 0 ? 0 : Math.min(PUBLISH_MOST, claimsWithin(operationsLeft(isolate) - COMMIT_QUERIES))

const send = async <Row>(isolate: Isolate, write: Write<Row>, guards: Guard[], now: number): Promise<Landed<Row>> => {
  const { author, draft, commitId, once } = write
  const session = openSession(isolate, 'first-primary')
  const { log, data, mark } = writeStatements(session.db, author, draft, commitId, now, claimsMostOf(isolate))
  const results: unknown[] = await session.batch([
    // A sending that was given up may land after the one that took its place: it must find nothing to do, not even a copy to claim.
    guardStatement(session.db, sql`not ${isLogged(commitId)} and (${holdAll(guards)})`),
    ...(once ? recordStatements(session.db, once, commitId, now) : []),
    log,
    ...data,
    mark,
    selectLogged(session.db, commitId),
    draft.answer(session.db, commitId),
  ])
  const [claims, [logged], [row]] = results.slice(-3) as [{ claim: unknown }[], { seq: number }[], Row[]]
  const bookmark = session.bookmark()
  if (logged) noteOwnCommit(isolate, rangesOf(author, draft), logged.seq, bookmark)
  return { row, bookmark, isLogged: logged !== undefined, claims: parseClaims(claims), claimedAt: now }
}

/** After an error that leaves open whether the batch landed, the primary is asked; undefined where nothing tells of it. */
const findLanded = async <Row>(
  isolate: Isolate,
  { author, draft, commitId, once }: Write<Row>,
  now: number,
): Promise<Landed<Row> | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const results: unknown[] = await isolate.clock.within(
    BATCH_LIMIT_MS,
    session.batch([
      selectLogged(session.db, commitId),
      selectClaims(session.db, rangesOf(author, draft), commitId),
      draft.answer(session.db, commitId),
      ...(once ? [selectRecord(session.db, once)] : []),
    ]),
  )
  const [[logged], claims, [row], [record] = []] = results as [{ seq: number }[], Claim[], Row[], { commitId: string }[]?]
  if (!logged && record?.commitId !== commitId) return undefined
  if (logged) noteOwnCommit(isolate, rangesOf(author, draft), logged.seq, session.bookmark())
  return { row, bookmark: session.bookmark(), isLogged: logged !== undefined, claims, claimedAt: now }
}

/** Keeps what a request was answered with that is to be carried out once. */
export const keepAnswer = async (isolate: Isolate, once: Once, answer: Uint8Array<ArrayBuffer>): Promise<void> => {
  await persist(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(answerStatements(session.db, once, answer))
  })
}

const unknownOutcome = ({ requestId }: Author) =>
  new Problem('outcome-unknown', `The database did not say whether request ${requestId} was carried out. Read before you repeat it.`, {
    headers: { 'Retry-After': '5' },
  })
