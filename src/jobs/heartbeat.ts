import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { heartbeat } from '../db/schema.ts'

/** Records the end of a cron run. `/ready` reports a run that is missing. */
export const recordHeartbeat = async (isolate: Isolate): Promise<void> => {
  const session = openSession(isolate, 'first-primary')
  const at = isolate.clock.now()
  await session.batch([session.db.insert(heartbeat).values({ id: 1, at }).onConflictDoUpdate({ target: heartbeat.id, set: { at } })])
}

/** Runs a write that changes no row, to find out if the database accepts writes. Returns the size of the database in bytes. */
export const probeWrites = async (isolate: Isolate): Promise<number> => {
  const { db } = openSession(isolate, 'first-primary')
  const { meta } = await db
    .delete(heartbeat)
    .where(sql`false`)
    .run()
  return meta.size_after
}
