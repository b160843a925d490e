import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { calendars, zone_offsets } from '../db/schema.ts'
import { findZone } from '../schemas/time-zones.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'

/** Zones that one run replaces or deletes, with about 160 rows each. */
const MAX_ZONES = 20
/** Rollups of one zone that one run updates. */
const MAX_ROLLUPS = 1_000

/** Finds the names of the stored zones one after the other by the index: one step per name instead of one per row. */
const stored = sql`stored(zone) as (select min(zone) from zone_offsets
  union all select (select min(zone) from zone_offsets where zone > stored.zone) from stored where stored.zone is not null)`

const isUsed = sql`exists (select 1 from calendars where calendars.zone = stored.zone)`

const selectUsed = (db: Database) =>
  db
    .select({ zone: sql<string>`zone`.as('zone') })
    .from(sql`(with recursive ${stored} select zone from stored where zone is not null and ${isUsed})`)

/** Deletes stored zones that no rollup uses. A write that needs such a zone again stores it in its transaction. */
const deleteUnused = (db: Database) =>
  db
    .delete(zone_offsets)
    .where(
      sql`zone in (with recursive ${stored} select zone from stored where zone is not null
        and not ${isUsed} limit ${MAX_ZONES})`,
    )
    .returning({ zone: zone_offsets.zone })

const renameZone = (db: Database, alias: string, zone: string) =>
  db
    .update(calendars)
    .set({ zone })
    .where(sql`number in (select number from calendars where zone = ${alias} limit ${MAX_ROLLUPS})`)

/**
 * Replaces aliases of zones in rollups by the current name, and deletes zones that no rollup uses. Earlier releases stored a
 * zone once for every spelling. Returns the number of deleted zones.
 */
export const sweepZones = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [zones] = await session.batch([selectUsed(session.db)])
  const aliases = zones.flatMap(({ zone: alias }) => {
    const zone = findZone(alias)
    return zone === undefined || zone === alias ? [] : [{ alias, zone }]
  })
  for (const { alias, zone } of aliases.slice(0, MAX_ZONES))
    await session.batch([ensureTimeZone(session.db, zone), renameZone(session.db, alias, zone)])
  const [deleted] = await session.batch([deleteUnused(session.db)])
  return new Set(deleted.map(({ zone }) => zone)).size
}
