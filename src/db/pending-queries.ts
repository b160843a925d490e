import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import type { Queue } from '../runtime/database-queue.ts'

/** A query that reads more rows than this counts as large: half as many again as 5,000 chunks with one reading each take. */
export const LIGHT_ROWS = 15_000
/** Places that a large query takes. A large query without a key takes half of its queue, so that writes stay fast. */
const largePlaces = (queue: Queue) => (queue === 'anonymous' ? 8 : 2)
/**
 * Maximum number of pending queries of an isolate, by queue. D1 runs one query at a time, so a write waits for all queries
 * before it. The queue of readers without a key is therefore the smallest. Queries that wait for a replica have a separate queue.
 */
export const PLACES: Record<Queue, number> = { write: 100, read: 100, anonymous: 16, lookup: 100, replica: 32 }
/**
 * Time after which a query takes no place any more. The platform stops a request half a minute after its client has disconnected, and then
 * nothing releases the places of its query. A write that is sent three times, and looked up each time, takes 90 s at most.
 */
const PENDING_LIMIT_MS = 180_000

/** The places that a query takes until a time (Unix ms). */
interface PendingQuery {
  places: number
  until: number
}

/** The pending queries of each queue. */
export const createPendingQueries = (): Record<Queue, Set<PendingQuery>> => ({
  write: new Set(),
  read: new Set(),
  anonymous: new Set(),
  lookup: new Set(),
  replica: new Set(),
})

/** Returns the number of places that are taken in a queue. */
export const countTaken = (isolate: Isolate, queue: Queue): number => {
  const now = isolate.clock.now()
  const pending = getState(isolate, createPendingQueries)[queue]
  let taken = 0
  for (const query of pending) {
    if (query.until > now) taken += query.places
    else pending.delete(query)
  }
  return taken
}

const placesOf = (queue: Queue, rows: number) => (rows > LIGHT_ROWS ? largePlaces(queue) : 1)

/** True if the queue has enough free places for a query that reads at most `rows` rows. */
export const hasPlace = (isolate: Isolate, queue: Queue, rows: number): boolean =>
  countTaken(isolate, queue) + placesOf(queue, rows) <= PLACES[queue]

/**
 * Runs a query of a request, which takes places in a queue. Rejects it if the queue is full, because an early 503 is better than
 * a late one. `waitUntil` lets the work finish after the client has disconnected, so that it releases its places.
 * @throws the error that D1 itself throws when it is overloaded
 */
export const withConcurrencyLimit = async <T>(isolate: Isolate, queue: Queue, work: () => Promise<T>, rows = 1): Promise<T> => {
  if (!hasPlace(isolate, queue, rows)) throw new Error(`D1 DB is overloaded: the queue "${queue}" of this isolate is full.`)
  const pending = getState(isolate, createPendingQueries)[queue]
  const query = { places: placesOf(queue, rows), until: isolate.clock.now() + PENDING_LIMIT_MS }
  pending.add(query)
  const result = work().finally(() => pending.delete(query))
  isolate.request?.waitUntil(result.catch(() => {}))
  return result
}
