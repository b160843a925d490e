import type { Isolate } from '../runtime/isolate.ts'
import { publish } from '../cache/publish.ts'
import { createCommitId } from '../db/commit-id.ts'
import { withConcurrencyLimit } from '../db/pending-queries.ts'
import { Problem } from '../errors.ts'
import { buildGuards } from './mutation-batch.ts'
import type { Actor, Mutation, Guard, Refusal } from './mutation.ts'
import { findRecord, hasSpaceFor } from './idempotency.ts'
import type { IdempotencyRecord } from './idempotency.ts'
import { compareTags, existenceGuards, findFailedGuard } from './preconditions.ts'
import type { Conditions } from './preconditions.ts'
import { runUntilOutcomeKnown } from './run-batch.ts'
import type { Applied, Committed, Write } from './run-batch.ts'

/**
 * The outcome of a mutation that was not applied: the request was committed before under the same Idempotency-Key, or a guard refuses
 * some of its readings. The caller continues from there.
 */
type NotApplied = { outcome: 'already-committed' } | { outcome: Refusal; problem: () => Problem }

/** The outcome of a commit. An error that the caller only passes on to the client is thrown as a Problem. */
export type CommitOutcome<Row> = Committed<Row> | NotApplied

/** Time for which the response waits for the first puts. They continue after the response. */
const FIRST_PUTS_LIMIT_MS = 1_000
/** Maximum number of attempts of a write whose resource changes between the comparison of entity tags and the batch. */
const MAX_CONDITIONAL_ATTEMPTS = 3

/** Options of a commit. */
interface CommitOptions {
  /** The conditions of the request (If-Match, If-None-Match). */
  conditions?: Conditions | undefined
  /** The idempotency record, if the request has an Idempotency-Key. */
  idempotency?: IdempotencyRecord | undefined
  /** The id of the commit, which no other commit may have had; a new one by default. */
  commitId?: string | undefined
}

/**
 * Runs a mutation as one transaction: guards, audit entry, data and invalidation. Then publishes the claimed cache entries. It is
 * the only writer of business tables. It passes both steps to `waitUntil` before it awaits anything, because the platform stops a
 * handler at its next `await` after the client has disconnected.
 * @throws Problem of the first guard that fails and has no outcome; `precondition-failed`; `unavailable`; `outcome-unknown`
 */
export const commit = async <Row>(
  isolate: Isolate,
  waitUntil: (work: Promise<unknown>) => void,
  actor: Actor,
  mutation: Mutation<Row>,
  { conditions, idempotency, commitId = createCommitId() }: CommitOptions = {},
): Promise<CommitOutcome<Row>> => {
  const applying = withConcurrencyLimit(isolate, 'write', () =>
    applyOnce(isolate, { actor, mutation, commitId, record: idempotency }, conditions),
  )
  const publishing = applying.then((result) =>
    result.outcome === 'applied' && result.claims.length > 0 ? publish(isolate, result.claims, commitId, result.claimedAt) : undefined,
  )
  waitUntil(publishing.then((puts) => puts?.done).catch(() => {}))
  const puts = await publishing
  if (puts) await isolate.clock.withTimeout(FIRST_PUTS_LIMIT_MS, puts.firstAttempt).catch(() => {})
  return applying
}

/** Returns the outcome of a failed guard, or throws its problem if it has none. */
const toOutcome = ({ outcome, problem }: Guard): NotApplied => {
  if (outcome === undefined) throw problem()
  return { outcome, problem }
}

const getGuards = <Row>({ actor, mutation, record }: Write<Row>, conditions: Conditions | undefined, now: number): Guard[] => [
  ...buildGuards(actor, mutation, now),
  ...(record ? [hasSpaceFor(record)] : []),
  ...(conditions ? existenceGuards(mutation, conditions) : []),
]

/** Runs a write, unless a concurrent request with the same Idempotency-Key was faster. That one may be why a guard or a condition fails. */
const applyOnce = async <Row>(
  isolate: Isolate,
  write: Write<Row>,
  conditions: Conditions | undefined,
): Promise<Applied<Row> | NotApplied> => {
  try {
    return await applyOrFallBack(isolate, write, conditions)
  } catch (error) {
    const isCommitted =
      error instanceof Problem &&
      write.record !== undefined &&
      (await findRecord(isolate, write.record).catch(() => undefined)) !== undefined
    if (isCommitted) return { outcome: 'already-committed' }
    throw error
  }
}

/**
 * Runs the batch of the mutation, or of its fallback if that batch is stopped. Conditions of the request are compared with the fallback,
 * because it has all guards.
 */
const applyOrFallBack = async <Row>(
  isolate: Isolate,
  write: Write<Row>,
  conditions: Conditions | undefined,
): Promise<Applied<Row> | NotApplied> => {
  const { fallback } = write.mutation
  if (fallback === undefined) return applyWithRetries(isolate, write, conditions)
  if (conditions === undefined) {
    const now = isolate.clock.now()
    const result = await runUntilOutcomeKnown(isolate, write, [...getGuards(write, conditions, now), { condition: fallback.unless }], now)
    if (result.outcome !== 'guard-failed') return result
  }
  return applyWithRetries(isolate, { ...write, mutation: fallback.build() }, conditions)
}

/** Runs the batch. If a guard stops it, ends with the guard, or retries if only the compared state has changed. */
const applyWithRetries = async <Row>(
  isolate: Isolate,
  write: Write<Row>,
  conditions: Conditions | undefined,
): Promise<Applied<Row> | NotApplied> => {
  for (let attempt = 1; attempt <= MAX_CONDITIONAL_ATTEMPTS; attempt++) {
    const now = isolate.clock.now()
    const guards = getGuards(write, conditions, now)
    const compared = conditions ? await compareTags(isolate, write.mutation, guards, conditions) : { unchanged: [] }
    if ('failed' in compared) return toOutcome(compared.failed)
    const result = await runUntilOutcomeKnown(isolate, write, [...guards, ...compared.unchanged], now)
    if (result.outcome !== 'guard-failed') return result
    const failed = await findFailedGuard(isolate, guards)
    if (failed) return toOutcome(failed)
  }
  throw conditions === undefined
    ? new Problem('unavailable', 'The resource keeps changing. Retry after 1 s.', { headers: { 'Retry-After': '1' } })
    : new Problem('precondition-failed', 'The resource keeps changing. Read it again.')
}
