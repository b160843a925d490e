import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { rollups, series } from '../db/schema.ts'
import { MAX_TIME, MIN_TIME } from './time-zones.ts'
import { updateRollups } from './buckets.ts'

/** Readings that one step sums: the maximum of a request, so that a new series needs one step. */
const BUILD_READINGS = 5_000

/** Inserts an empty rollup for each series that has none of the zone. */
const insertRollup = (db: Database, seriesPks: SQL, timeZone: SQL) =>
  db.insert(rollups).select(sql`select null, pk, ${timeZone}, ${MIN_TIME}, null from series
    where pk in ${seriesPks} and not exists (
      select 1 from rollups as rollup where rollup.series_pk = series.pk and rollup.time_zone = ${timeZone} and rollup.dropped_at is null)`)

/**
 * Sums the next readings of an incomplete rollup. Readings that are written in the meantime are summed by their own write, before
 * and after this point. So the rollup is complete when this step has passed the last reading.
 */
export const extendRollup = (db: Database, rollupPk: SQL): Statement[] => {
  const next = sql`(select rollup.pk as rollup_pk, rollup.series_pk, rollup.time_zone, r.time from rollups as rollup
    cross join readings as r on r.series_pk = rollup.series_pk and r.time >= rollup.built_until
    where rollup.pk = ${rollupPk} and rollup.dropped_at is null order by r.time limit ${BUILD_READINGS})`
  return [
    ...updateRollups(db, next),
    db
      .update(rollups)
      .set({ built_until: sql`(select case when count(*) < ${BUILD_READINGS} then ${MAX_TIME} else max(time) + 1 end from ${next})` })
      .where(sql`pk = ${rollupPk} and built_until is not null and dropped_at is null
        and exists (select 1 from time_zone_offsets as z where z.time_zone = rollups.time_zone)`),
  ]
}

/** Activates a complete rollup, and drops the one that was active. Does nothing if the rollup is not complete. */
export const activateRollup = (db: Database, rollupPk: SQL, now: number): Statement[] => {
  const completeSeries = sql`(select rollup.series_pk from rollups as rollup where rollup.pk = ${rollupPk} and rollup.built_until = ${MAX_TIME} and rollup.dropped_at is null)`
  return [
    db
      .update(series)
      .set({ rollup_pk: rollupPk })
      .where(sql`pk in ${completeSeries}`),
    db
      .update(rollups)
      .set({
        built_until: sql`case when pk = ${rollupPk} then null else built_until end`,
        dropped_at: sql`case when pk = ${rollupPk} then null else ${now} end`,
      })
      .where(sql`series_pk in ${completeSeries} and dropped_at is null`),
  ]
}

/** Drops rollups. `sweepRollups` deletes their rows. */
export const dropRollups = (db: Database, condition: SQL, now: number) =>
  db
    .update(rollups)
    .set({ dropped_at: now })
    .where(sql`${condition} and dropped_at is null`)

/** Selects the incomplete rollup that was added last to the series. */
const newestRollup = (seriesPks: SQL) =>
  sql`(select max(pk) from rollups where series_pk in ${seriesPks} and built_until is not null and dropped_at is null)`

/**
 * Creates a rollup for a series, sums the readings of one step, and activates the rollup if that was all.
 * @param seriesPks subquery with the primary key of one series, or without a row
 */
export const createRollup = (db: Database, seriesPks: SQL, timeZone: SQL, now: number): Statement[] => {
  const rollupPk = newestRollup(seriesPks)
  return [insertRollup(db, seriesPks, timeZone), ...extendRollup(db, rollupPk), ...activateRollup(db, rollupPk, now)]
}
