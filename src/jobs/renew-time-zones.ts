import { eq, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { rollups, time_zone_offsets } from '../db/schema.ts'
import { MIN_TIME } from '../rollups/time-zones.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'

/**
 * Time (Unix seconds) from which the stored offset periods of earlier releases are correct. Earlier releases used the offset of
 * 1970 before 1970, and in Africa/Monrovia until 7 January 1972 an offset with the wrong sign.
 */
const CORRECT_SINCE = 63_593_070

/** Returns the condition that a rollup `c` of the zone has an hour that starts at another time with the new offset periods. */
const isOutdated = (timeZone: string) => sql`rollup.time_zone = ${timeZone} and rollup.dropped_at is null
  and exists (select 1 from hourly_rollups where hourly_rollups.rollup_pk = rollup.pk and hourly_rollups.start < ${CORRECT_SINCE})`

/**
 * Creates a new rollup for each series with an outdated one, and drops the outdated rollups that were not complete. The active
 * rollup stays until the new one is complete. A trimmed series keeps its rollup, because its readings were deleted.
 */
const replaceRollups = (db: Database, timeZone: string, now: number): Statement[] => [
  db.insert(rollups).select(sql`select distinct null, rollup.series_pk, rollup.time_zone, ${MIN_TIME}, null from rollups as rollup
    cross join series on series.pk = rollup.series_pk and series.dropped_at is null and series.trimmed_before is null where ${isOutdated(timeZone)}`),
  db
    .update(rollups)
    .set({ dropped_at: now })
    .where(sql`pk in (select rollup.pk from rollups as rollup where ${isOutdated(timeZone)} and rollup.built_until is not null)`),
]

/** Returns statements that replace the offset periods of a zone that an earlier release stored. They must share a transaction. */
export const renewZone = (db: Database, timeZone: string, now: number): Statement[] => [
  ...replaceRollups(db, timeZone, now),
  db.delete(time_zone_offsets).where(eq(time_zone_offsets.time_zone, timeZone)),
  ensureTimeZone(db, timeZone),
]
