import type { Isolate } from '../runtime/isolate.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import type { Queue } from '../runtime/database-queue.ts'
import { isRejection, isUnavailable } from './client.ts'

/** A question is put so often, and no more: the platform repeats reads itself, and what three tries do not get a fourth seldom does. */
const TRIES = 3
/** The longest pause before the second try; it doubles with each. */
const PAUSE_MS = 50
/** A question that reads more rows than this is a large one. */
export const LIGHT_ROWS = 5_000
/** Places that a large question takes. Of a reader without a key it takes half of the queue, so that writes stay quick. */
const largePlaces = (queue: Queue) => (queue === 'anonymous' ? 8 : 2)
/**
 * Places for questions that an isolate has in progress at once, by queue. D1 answers one question at a time, so a write waits
 * for the questions that are ahead of it: those of readers without a key take the fewest places. Questions that wait for a
 * replica to catch up have places of their own.
 */
export const PLACES: Record<Queue, number> = { write: 100, read: 100, anonymous: 16, lookup: 100, replica: 32 }

/** Waits before another try, a random time so that those who failed together do not come back together (full jitter). */
export const backoff = (isolate: Isolate, tries: number): Promise<void> =>
  isolate.clock.sleep(Math.floor(Math.random() * PAUSE_MS * 2 ** (tries - 1)))

/**
 * Repeats work that D1 did not get to, where that cannot do harm: reads, and writes that come to the same when done twice.
 * A refusal (overload, a limit of the platform) is not asked again.
 */
export const withRetries = async <T>(isolate: Isolate, work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === TRIES || remainingOperations(isolate) === 0 || isRejection(error) || !isUnavailable(error)) throw error
      await backoff(isolate, tries)
    }
  }
}

/** True if a question that reads so many rows has a place in the queue. */
export const hasPlace = ({ pendingQueries }: Isolate, queue: Queue, rows: number): boolean =>
  pendingQueries[queue] + placesOf(queue, rows) <= PLACES[queue]

const placesOf = (queue: Queue, rows: number) => (rows > LIGHT_ROWS ? largePlaces(queue) : 1)

/**
 * Does work of a request on the database, which takes places in a queue. Refuses it if they are taken: an early 503 is better
 * than a late one. The platform is asked to finish the work after the client has hung up, else its places would stay taken.
 * @throws what D1 itself throws when it has too much to do
 */
export const withConcurrencyLimit = async <T>(isolate: Isolate, queue: Queue, work: () => Promise<T>, rows = 1): Promise<T> => {
  const { pendingQueries, request } = isolate
  if (!hasPlace(isolate, queue, rows)) throw new Error('D1 DB is overloaded: this isolate waits for too many answers.')
  pendingQueries[queue] += placesOf(queue, rows)
  const done = work().finally(() => {
    pendingQueries[queue] -= placesOf(queue, rows)
  })
  request?.waitUntil(done.catch(() => {}))
  return done
}
