import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { time_zone_offsets } from '../db/schema.ts'
import { literal } from '../db/literal.ts'

/** Zones that one run deletes, with about 160 rows each. */
const MAX_ZONES = 20

/** Finds the names of the stored zones one after the other by the index: one step per name instead of one per row. */
const unusedZones = sql`(with recursive stored(time_zone) as (select min(time_zone) from time_zone_offsets
  union all select (select min(time_zone) from time_zone_offsets where time_zone > stored.time_zone) from stored where stored.time_zone is not null)
  select time_zone from stored where time_zone is not null
    and not exists (select 1 from factories where factories.time_zone = stored.time_zone) limit ${literal(MAX_ZONES)})`

/**
 * Deletes stored zones that no factory has, and returns their number. A write that needs such a zone again stores it in its
 * transaction.
 */
export const sweepZones = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [deleted] = await session.batch([
    session.db
      .delete(time_zone_offsets)
      .where(sql`time_zone in ${unusedZones}`)
      .returning({ timeZone: time_zone_offsets.time_zone }),
  ])
  return new Set(deleted.map(({ timeZone }) => timeZone)).size
}
