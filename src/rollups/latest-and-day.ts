import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { series } from '../db/schema.ts'
import { newestTime } from './newest-reading.ts'
import { DAY_SECONDS, sumsOfSums } from './sums.ts'

/** Selects the new values. Complete hours of the day come from the active rollup, the part before the first of them from readings. */
const selectLatestAndDay = sqlTemplate<[numbers: SQL]>(
  (numbers) => sql`(with latest as materialized (
    select number, calendar, ${newestTime(sql`number`)} as time from series where number in ${numbers}),
  edged as materialized (select *, coalesce((
    select min(start) from hours where calendar = latest.calendar and start > latest.time - ${DAY_SECONDS}), time + 1) as edge from latest),
  parts as (
    select number, actual, goal, compared, readings, goal_readings
      from edged cross join hours on hours.calendar = edged.calendar and start >= edge
    union all select number, actual, goal, case when goal is not null then actual end, 1, goal is not null
      from edged cross join readings as r on r.series = number and r.time > edged.time - ${DAY_SECONDS} and r.time < edge),
  day as materialized (select number, ${sumsOfSums} from parts as h group by number)
  select edged.number as series, edged.time as latest_time, r.actual as latest_actual, r.goal as latest_goal, day.actual as day_actual,
    day.goal as day_goal, day.compared as day_compared, day.readings as day_readings, day.goal_readings as day_goal_readings
  from edged left join readings as r on r.series = edged.number and r.time = edged.time left join day on day.number = edged.number)`,
)

const COLUMNS = [
  'latest_time',
  'latest_actual',
  'latest_goal',
  'day_actual',
  'day_goal',
  'day_compared',
  'day_readings',
  'day_goal_readings',
] as const

const assignments = { revision: sql`revision + 1`, ...Object.fromEntries(COLUMNS.map((name) => [name, sql.raw(`computed.${name}`)])) }
const isAffected = sqlTemplate<[]>(() => sql`${series.number} = computed.series`)()

/**
 * Updates the newest reading of series and the sums of the 24 hours that end with it, and increments their revision.
 * @param numbers subquery with the primary keys of the series whose readings changed; empty if nothing changed
 */
export const updateLatestAndDay = (db: Database, numbers: SQL) =>
  db
    .update(series)
    .set(assignments)
    .from(sql`${selectLatestAndDay(numbers)} as computed`)
    .where(isAffected)
