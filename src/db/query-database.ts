import type { RequestIsolate } from '../runtime/isolate.ts'
import { isRejection, isUnavailable, latestBookmark, openSession } from './client.ts'
import type { Session } from './client.ts'
import { hasPlace, withConcurrencyLimit } from './pending-queries.ts'
import { withRetries } from './retry.ts'

/** Time for a replica to reach a bookmark, after which the primary is queried. No replica ever reaches a forged bookmark. */
const REPLICA_LIMIT_MS = 1_000
/** Time limit of all other queries, because a later result is of no use to a client. */
const DATABASE_LIMIT_MS = 10_000

/**
 * Runs a query on a replica that has reached the bookmark, or on the nearest replica if there is no bookmark. A bookmark later
 * than those that the isolate has seen may be forged, so its query goes to the primary. A query that waits for a replica
 * uses a separate queue, and waits at most one second.
 * @param rows maximum number of rows that the query reads
 */
export const queryDatabase = async <T>(
  isolate: RequestIsolate,
  bookmark: string | undefined,
  rows: number,
  query: (session: Session) => Promise<T>,
): Promise<T> => {
  await isolate.request.pay(rows)
  const run = (start: string, limitMs: number) =>
    isolate.clock.withTimeout(
      limitMs,
      withRetries(isolate, () => query(openSession(isolate, start))),
    )
  const runQueued = (start: string) => withConcurrencyLimit(isolate, isolate.request.queue, () => run(start, DATABASE_LIMIT_MS), rows)
  if (bookmark === undefined) return runQueued('first-unconstrained')
  if (bookmark > latestBookmark(isolate) || !hasPlace(isolate, 'replica', rows)) return runQueued('first-primary')
  try {
    return await withConcurrencyLimit(isolate, 'replica', () => run(bookmark, REPLICA_LIMIT_MS), rows)
  } catch (error) {
    if (isRejection(error) || !isUnavailable(error)) throw error
    return runQueued('first-primary')
  }
}
