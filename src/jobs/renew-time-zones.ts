import { eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { calendars, zone_offsets } from '../db/schema.ts'
import { MIN_TIME } from '../rollups/time-zones.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'

/**
 * From here on, Unix seconds, the regimes of earlier releases were right. Before 1970 they had the offset of 1970, and in
 * Africa/Monrovia, until 7 January 1972, an offset with the wrong sign.
 */
const RIGHT_SINCE = 63_593_070

/** Calendars of a zone with an hour that begins elsewhere by the new regimes. */
const isWrong = (zone: string) => sql`c.zone = ${zone} and c.dropped_at is null
  and exists (select 1 from hours where hours.calendar = c.number and hours.start < ${RIGHT_SINCE})`

/**
 * Begins a new calendar for each series that has a wrong one, and drops the wrong ones that were still being built. The one
 * that is shown stays until the new one is whole. A trimmed series keeps its own, because the readings that it sums are gone.
 */
const replaceCalendars = (db: Database, zone: string, now: number): Statement[] => [
  db.insert(calendars).select(sql`select distinct null, c.series, c.zone, ${MIN_TIME}, null from calendars as c
    cross join series on series.number = c.series and series.dropped_at is null and series.trimmed_before is null where ${isWrong(zone)}`),
  db
    .update(calendars)
    .set({ dropped_at: now })
    .where(sql`number in (select c.number from calendars as c where ${isWrong(zone)} and c.built_until is not null)`),
]

/** Statements that replace the regimes of a zone which an earlier release stored. They must share a transaction. */
export const renewZone = (db: Database, zone: string, now: number): Statement[] => [
  ...replaceCalendars(db, zone, now),
  db.delete(zone_offsets).where(eq(zone_offsets.zone, zone)),
  ensureTimeZone(db, zone),
]
