import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { days, hours, zone_offsets } from '../db/schema.ts'
import { offsetPeriods } from './time-zones.ts'
import { sumsOfReadings, sumsOfSums } from './sums.ts'

/**
 * Keeps the hours and days of all rollups of a series current, in the transaction that changes the readings. An affected hour is
 * summed again from its readings, an affected day from its hours.
 */

const SUMS = ['actual', 'goal', 'compared', 'readings', 'goal_readings'] as const

/** Returns the upsert of sums, limited to rows that differ: an unchanged row counts as no row written. */
const overwrite = (table: typeof hours | typeof days) => ({
  target: [table.calendar, table.start],
  set: Object.fromEntries(SUMS.map((name) => [name, sql.raw(`excluded.${name}`)])),
  setWhere: sqlTemplate<[]>(() =>
    sql.join(
      SUMS.map((name) => sql`${table[name]} is not ${sql.raw(`excluded.${name}`)}`),
      sql` or `,
    ),
  )(),
})
const overwriteHours = overwrite(hours)
const overwriteDays = overwrite(days)

/** Returns SQL for the seconds since the start of the local hour or day of `length` seconds, not negative before 1970. */
const secondsInto = (time: string, length: number) => `(((${time} + z.offset) % ${length} + ${length}) % ${length})`

/** Selects the hours that contain the times: rollup, series, day, start and end. */
const affectedHours = sqlTemplate<[times: SQL]>(
  (times) => sql`(select calendar, series, t.start, ends,
    case when t.start - ${sql.raw(secondsInto('t.start', 86_400))} < z.next_day then z.day else t.start - ${sql.raw(secondsInto('t.start', 86_400))} end as day
  from (select distinct calendar, series, t.zone, z.start as period, max(z.start, time - ${sql.raw(secondsInto('time', 3_600))}) as start,
      min(z.until, time - ${sql.raw(secondsInto('time', 3_600))} + 3600) as ends
    from ${times} as t cross join zone_offsets as z on z.zone = t.zone
      and z.start = (select max(start) from zone_offsets where zone = t.zone and start <= t.time)) as t
  cross join zone_offsets as z on z.zone = t.zone and z.start = t.period)`,
)

const summedHours = sqlTemplate<[affected: SQL]>(
  (affected) => sql`select t.calendar, t.start, t.day, ${sumsOfReadings} from ${affected} as t
        cross join readings as r on r.series = t.series and r.time >= t.start and r.time < t.ends group by t.calendar, t.start`,
)
const summedDays = sqlTemplate<[affected: SQL]>(
  (affected) => sql`select t.calendar, t.day, ${sumsOfSums} from (select distinct calendar, day from ${affected}) as t
        cross join hours as h on h.calendar = t.calendar and ${isOfDay(sql`t.day`)} group by t.calendar, t.day`,
)

/**
 * Returns statements that sum the hours and days again that contain the times.
 * @param times subquery of the columns calendar, series, zone and time; empty if nothing changed
 * @param removes true if an hour may have lost its last reading
 */
export const updateRollups = (db: Database, times: SQL, removes = false): Statement[] => {
  const affected = affectedHours(times)
  const empty = (table: SQL, start: SQL, filled: SQL) => sql`(calendar, start) in (
    select calendar, ${start} from ${table} as affected where not exists (${filled}))`
  return [
    ...(removes
      ? [
          db
            .delete(hours)
            .where(
              empty(
                affected,
                sql`start`,
                sql`select 1 from readings where series = affected.series and time >= affected.start and time < affected.ends`,
              ),
            ),
        ]
      : []),
    db.insert(hours).select(summedHours(affected)).onConflictDoUpdate(overwriteHours),
    ...(removes
      ? [
          db
            .delete(days)
            .where(
              empty(
                affected,
                sql`day`,
                sql`select 1 from hours as h where h.calendar = affected.calendar and ${isOfDay(sql`affected.day`)}`,
              ),
            ),
        ]
      : []),
    db.insert(days).select(summedDays(affected)).onConflictDoUpdate(overwriteDays),
  ]
}

/** Returns the condition that an hour `h` belongs to a day. The range bounds the index scan: no local day is longer than 48 hours. */
const isOfDay = (day: SQL) => sql`h.start >= ${day} and h.start < ${day} + 172800 and h.day = ${day}`

/** Stores the offset periods of a zone if they are not stored. */
export const ensureTimeZone = (db: Database, zone: string) =>
  db.insert(zone_offsets).select(sql`select ${zone}, value ->> 'start', value ->> 'until', value ->> 'offset', value ->> 'day',
    value ->> 'next_day', 0 from json_each(${JSON.stringify(offsetPeriods(zone))})
    where not exists (select 1 from zone_offsets where zone = ${zone})`)
