import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { calendars, series } from '../db/schema.ts'
import { MAX_TIME, MIN_TIME } from './time-zones.ts'
import { updateRollups } from './buckets.ts'

/** Readings that one step sums up: as many as a request may bring, so that a new series takes one. */
export const BUILD_READINGS = 5_000

/** A calendar with nothing built for a series that has none of this zone. */
const addCalendar = (db: Database, numbers: SQL, zone: SQL) =>
  db.insert(calendars).select(sql`select null, number, ${zone}, ${MIN_TIME}, null from series
    where number in ${numbers} and not exists (
      select 1 from calendars as c where c.series = series.number and c.zone = ${zone} and c.dropped_at is null)`)

/**
 * Sums up the next readings of a calendar that is being built. Whatever is written meanwhile, before or behind this point,
 * its write sums up as well: so the calendar is whole once this has passed the last reading.
 */
export const extendRollup = (db: Database, calendar: SQL): Statement[] => {
  const next = sql`(select c.number as calendar, c.series, c.zone, r.time from calendars as c
    cross join readings as r on r.series = c.series and r.time >= c.built_until
    where c.number = ${calendar} and c.dropped_at is null order by r.time limit ${BUILD_READINGS})`
  return [
    ...updateRollups(db, next),
    db
      .update(calendars)
      .set({ built_until: sql`(select case when count(*) < ${BUILD_READINGS} then ${MAX_TIME} else max(time) + 1 end from ${next})` })
      .where(sql`number = ${calendar} and built_until is not null and dropped_at is null
        and exists (select 1 from zone_offsets as z where z.zone = calendars.zone)`),
  ]
}

/** Shows a calendar that has passed the last reading, and drops the one that was shown. */
export const activateRollup = (db: Database, calendar: SQL, now: number): Statement[] => {
  const whole = sql`(select c.series from calendars as c where c.number = ${calendar} and c.built_until = ${MAX_TIME} and c.dropped_at is null)`
  return [
    db
      .update(series)
      .set({ calendar })
      .where(sql`number in ${whole}`),
    db
      .update(calendars)
      .set({
        built_until: sql`case when number = ${calendar} then null else built_until end`,
        dropped_at: sql`case when number = ${calendar} then null else ${now} end`,
      })
      .where(sql`series in ${whole} and dropped_at is null`),
  ]
}

/** Drops the calendars of series, for cron to sweep. */
export const dropRollups = (db: Database, which: SQL, now: number) =>
  db
    .update(calendars)
    .set({ dropped_at: now })
    .where(sql`${which} and dropped_at is null`)

/** The calendar that was added last to these series. */
const newestCalendar = (numbers: SQL) =>
  sql`(select max(number) from calendars where series in ${numbers} and built_until is not null and dropped_at is null)`

/**
 * Begins a calendar for a series, sums up what one step can, and shows it if that was all.
 * @param numbers the series as a table of one number, or of none
 */
export const createRollup = (db: Database, numbers: SQL, zone: SQL, now: number): Statement[] => {
  const calendar = newestCalendar(numbers)
  return [addCalendar(db, numbers, zone), ...extendRollup(db, calendar), ...activateRollup(db, calendar, now)]
}
