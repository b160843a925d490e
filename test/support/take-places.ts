import { createPendingQueries } from '../../src/db/pending-queries.ts'
import type { Queue } from '../../src/runtime/database-queue.ts'
import type { Isolate } from '../../src/runtime/isolate.ts'
import { getState } from '../../src/runtime/state.ts'

/** Takes places in a queue of an isolate, as pending queries do. Returns a function that releases them. */
export const takePlaces = (isolate: Isolate, queue: Queue, places: number): (() => void) => {
  const pending = getState(isolate, createPendingQueries)[queue]
  const query = { places, until: Number.POSITIVE_INFINITY }
  pending.add(query)
  return () => void pending.delete(query)
}
