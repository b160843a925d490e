import { eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { calendars, zone_offsets } from '../db/schema.ts'
import { MIN_TIME } from '../rollups/time-zones.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'

/**
 * Time (Unix seconds) from which the stored offset periods of earlier releases are correct. Earlier releases used the offset of
 * 1970 before 1970, and in Africa/Monrovia until 7 January 1972 an offset with the wrong sign.
 */
const CORRECT_SINCE = 63_593_070

/** Returns the condition that a rollup `c` of the zone has an hour that starts at another time with the new offset periods. */
const isOutdated = (zone: string) => sql`c.zone = ${zone} and c.dropped_at is null
  and exists (select 1 from hours where hours.calendar = c.number and hours.start < ${CORRECT_SINCE})`

/**
 * Creates a new rollup for each series with an outdated one, and drops the outdated rollups that were not complete. The active
 * rollup stays until the new one is complete. A trimmed series keeps its rollup, because its readings were deleted.
 */
const replaceRollups = (db: Database, zone: string, now: number): Statement[] => [
  db.insert(calendars).select(sql`select distinct null, c.series, c.zone, ${MIN_TIME}, null from calendars as c
    cross join series on series.number = c.series and series.dropped_at is null and series.trimmed_before is null where ${isOutdated(zone)}`),
  db
    .update(calendars)
    .set({ dropped_at: now })
    .where(sql`number in (select c.number from calendars as c where ${isOutdated(zone)} and c.built_until is not null)`),
]

/** Returns statements that replace the offset periods of a zone that an earlier release stored. They must share a transaction. */
export const renewZone = (db: Database, zone: string, now: number): Statement[] => [
  ...replaceRollups(db, zone, now),
  db.delete(zone_offsets).where(eq(zone_offsets.zone, zone)),
  ensureTimeZone(db, zone),
]
