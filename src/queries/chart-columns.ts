import { sql } from 'drizzle-orm'
import { newestReadings } from '../rollups/newest-reading.ts'
import { readingJson } from '../db/reading-sql.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CHART_FIELDS, READING_FIELDS } from '../schemas/reading-fields.ts'
import type { ChartField } from '../schemas/reading-fields.ts'

/** Maximum number of readings in the default chart: the newest ones of the series. */
export const CHART_READINGS = LIMITS.chartReadings

/** The series of the surrounding `factories` row. */
const currentSeries = sql`factories.series_pk`

/**
 * The newest readings of the series of the surrounding `factories` row, in order of time. The query scans the index twice, so it
 * reads each row twice. An `order by` inside each aggregate would sort the rows, which reads them once more per aggregate. SQLite
 * passes the rows of an ordered subquery to an aggregate in that order.
 */
const newest = sql`(select time, ${sql.raw(CHART_FIELDS.join(', '))} from readings where series_pk = ${currentSeries} and time >= (select min(time) from
  ${newestReadings(currentSeries, sql`time`, CHART_READINGS)}) order by time)`

/** The chart of a factory as JSON text in its final form. SQLite builds it, so the Worker does not parse or render readings. */
export const chartJson = sql<string>`(select json_object(
  ${sql.raw(CHART_FIELDS.map((name) => `'${READING_FIELDS[name].column}', json_group_array(${name})`).join(', '))},
  'time', json_group_array(time)) from ${newest})`

/** The time of the oldest reading, or null if the series is empty. It reads one row of the index. */
export const oldestTime = sql<number | null>`(select min(time) from readings where series_pk = ${currentSeries})`

/** Returns SQL for one column of the chart as JSON text. */
export const columnJson = (column: ChartField | 'time') => sql<string>`(select json_group_array(${sql.raw(column)}) from ${newest})`

/** The newest reading as JSON text, or null if the series is empty. */
export const latestJson = newestReadings<string | null>(currentSeries, readingJson(sql`'time', time`), 1)
