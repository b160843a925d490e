import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { series } from '../db/schema.ts'
import { DAY_SECONDS, sumsOfSums } from './sums.ts'

/** The hours of a day that are whole come from the shown calendar, what is before the first of them from the readings. */
const figuresOf = sqlTemplate<[numbers: SQL]>(
  (numbers) => sql`(with held as materialized (
    select number, calendar, (select max(time) from readings where series = number) as time from series where number in ${numbers}),
  edged as materialized (select *, coalesce((
    select min(start) from hours where calendar = held.calendar and start > held.time - ${DAY_SECONDS}), time + 1) as edge from held),
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

const FIGURES = [
  'latest_time',
  'latest_actual',
  'latest_goal',
  'day_actual',
  'day_goal',
  'day_compared',
  'day_readings',
  'day_goal_readings',
] as const

const noted = { revision: sql`revision + 1`, ...Object.fromEntries(FIGURES.map((name) => [name, sql.raw(`figures.${name}`)])) }
const isConcerned = sqlTemplate<[]>(() => sql`${series.number} = figures.series`)()

/**
 * Notes the newest reading of series and the sums of the day that it ends, and counts a revision.
 * @param numbers the series whose readings changed; none where nothing did
 */
export const updateLatestAndDay = (db: Database, numbers: SQL) =>
  db
    .update(series)
    .set(noted)
    .from(sql`${figuresOf(numbers)} as figures`)
    .where(isConcerned)
