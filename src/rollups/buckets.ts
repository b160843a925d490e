import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { daily_rollups, hourly_rollups, time_zone_offsets } from '../db/schema.ts'
import { offsetPeriods } from './time-zones.ts'
import { SUM_NAMES, sumsOfReadings, sumsOfSums } from './sums.ts'

/**
 * Keeps the hours and days of all rollups of a series current, in the transaction that changes the readings. An affected hour is
 * summed again from its readings, an affected day from its hours.
 */

/** Returns the upsert of sums, limited to rows that differ: an unchanged row counts as no row written. */
const overwrite = (table: typeof hourly_rollups | typeof daily_rollups) => ({
  target: [table.rollup_pk, table.start],
  set: Object.fromEntries(SUM_NAMES.map((name) => [name, sql.raw(`excluded.${name}`)])),
  setWhere: sqlTemplate<[]>(() =>
    sql.join(
      SUM_NAMES.map((name) => sql`${table[name]} is not ${sql.raw(`excluded.${name}`)}`),
      sql` or `,
    ),
  )(),
})
const overwriteHours = overwrite(hourly_rollups)
const overwriteDays = overwrite(daily_rollups)

/** Returns SQL for the seconds since the start of the local hour or day of `length` seconds, not negative before 1970. */
const secondsInto = (time: string, length: number) => `(((${time} + z.offset) % ${length} + ${length}) % ${length})`

/** Selects the hours that contain the times: rollup, series, day, start and end. */
const affectedHours = sqlTemplate<[times: SQL]>(
  (times) => sql`(select rollup_pk, series_pk, t.start, ends,
    case when t.start - ${sql.raw(secondsInto('t.start', 86_400))} < z.next_day then z.day else t.start - ${sql.raw(secondsInto('t.start', 86_400))} end as day
  from (select distinct rollup_pk, series_pk, t.time_zone, z.start as period, max(z.start, time - ${sql.raw(secondsInto('time', 3_600))}) as start,
      min(z.until, time - ${sql.raw(secondsInto('time', 3_600))} + 3600) as ends
    from ${times} as t cross join time_zone_offsets as z on z.time_zone = t.time_zone
      and z.start = (select max(start) from time_zone_offsets where time_zone = t.time_zone and start <= t.time)) as t
  cross join time_zone_offsets as z on z.time_zone = t.time_zone and z.start = t.period)`,
)

const summedHours = sqlTemplate<[affected: SQL]>(
  (affected) => sql`select t.rollup_pk, t.start, t.day, ${sumsOfReadings} from ${affected} as t
        cross join readings as r on r.series_pk = t.series_pk and r.time >= t.start and r.time < t.ends group by t.rollup_pk, t.start`,
)
const summedDays = sqlTemplate<[affected: SQL]>(
  (affected) => sql`select t.rollup_pk, t.day, ${sumsOfSums} from (select distinct rollup_pk, day from ${affected}) as t
        cross join hourly_rollups as h on h.rollup_pk = t.rollup_pk and ${isOfDay(sql`t.day`)} group by t.rollup_pk, t.day`,
)

/**
 * Returns statements that sum the hours and days again that contain the times.
 * @param times subquery of the columns rollup_pk, series_pk, time_zone and time; empty if nothing changed
 * @param removes true if an hour may have lost its last reading
 */
export const updateRollups = (db: Database, times: SQL, removes = false): Statement[] => {
  const affected = affectedHours(times)
  const empty = (table: SQL, start: SQL, filled: SQL) => sql`(rollup_pk, start) in (
    select rollup_pk, ${start} from ${table} as affected where not exists (${filled}))`
  return [
    ...(removes
      ? [
          db
            .delete(hourly_rollups)
            .where(
              empty(
                affected,
                sql`start`,
                sql`select 1 from readings where series_pk = affected.series_pk and time >= affected.start and time < affected.ends`,
              ),
            ),
        ]
      : []),
    db.insert(hourly_rollups).select(summedHours(affected)).onConflictDoUpdate(overwriteHours),
    ...(removes
      ? [
          db
            .delete(daily_rollups)
            .where(
              empty(
                affected,
                sql`day`,
                sql`select 1 from hourly_rollups as h where h.rollup_pk = affected.rollup_pk and ${isOfDay(sql`affected.day`)}`,
              ),
            ),
        ]
      : []),
    db.insert(daily_rollups).select(summedDays(affected)).onConflictDoUpdate(overwriteDays),
  ]
}

/** Returns the condition that an hour `h` belongs to a day. The range bounds the index scan: no local day is longer than 48 hours. */
const isOfDay = (day: SQL) => sql`h.start >= ${day} and h.start < ${day} + 172800 and h.day = ${day}`

/** Stores the offset periods of a zone if they are not stored. */
export const ensureTimeZone = (db: Database, timeZone: string) =>
  db.insert(time_zone_offsets).select(sql`select ${timeZone}, value ->> 'start', value ->> 'until', value ->> 'offset', value ->> 'day',
    value ->> 'next_day', 0 from json_each(${JSON.stringify(offsetPeriods(timeZone))})
    where not exists (select 1 from time_zone_offsets where time_zone = ${timeZone})`)
