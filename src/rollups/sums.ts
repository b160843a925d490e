import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { OffsetPeriod } from './time-zones.ts'

/** The last hour and day are this long, in seconds, and end with the newest reading. */
export const HOUR_SECONDS = 3_600
export const DAY_SECONDS = 86_400

/** A sum that is null where there is nothing to add and stays a number that JSON readers hold exactly: total() cannot overflow. */
const sum = (figure: string) => `case when count(${figure}) then cast(min(total(${figure}), ${Number.MAX_SAFE_INTEGER}) as integer) end`

/** The sums of readings `r`. `compared` is what was made according to those that have a goal. */
export const sumsOfReadings = sql.raw(
  `${sum('r.actual')} as actual, ${sum('r.goal')} as goal, ${sum('case when r.goal is not null then r.actual end')} as compared,
  count(*) as readings, count(r.goal) as goal_readings`,
)

/** The sums of rows `h` that are sums themselves. */
export const sumsOfSums = sql.raw(
  `${sum('h.actual')} as actual, ${sum('h.goal')} as goal, ${sum('h.compared')} as compared,
  coalesce(sum(h.readings), 0) as readings, coalesce(sum(h.goal_readings), 0) as goal_readings`,
)

/** What the zone of the surrounding query's `series` does between two times, as JSON text: for who reckons with its buckets. */
export const offsetPeriodsJson = (
  from: SQL,
  to: SQL,
) => sql<string>`(select json_group_array(json_array(z.start, until, "offset", day, next_day)
  order by z.start) from calendars as c join zone_offsets as z on z.zone = c.zone and until > ${from} and z.start <= ${to}
  where c.number = series.calendar)`

/** Reads what `regimesJson` wrote. */
export const parseOffsetPeriods = (json: string): OffsetPeriod[] =>
  (JSON.parse(json) as [number, number, number, number, number][]).map(([start, until, offset, day, next_day]) => ({
    start,
    until,
    offset,
    day,
    next_day,
  }))
