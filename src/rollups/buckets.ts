import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { days, hours, zone_offsets } from '../db/schema.ts'
import { offsetPeriods } from './time-zones.ts'
import { sumsOfReadings, sumsOfSums } from './sums.ts'

/**
 * How the sums of hours and days are kept, in the transaction that changes the readings: a touched hour is summed anew from
 * its readings, a touched day from its hours, for every calendar of the series.
 */

const SUMS = ['actual', 'goal', 'compared', 'readings', 'goal_readings'] as const

/** Columns that a sum is written into where one is, and the condition that it differs: a row that stays costs nothing. */
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

/** How far a time is into its local hour or day of `length` seconds; not negative before 1970 either. */
const into = (time: string, length: number) => `(((${time} + z.offset) % ${length} + ${length}) % ${length})`

/** The hours that times lie in, as a table of calendar, series, day, start and end. */
const hoursOf = sqlTemplate<[times: SQL]>(
  (times) => sql`(select calendar, series, t.start, ends,
    case when t.start - ${sql.raw(into('t.start', 86_400))} < z.next_day then z.day else t.start - ${sql.raw(into('t.start', 86_400))} end as day
  from (select distinct calendar, series, t.zone, z.start as regime, max(z.start, time - ${sql.raw(into('time', 3_600))}) as start,
      min(z.until, time - ${sql.raw(into('time', 3_600))} + 3600) as ends
    from ${times} as t cross join zone_offsets as z on z.zone = t.zone
      and z.start = (select max(start) from zone_offsets where zone = t.zone and start <= t.time)) as t
  cross join zone_offsets as z on z.zone = t.zone and z.start = t.regime)`,
)

const summedHours = sqlTemplate<[touched: SQL]>(
  (touched) => sql`select t.calendar, t.start, t.day, ${sumsOfReadings} from ${touched} as t
        cross join readings as r on r.series = t.series and r.time >= t.start and r.time < t.ends group by t.calendar, t.start`,
)
const summedDays = sqlTemplate<[touched: SQL]>(
  (touched) => sql`select t.calendar, t.day, ${sumsOfSums} from (select distinct calendar, day from ${touched}) as t
        cross join hours as h on h.calendar = t.calendar and ${isOfDay(sql`t.day`)} group by t.calendar, t.day`,
)

/**
 * Sums up anew what times lie in.
 * @param times a table of calendar, series, zone and time; none where nothing changed
 * @param removes true where an hour may have lost its last reading
 */
export const updateRollups = (db: Database, times: SQL, removes = false): Statement[] => {
  const touched = hoursOf(times)
  const empty = (table: SQL, start: SQL, filled: SQL) => sql`(calendar, start) in (
    select calendar, ${start} from ${table} as touched where not exists (${filled}))`
  return [
    ...(removes
      ? [
          db
            .delete(hours)
            .where(
              empty(
                touched,
                sql`start`,
                sql`select 1 from readings where series = touched.series and time >= touched.start and time < touched.ends`,
              ),
            ),
        ]
      : []),
    db.insert(hours).select(summedHours(touched)).onConflictDoUpdate(overwriteHours),
    ...(removes
      ? [
          db
            .delete(days)
            .where(
              empty(touched, sql`day`, sql`select 1 from hours as h where h.calendar = touched.calendar and ${isOfDay(sql`touched.day`)}`),
            ),
        ]
      : []),
    db.insert(days).select(summedDays(touched)).onConflictDoUpdate(overwriteDays),
  ]
}

/** No local day is longer than two of 24 hours: hours `h` of a day are found among those that begin within them. */
const isOfDay = (day: SQL) => sql`h.start >= ${day} and h.start < ${day} + 172800 and h.day = ${day}`

/** Puts the regimes of a zone where they are not. */
export const ensureTimeZone = (db: Database, zone: string) =>
  db.insert(zone_offsets).select(sql`select ${zone}, value ->> 'start', value ->> 'until', value ->> 'offset', value ->> 'day',
    value ->> 'next_day', 0 from json_each(${JSON.stringify(offsetPeriods(zone))})
    where not exists (select 1 from zone_offsets where zone = ${zone})`)
