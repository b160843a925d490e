import { sql } from 'drizzle-orm'
import { LIMITS } from '../schemas/limits.ts'

/** The default view of a series: its newest readings, at most this many. */
export const CHART_READINGS = LIMITS.chartReadings

/**
 * The newest readings of the series that the surrounding query's `factories` row points at, in order of time. The index is
 * gone along twice, which reads each row twice; every `order by` within an aggregate would sort, and read, them once more.
 * SQLite minds the order of a subquery for aggregates that depend on it.
 */
const newest = sql`(select time, actual, goal from readings where series = factories.series and time >= (select min(time) from (
  select time from readings where series = factories.series order by time desc limit ${CHART_READINGS})) order by time)`

/** The chart of a factory as JSON text, in the shape and order clients see. Built by SQLite: the Worker only copies bytes. */
export const chartJson = sql<string>`(select json_object(
  'sprocket_production_actual', json_group_array(actual),
  'sprocket_production_goal', json_group_array(goal),
  'time', json_group_array(time)) from ${newest})`

/** The time of the oldest reading, or null where there is none: one row of the index. */
export const oldestTime = sql<number | null>`(select min(time) from readings where series = factories.series)`

/** One column of the chart as JSON text. */
export const columnJson = (column: 'actual' | 'goal' | 'time') => sql<string>`(select json_group_array(${sql.raw(column)}) from ${newest})`

/** The newest reading as JSON text, or null where there is none. */
export const latestJson = sql<string | null>`(select json_object('time', time, 'actual', actual, 'goal', goal)
  from readings where series = factories.series order by time desc limit 1)`
