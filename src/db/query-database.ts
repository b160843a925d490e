import type { RequestIsolate } from '../runtime/isolate.ts'
import { isRejection, isUnavailable, openSession } from './client.ts'
import type { Session } from './client.ts'
import { hasPlace, withConcurrencyLimit, withRetries } from './retry.ts'

/** How long a replica is given to reach a bookmark before the primary is asked, which a forged bookmark would wait for in vain. */
const REPLICA_LIMIT_MS = 1_000
/** How long the database is given otherwise: an answer later than that helps nobody. */
const DATABASE_LIMIT_MS = 10_000

/**
 * Asks the database what at least the bookmark knows, or the nearest replica without one. A bookmark that the isolate has not
 * seen may be forged, so the primary is asked. A question that waits for a replica has a place of its own, for a second.
 * @param rows maximum number of rows that the question reads
 */
export const queryDatabase = async <T>(
  isolate: RequestIsolate,
  bookmark: string | undefined,
  rows: number,
  question: (session: Session) => Promise<T>,
): Promise<T> => {
  await isolate.request.pay(rows)
  const ask = (start: string, limitMs: number) =>
    isolate.clock.withTimeout(
      limitMs,
      withRetries(isolate, () => question(openSession(isolate, start))),
    )
  const askAt = (start: string) => withConcurrencyLimit(isolate, isolate.request.queue, () => ask(start, DATABASE_LIMIT_MS), rows)
  if (bookmark === undefined) return askAt('first-unconstrained')
  if (bookmark > isolate.memory.latestBookmark || !hasPlace(isolate, 'replica', rows)) return askAt('first-primary')
  try {
    return await withConcurrencyLimit(isolate, 'replica', () => ask(bookmark, REPLICA_LIMIT_MS), rows)
  } catch (error) {
    if (isRejection(error) || !isUnavailable(error)) throw error
    return askAt('first-primary')
  }
}
