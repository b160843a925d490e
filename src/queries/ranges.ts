import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, series } from '../db/schema.ts'
import { newestTime } from '../rollups/newest-reading.ts'
import { MAX_TIME, MIN_TIME } from '../rollups/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CHART_READINGS } from './chart-columns.ts'
import { pointColumns } from './points.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { offsetPeriodsJson } from '../rollups/sums.ts'

/** Maximum number of readings or buckets that a response contains. */
export const MAX_RANGE_POINTS = LIMITS.readings

/** A part of a series: `[from, to)` in Unix seconds, and of it the `limit` oldest or newest points. A bucket belongs to its start. */
export interface Range {
  resolution: Resolution
  from: SQL | number
  to: SQL | number
  limit: number
  order: 'oldest' | 'newest'
}

/** The range of the default chart: the newest readings, and one more that tells whether older ones exist. */
export const DEFAULT_RANGE: Range = { resolution: 'raw', from: MIN_TIME, to: MAX_TIME, limit: CHART_READINGS + 1, order: 'newest' }

const TABLES = { hour: sql`hourly_rollups`, day: sql`daily_rollups` } as const

const isInRange = ({ from, to }: Pick<Range, 'from' | 'to'>, time: SQL): SQL => sql`${time} >= ${from} and ${time} < ${to}`

/** Returns SQL for the points of a range as JSON text, in the form of `parsePoints`. */
const pointsJson = ({ resolution, limit, order, ...range }: Range) => {
  const direction = sql.raw(order === 'oldest' ? 'asc' : 'desc')
  // SQLite reads every row once more for a sort, so only the order that needs one has it.
  const inOrder = (time: SQL) => (order === 'oldest' ? sql`` : sql` order by ${time}`)
  return resolution === 'raw'
    ? sql<string>`(select json_group_array(json_array(${pointColumns('raw')})${inOrder(sql`time`)}) from (
        select ${pointColumns('raw')} from readings where series_pk = ${series.pk} and ${isInRange(range, sql`time`)}
        order by time ${direction} limit ${limit}))`
    : sql<string>`(select json_group_array(json_array(${pointColumns(resolution)})${inOrder(sql`start`)}) from (
        select ${pointColumns(resolution)} from ${TABLES[resolution]} where rollup_pk = ${series.rollup_pk}
        and ${isInRange(range, sql`start`)} order by start ${direction} limit ${limit}))`
}

/**
 * Returns the columns that fill the gaps of a range of buckets: the first and the last bucket of the whole series, because gaps
 * are filled only between them, and the offset periods of the time zone within the range.
 */
const bounds = ({ resolution, from, to }: Range) => {
  if (resolution === 'raw')
    return { first: sql`null`.as('first_start'), last: sql`null`.as('last_start'), offsetPeriods: sql`'[]'`.as('offset_periods') }
  const edge = (of: 'min' | 'max') => sql`(select ${sql.raw(of)}(start) from ${TABLES[resolution]} where rollup_pk = ${series.rollup_pk})`
  return {
    first: edge('min').as('first_start'),
    last: edge('max').as('last_start'),
    offsetPeriods: offsetPeriodsJson(sql`max(${edge('min')}, ${from})`, sql`min(${edge('max')}, ${to})`).as('offset_periods'),
  }
}

const selectOfFactory = (db: Database, organisationPk: number, id: number, columns: Record<string, SQL.Aliased>) =>
  db
    .select(columns)
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id)))

/** A range of a series, with the columns that its rendering needs. */
export interface RangeRow {
  points: string
  /** The requested bounds. */
  from: number | null
  to: number | null
  first: number | null
  last: number | null
  offsetPeriods: string
}

/** Selects a range of the series of a factory: none or one row. */
export const selectRange = (db: Database, organisationPk: number, id: number, range: Range) =>
  selectOfFactory(db, organisationPk, id, {
    points: pointsJson(range).as('points'),
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...bounds(range),
  }) as unknown as Selected

type Selected = ReturnType<typeof selectOfFactory> & { _: { result: RangeRow[] } } & PromiseLike<RangeRow[]>

/** The preset ranges: their length in seconds up to the newest reading, and a resolution that fits a screen. */
export const PRESET_RANGES = {
  day: { seconds: 86_400, resolution: 'raw' },
  week: { seconds: 7 * 86_400, resolution: 'hour' },
  month: { seconds: 30 * 86_400, resolution: 'hour' },
  year: { seconds: 365 * 86_400, resolution: 'day' },
} as const satisfies Record<string, { seconds: number; resolution: Resolution }>
export type PresetRange = keyof typeof PRESET_RANGES

/** Interval at which a day of more than `MAX_RANGE_POINTS` readings is sampled: it yields at most 1,440 readings. */
const SAMPLE_SECONDS = 60

/**
 * Returns SQL for the first reading of each `SAMPLE_SECONDS` of a range and its last reading, in the form of `pointsJson`. It
 * seeks each reading in the index, so the number of rows it reads does not depend on the density of the readings.
 * @param newest the time of the last reading of the range
 */
const sampleJson = (from: SQL, newest: SQL) => sql<string>`(
  with recursive sample(at) as (
    select min(time) from readings where series_pk = ${series.pk} and time >= ${from}
    union all select coalesce(
      (select min(time) from readings where series_pk = ${series.pk} and time >= at - at % ${SAMPLE_SECONDS} + ${SAMPLE_SECONDS}),
      case when at < ${newest} then ${newest} end)
    from sample where at is not null)
  select json_group_array(json_array(${pointColumns('raw')})) from sample
    cross join readings on series_pk = ${series.pk} and time = at)`

/** Selects a preset range: none or one row. */
export const selectPresetRange = (db: Database, organisationPk: number, id: number, preset: PresetRange) => {
  const { seconds, resolution } = PRESET_RANGES[preset]
  const newest = newestTime(series.pk)
  const range: Range = {
    resolution,
    from: sql`${newest} - ${seconds - 1}`,
    to: sql`${newest} + 1`,
    limit: MAX_RANGE_POINTS + 1,
    order: 'newest',
  }
  // A series without `day_readings` counts as dense, because its last day may have any number of readings.
  const isDense = sql`coalesce(${series.day_readings}, ${MAX_RANGE_POINTS + 1}) > ${MAX_RANGE_POINTS}`
  const readings = sql<string>`case when ${isDense} then ${sampleJson(sql`${range.from}`, newest)} else ${pointsJson(range)} end`
  return selectOfFactory(db, organisationPk, id, {
    points: (resolution === 'raw' ? readings : pointsJson(range)).as('points'),
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...bounds(range),
  }) as unknown as Selected
}

/** Selects the oldest readings of a range and the number of their series, for an export in pages: none or one row. */
export const selectExport = (db: Database, organisationPk: number, id: number, from: number, to: number) =>
  db
    .select({
      series: series.pk,
      points: pointsJson({ resolution: 'raw', from, to, limit: MAX_RANGE_POINTS, order: 'oldest' }).as('points'),
    })
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id)))
