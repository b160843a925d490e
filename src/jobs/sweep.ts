import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { dropRollups } from '../rollups/lifecycle.ts'
import { rollups, daily_rollups, heartbeat, hourly_rollups, readings, series } from '../db/schema.ts'
import { deleteExpiredRecords } from '../commands/idempotency.ts'
import { runSteps } from './steps.ts'

/** Rows that one batch deletes. D1 needs far less than its limit of 30 s for them. */
const SWEEP_ROWS = 10_000
/** A step is one batch. */
const SWEEP_LIMITS = { steps: 20, queries: 3, isFirstReserved: true }
/** Dropped series or rollups that one batch looks at. A deleted organisation may leave thousands, most of them small. */
const SWEEP_PARENTS = 1_000

/** The series that were dropped first. */
const droppedSeries = sql.raw(`(select pk from series where dropped_at is not null order by dropped_at limit ${SWEEP_PARENTS})`)

const deleteReadings = (db: Database) =>
  db
    .delete(readings)
    .where(sql`(series_pk, time) in (select r.series_pk, r.time from ${droppedSeries} as dropped
  cross join readings as r on r.series_pk = dropped.pk limit ${SWEEP_ROWS})`)
    .returning({ time: readings.time })

/** The oldest dropped rollups. Their hours and days are deleted first, then the rollups. */
const droppedRollups = sql.raw(`(select pk from rollups where dropped_at is not null order by pk limit ${SWEEP_PARENTS})`)

const deleteBuckets = (db: Database, table: typeof hourly_rollups | typeof daily_rollups) =>
  db
    .delete(table)
    .where(
      sql`(rollup_pk, start) in (select b.rollup_pk, b.start from ${droppedRollups} as dropped
  cross join ${table} as b on b.rollup_pk = dropped.pk limit ${SWEEP_ROWS})`,
    )
    .returning({ start: table.start })

const deleteEmptyRollups = (db: Database) =>
  db
    .delete(rollups)
    .where(
      sql`pk in ${droppedRollups} and not exists (select 1 from hourly_rollups where hourly_rollups.rollup_pk = rollups.pk)
        and not exists (select 1 from daily_rollups where daily_rollups.rollup_pk = rollups.pk)`,
    )
    .returning({ pk: rollups.pk })

/** Deletes the hours and days of dropped rollups, then the rollups. Returns the number of hours and days. */
export const sweepRollups = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  let swept = 0
  await runSteps(isolate, SWEEP_LIMITS, async () => {
    const [deletedHours, deletedDays, deletedRollups] = await session.batch([
      deleteBuckets(session.db, hourly_rollups),
      deleteBuckets(session.db, daily_rollups),
      deleteEmptyRollups(session.db),
    ])
    swept += deletedHours.length + deletedDays.length
    return deletedHours.length + deletedDays.length + deletedRollups.length > 0
  })
  return swept
}

/** Deletes dropped series that have no readings left. */
const deleteEmptySeries = (db: Database) =>
  db
    .delete(series)
    .where(sql`pk in ${droppedSeries} and not exists (select 1 from readings where readings.series_pk = ${series.pk})`)
    .returning({ pk: series.pk })

/** Deletes the readings of replaced series and deleted factories, then the series. Returns the number of readings. */
export const sweepSeries = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  let swept = 0
  await runSteps(isolate, SWEEP_LIMITS, async () => {
    const [deletedReadings, , deletedSeries] = await session.batch([
      deleteReadings(session.db),
      dropRollups(session.db, sql`series_pk in ${droppedSeries}`, isolate.clock.now()),
      deleteEmptySeries(session.db),
    ])
    swept += deletedReadings.length
    return deletedReadings.length + deletedSeries.length > 0
  })
  return swept
}

/** Deletes expired idempotency records and returns their number. */
export const deleteIdempotencyRecords = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [, deleted] = await session.batch(deleteExpiredRecords(session.db, isolate.clock.now()))
  return deleted.length
}

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
