import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { series } from '../db/schema.ts'
import { newestTime } from './newest-reading.ts'
import { DAY_SECONDS, sumsOfSums } from './sums.ts'

/** Selects the new values. Complete hours of the day come from the active rollup, the part before the first of them from readings. */
const selectLatestAndDay = sqlTemplate<[seriesPks: SQL]>(
  (seriesPks) => sql`(with latest as materialized (
    select pk, rollup_pk, ${newestTime(sql`pk`)} as time from series where pk in ${seriesPks}),
  edged as materialized (select *, coalesce((
    select min(start) from hourly_rollups where rollup_pk = latest.rollup_pk and start > latest.time - ${DAY_SECONDS}), time + 1) as edge from latest),
  parts as (
    select pk, actual, goal, compared, readings, goal_readings
      from edged cross join hourly_rollups on hourly_rollups.rollup_pk = edged.rollup_pk and start >= edge
    union all select pk, actual, goal, case when goal is not null then actual end, 1, goal is not null
      from edged cross join readings as r on r.series_pk = pk and r.time > edged.time - ${DAY_SECONDS} and r.time < edge),
  day as materialized (select pk, ${sumsOfSums} from parts as h group by pk)
  select edged.pk as series_pk, edged.time as latest_time, r.actual as latest_actual, r.goal as latest_goal, day.actual as day_actual,
    day.goal as day_goal, day.compared as day_compared, day.readings as day_readings, day.goal_readings as day_goal_readings
  from edged left join readings as r on r.series_pk = edged.pk and r.time = edged.time left join day on day.pk = edged.pk)`,
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
const isAffected = sqlTemplate<[]>(() => sql`${series.pk} = computed.series_pk`)()

/**
 * Updates the newest reading of series and the sums of the 24 hours that end with it, and increments their revision.
 * @param seriesPks subquery with the primary keys of the series whose readings changed; empty if nothing changed
 */
export const updateLatestAndDay = (db: Database, seriesPks: SQL) =>
  db
    .update(series)
    .set(assignments)
    .from(sql`${selectLatestAndDay(seriesPks)} as computed`)
    .where(isAffected)
