import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { rollups, time_zone_offsets } from '../db/schema.ts'
import { findZone } from '../schemas/time-zones.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'

/** Zones that one run replaces or deletes, with about 160 rows each. */
const MAX_ZONES = 20
/** Rollups of one zone that one run updates. */
const MAX_ROLLUPS = 1_000

/** Finds the names of the stored zones one after the other by the index: one step per name instead of one per row. */
const stored = sql`stored(time_zone) as (select min(time_zone) from time_zone_offsets
  union all select (select min(time_zone) from time_zone_offsets where time_zone > stored.time_zone) from stored where stored.time_zone is not null)`

const isUsed = sql`exists (select 1 from rollups where rollups.time_zone = stored.time_zone)`

const selectUsed = (db: Database) =>
  db
    .select({ timeZone: sql<string>`time_zone`.as('time_zone') })
    .from(sql`(with recursive ${stored} select time_zone from stored where time_zone is not null and ${isUsed})`)

/** Deletes stored zones that no rollup uses. A write that needs such a zone again stores it in its transaction. */
const deleteUnused = (db: Database) =>
  db
    .delete(time_zone_offsets)
    .where(
      sql`time_zone in (with recursive ${stored} select time_zone from stored where time_zone is not null
        and not ${isUsed} limit ${MAX_ZONES})`,
    )
    .returning({ timeZone: time_zone_offsets.time_zone })

const renameZone = (db: Database, alias: string, timeZone: string) =>
  db
    .update(rollups)
    .set({ time_zone: timeZone })
    .where(sql`pk in (select pk from rollups where time_zone = ${alias} limit ${MAX_ROLLUPS})`)

/**
 * Replaces aliases of zones in rollups by the current name, and deletes zones that no rollup uses. Earlier releases stored a
 * zone once for every spelling. Returns the number of deleted zones.
 */
export const sweepZones = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [zones] = await session.batch([selectUsed(session.db)])
  const aliases = zones.flatMap(({ timeZone: alias }) => {
    const timeZone = findZone(alias)
    return timeZone === undefined || timeZone === alias ? [] : [{ alias, timeZone }]
  })
  for (const { alias, timeZone } of aliases.slice(0, MAX_ZONES))
    await session.batch([ensureTimeZone(session.db, timeZone), renameZone(session.db, alias, timeZone)])
  const [deleted] = await session.batch([deleteUnused(session.db)])
  return new Set(deleted.map(({ timeZone }) => timeZone)).size
}
