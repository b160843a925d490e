import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { calendars, series } from '../db/schema.ts'
import { MAX_TIME, MIN_TIME } from './time-zones.ts'
import { updateRollups } from './buckets.ts'

/** Readings that one step sums: the maximum of a request, so that a new series needs one step. */
const BUILD_READINGS = 5_000

/** Inserts an empty rollup for each series that has none of the zone. */
const insertRollup = (db: Database, numbers: SQL, zone: SQL) =>
  db.insert(calendars).select(sql`select null, number, ${zone}, ${MIN_TIME}, null from series
    where number in ${numbers} and not exists (
      select 1 from calendars as c where c.series = series.number and c.zone = ${zone} and c.dropped_at is null)`)

/**
 * Sums the next readings of an incomplete rollup. Readings that are written in the meantime are summed by their own write, before
 * and after this point. So the rollup is complete when this step has passed the last reading.
 */
export const extendRollup = (db: Database, rollup: SQL): Statement[] => {
  const next = sql`(select c.number as calendar, c.series, c.zone, r.time from calendars as c
    cross join readings as r on r.series = c.series and r.time >= c.built_until
    where c.number = ${rollup} and c.dropped_at is null order by r.time limit ${BUILD_READINGS})`
  return [
    ...updateRollups(db, next),
    db
      .update(calendars)
      .set({ built_until: sql`(select case when count(*) < ${BUILD_READINGS} then ${MAX_TIME} else max(time) + 1 end from ${next})` })
      .where(sql`number = ${rollup} and built_until is not null and dropped_at is null
        and exists (select 1 from zone_offsets as z where z.zone = calendars.zone)`),
  ]
}

/** Activates a complete rollup, and drops the one that was active. Does nothing if the rollup is not complete. */
export const activateRollup = (db: Database, rollup: SQL, now: number): Statement[] => {
  const completeSeries = sql`(select c.series from calendars as c where c.number = ${rollup} and c.built_until = ${MAX_TIME} and c.dropped_at is null)`
  return [
    db
      .update(series)
      .set({ calendar: rollup })
      .where(sql`number in ${completeSeries}`),
    db
      .update(calendars)
      .set({
        built_until: sql`case when number = ${rollup} then null else built_until end`,
        dropped_at: sql`case when number = ${rollup} then null else ${now} end`,
      })
      .where(sql`series in ${completeSeries} and dropped_at is null`),
  ]
}

/** Drops rollups. `sweepRollups` deletes their rows. */
export const dropRollups = (db: Database, condition: SQL, now: number) =>
  db
    .update(calendars)
    .set({ dropped_at: now })
    .where(sql`${condition} and dropped_at is null`)

/** Selects the incomplete rollup that was added last to the series. */
const newestRollup = (numbers: SQL) =>
  sql`(select max(number) from calendars where series in ${numbers} and built_until is not null and dropped_at is null)`

/**
 * Creates a rollup for a series, sums the readings of one step, and activates the rollup if that was all.
 * @param numbers subquery with the primary key of one series, or without a row
 */
export const createRollup = (db: Database, numbers: SQL, zone: SQL, now: number): Statement[] => {
  const rollup = newestRollup(numbers)
  return [insertRollup(db, numbers, zone), ...extendRollup(db, rollup), ...activateRollup(db, rollup, now)]
}
