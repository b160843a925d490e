import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import type { Queue } from '../runtime/database-queue.ts'
import { isRejection, isUnavailable } from './client.ts'

/** Maximum number of attempts of a query. D1 retries reads itself, so a fourth attempt rarely succeeds. */
const MAX_ATTEMPTS = 3
/** The longest pause before the second attempt. It doubles with each further attempt. */
const MAX_FIRST_PAUSE_MS = 50
/** A query that reads more rows than this counts as large: three rows for each of 5,000 chunks with one reading. */
export const LIGHT_ROWS = 15_000
/** Places that a large query takes. A large query without a key takes half of its queue, so that writes stay fast. */
const largePlaces = (queue: Queue) => (queue === 'anonymous' ? 8 : 2)
/**
 * Maximum number of pending queries of an isolate, by queue. D1 runs one query at a time, so a write waits for all queries
 * before it. The queue of readers without a key is therefore the smallest. Queries that wait for a replica have a separate queue.
 */
export const PLACES: Record<Queue, number> = { write: 100, read: 100, anonymous: 16, lookup: 100, replica: 32 }

/** Waits for a random time before the next attempt, so that clients that failed together do not retry together (full jitter). */
export const backoff = (isolate: Isolate, attempt: number): Promise<void> =>
  isolate.clock.sleep(Math.floor(Math.random() * MAX_FIRST_PAUSE_MS * 2 ** (attempt - 1)))

/**
 * Retries work while D1 is unavailable, `MAX_ATTEMPTS` times in total. The work must be a read or an idempotent write. A
 * rejection (overload, a limit of the platform) is not retried.
 */
export const withRetries = async <T>(isolate: Isolate, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || remainingOperations(isolate) === 0 || isRejection(error) || !isUnavailable(error)) throw error
      await backoff(isolate, attempt)
    }
  }
}

/** Places that the pending queries take in each queue. */
export const createPendingQueries = (): Record<Queue, number> => ({ write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 })

/** True if the queue has enough free places for a query that reads at most `rows` rows. */
export const hasPlace = (isolate: Isolate, queue: Queue, rows: number): boolean =>
  getState(isolate, createPendingQueries)[queue] + placesOf(queue, rows) <= PLACES[queue]

const placesOf = (queue: Queue, rows: number) => (rows > LIGHT_ROWS ? largePlaces(queue) : 1)

/**
 * Runs a query of a request, which takes places in a queue. Rejects it if the queue is full, because an early 503 is better than
 * a late one. `waitUntil` lets the work finish after the client has disconnected, so that it releases its places.
 * @throws the error that D1 itself throws when it is overloaded
 */
export const withConcurrencyLimit = async <T>(isolate: Isolate, queue: Queue, work: () => Promise<T>, rows = 1): Promise<T> => {
  const pendingQueries = getState(isolate, createPendingQueries)
  if (!hasPlace(isolate, queue, rows)) throw new Error(`D1 DB is overloaded: the queue "${queue}" of this isolate is full.`)
  pendingQueries[queue] += placesOf(queue, rows)
  const result = work().finally(() => {
    pendingQueries[queue] -= placesOf(queue, rows)
  })
  isolate.request?.waitUntil(result.catch(() => {}))
  return result
}
