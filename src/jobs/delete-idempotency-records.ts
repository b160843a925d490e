import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { deleteExpiredRecords } from '../commands/idempotency.ts'

/** Deletes expired idempotency records and returns their number. */
export const deleteIdempotencyRecords = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [, deleted] = await session.batch(deleteExpiredRecords(session.db, isolate.clock.now()))
  return deleted.length
}
