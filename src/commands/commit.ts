import { TimeLimit } from '../isolate.ts'
import type { Isolate } from '../isolate.ts'
import { selectClaims } from '../cache/copies.ts'
import type { Claim } from '../cache/copies.ts'
import { noteOwnCommit } from '../cache/own.ts'
import { publish } from '../cache/publish.ts'
import { guardStatement, isGuardAbort, isOverloaded, isUnavailable, openSession } from '../db/client.ts'
import { admit, backOff } from '../db/persist.ts'
import { Problem } from '../errors.ts'
import { guardsOf, holdAll, rangesOf, selectLogged, writeStatements } from './batch.ts'
import type { Author, Draft, Guard } from './draft.ts'
import { explainAbort, matchRevision } from './preconditions.ts'

/** What a write leaves its caller with. `row` is what the draft's answer read in the same transaction. */
export interface Committed<Row> {
  row: Row | undefined
  bookmark: string
}

type Landed<Row> = Committed<Row> & { claims: Claim[]; claimedAt: number }

/** The answer waits so long for the first puts; they go on after it. */
const PUTS_LIMIT_MS = 1_000
/** How often a write whose precondition was overtaken is compared and tried again. */
const TRIES = 3
/** A batch is sent so often while nobody knows whether it landed. The log takes a commit once, so that it lands once. */
const SENDINGS = 3
/** How long the database is given for a batch, which the platform itself ends after 30 s. */
const BATCH_LIMIT_MS = 15_000

/**
 * The one door for writes. Data, log entry and marks are one transaction; the copies it made stale are published in the same
 * breath. Both are one promise that the platform is asked to keep alive before anything is awaited, because a handler whose
 * client hangs up is stopped at its next await.
 * @param ifMatch the request's If-Match, if it has one
 * @throws Problem of the first guard that does not hold; `precondition-failed`; `unavailable`; `outcome-unknown`
 */
export const commit = async <Row>(
  isolate: Isolate,
  waitUntil: (work: Promise<unknown>) => void,
  author: Author,
  draft: Draft<Row>,
  ifMatch?: string,
): Promise<Committed<Row>> => {
  const commitId = crypto.randomUUID()
  const landing = admit(isolate, () => land(isolate, author, draft, commitId, ifMatch))
  const publishing = landing.then(({ claims, claimedAt }) => publish(isolate, claims, commitId, claimedAt))
  waitUntil(publishing.then(({ done }) => done).catch(() => {}))
  const { firstPuts } = await publishing
  await isolate.clock.within(PUTS_LIMIT_MS, firstPuts).catch(() => {})
  const { row, bookmark } = await landing
  return { row, bookmark }
}

/** Runs the batch; where a guard stops it, says why or tries again. */
const land = async <Row>(
  isolate: Isolate,
  author: Author,
  draft: Draft<Row>,
  commitId: string,
  ifMatch: string | undefined,
): Promise<Landed<Row>> => {
  for (let left = TRIES; left > 0; left--) {
    const now = isolate.clock.now()
    const guards = guardsOf(author, draft, now)
    const unchanged = ifMatch === undefined ? [] : [await matchRevision(isolate, draft, guards, ifMatch)]
    try {
      return await sendUntilKnown(isolate, author, draft, commitId, [...guards, ...unchanged], now)
    } catch (error) {
      if (!isGuardAbort(error)) throw error
      await explainAbort(isolate, guards)
    }
  }
  throw ifMatch === undefined
    ? new Problem('unavailable', 'The resource keeps changing; please try again.', { headers: { 'Retry-After': '1' } })
    : new Problem('precondition-failed', 'The resource keeps changing; read it again.')
}

const run = async <Row>(
  isolate: Isolate,
  author: Author,
  draft: Draft<Row>,
  commitId: string,
  guards: Guard[],
  now: number,
): Promise<Landed<Row>> => {
  const session = openSession(isolate, 'first-primary')
  const { log, data, mark } = writeStatements(session.db, author, draft, commitId, now)
  const results: unknown[] = await session.batch([
    guardStatement(session.db, holdAll(guards)),
    log,
    ...data,
    mark,
    selectLogged(session.db, commitId),
    draft.answer(session.db, commitId),
  ])
  const [claims, [logged], [row]] = results.slice(-3) as [(Claim & { claimedBy: string | null })[], { seq: number }[], Row[]]
  if (logged) noteOwnCommit(isolate, rangesOf(author, draft), logged.seq, session.bookmark())
  return { row, bookmark: session.bookmark(), claims: claims.filter(({ claimedBy }) => claimedBy === commitId), claimedAt: now }
}

/**
 * Sends the batch until it is known whether it landed, or nobody can tell. Once an answer was lost, every later error is read
 * with that in mind: a guard may fail because the batch has landed already.
 */
const sendUntilKnown = async <Row>(
  ...[isolate, author, draft, commitId, guards, now]: Parameters<typeof run<Row>>
): Promise<Landed<Row>> => {
  for (let sent = 1; ; sent++) {
    try {
      return await isolate.clock.within(BATCH_LIMIT_MS, run(isolate, author, draft, commitId, guards, now))
    } catch (error) {
      const refused = isOverloaded(error) || !isUnavailable(error)
      if (sent === 1 && refused) throw error
      const landed = await findLanded(isolate, author, draft, commitId, now).catch(() => undefined)
      if (landed) return landed
      if (isGuardAbort(error)) throw error
      if (sent === SENDINGS || refused || error instanceof TimeLimit) throw unknownOutcome(author)
      await backOff(isolate, sent)
    }
  }
}

/** After an error that leaves open whether the batch landed, the primary is asked; undefined where the log does not have it. */
const findLanded = async <Row>(
  isolate: Isolate,
  author: Author,
  draft: Draft<Row>,
  commitId: string,
  now: number,
): Promise<Landed<Row> | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const [[logged], claims, [row]] = await isolate.clock.within(
    BATCH_LIMIT_MS,
    session.batch([selectLogged(session.db, commitId), selectClaims(session.db, commitId), draft.answer(session.db, commitId)]),
  )
  if (!logged) return undefined
  noteOwnCommit(isolate, rangesOf(author, draft), logged.seq, session.bookmark())
  return { row, bookmark: session.bookmark(), claims, claimedAt: now }
}

const unknownOutcome = ({ requestId }: Author) =>
  new Problem('outcome-unknown', `The database did not say whether request ${requestId} was carried out. Read before you repeat it.`, {
    headers: { 'Retry-After': '5' },
  })
