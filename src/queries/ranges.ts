import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, series } from '../db/schema.ts'
import { MAX_TIME, MIN_TIME } from '../rollups/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CHART_READINGS } from './chart-columns.ts'
import { offsetPeriodsJson } from '../rollups/sums.ts'

/** `raw` readings as they were sent, or the sums of local hours or days. */
export type Resolution = 'raw' | 'hour' | 'day'

/** So many readings or buckets are read for one answer at most. */
export const MAX_RANGE_POINTS = LIMITS.readings

/** Part of a series: `[from, to)` in Unix seconds, and of it at most `limit`, the oldest or the newest. Buckets belong where they begin. */
export interface Range {
  resolution: Resolution
  from: SQL | number
  to: SQL | number
  limit: number
  order: 'oldest' | 'newest'
}

/** The default view: the newest readings, and one more that tells whether there are older ones. */
export const DEFAULT_RANGE: Range = { resolution: 'raw', from: MIN_TIME, to: MAX_TIME, limit: CHART_READINGS + 1, order: 'newest' }

const TABLES = { hour: sql`hours`, day: sql`days` } as const

const within = ({ from, to }: Pick<Range, 'from' | 'to'>, time: SQL): SQL => sql`${time} >= ${from} and ${time} < ${to}`

/** The points of a range as JSON text: arrays of time, actual, goal, and for buckets how many readings, with and without a goal. */
const pointsJson = ({ resolution, limit, order, ...range }: Range) => {
  const direction = sql.raw(order === 'oldest' ? 'asc' : 'desc')
  // Sorting reads every row once more.
  const inOrder = (time: SQL) => (order === 'oldest' ? sql`` : sql` order by ${time}`)
  return resolution === 'raw'
    ? sql<string>`(select json_group_array(json_array(time, actual, goal)${inOrder(sql`time`)}) from (
        select time, actual, goal from readings where series = ${series.number} and ${within(range, sql`time`)}
        order by time ${direction} limit ${limit}))`
    : sql<string>`(select json_group_array(json_array(start, actual, goal, readings, goal_readings)${inOrder(sql`start`)}) from (
        select start, actual, goal, readings, goal_readings from ${TABLES[resolution]} where calendar = ${series.calendar}
        and ${within(range, sql`start`)} order by start ${direction} limit ${limit}))`
}

/**
 * The first and the last bucket of the whole series, for between them the gaps of a range are filled, and what their zone does
 * in the range.
 */
const bounds = ({ resolution, from, to }: Range) => {
  if (resolution === 'raw')
    return { first: sql`null`.as('first_start'), last: sql`null`.as('last_start'), regimes: sql`'[]'`.as('regimes') }
  const edge = (of: 'min' | 'max') => sql`(select ${sql.raw(of)}(start) from ${TABLES[resolution]} where calendar = ${series.calendar})`
  return {
    first: edge('min').as('first_start'),
    last: edge('max').as('last_start'),
    regimes: offsetPeriodsJson(sql`max(${edge('min')}, ${from})`, sql`min(${edge('max')}, ${to})`).as('regimes'),
  }
}

const ofFactory = (db: Database, organisation: number, id: number, columns: Record<string, SQL.Aliased>) =>
  db
    .select(columns)
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .where(and(eq(factories.organisation, organisation), eq(factories.id, id)))

/** What there is to know of a range. */
export interface RangeRow {
  points: string
  /** The bounds that were asked for. */
  from: number | null
  to: number | null
  first: number | null
  last: number | null
  regimes: string
}

/** A range of a factory's series: none or one row. */
export const selectRange = (db: Database, organisation: number, id: number, range: Range) =>
  ofFactory(db, organisation, id, {
    points: pointsJson(range).as('points'),
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...bounds(range),
  }) as unknown as Selected

type Selected = ReturnType<typeof ofFactory> & { _: { result: RangeRow[] } } & PromiseLike<RangeRow[]>

/** The commonest ranges: so many seconds that the newest reading ends, each at a resolution that a screen can show. */
export const PRESET_RANGES = {
  day: { seconds: 86_400, resolution: 'raw' },
  week: { seconds: 7 * 86_400, resolution: 'hour' },
  month: { seconds: 30 * 86_400, resolution: 'hour' },
  year: { seconds: 365 * 86_400, resolution: 'day' },
} as const satisfies Record<string, { seconds: number; resolution: Resolution }>
export type PresetRange = keyof typeof PRESET_RANGES

/** A day of more than RANGE_MOST readings is read at so many seconds apart: 1,440 of them at most. */
const SAMPLE_SECONDS = 60

/**
 * The first reading of each SAMPLE_SECONDS of a range and its last reading, as `pointsJson` writes them. Finds each with a
 * seek of the index, so that it reads as many rows however dense the readings are.
 * @param newest the time of the last reading of the range
 */
const sampleJson = (from: SQL, newest: SQL) => sql<string>`(
  with recursive sample(at) as (
    select min(time) from readings where series = ${series.number} and time >= ${from}
    union all select coalesce(
      (select min(time) from readings where series = ${series.number} and time >= at - at % ${SAMPLE_SECONDS} + ${SAMPLE_SECONDS}),
      case when at < ${newest} then ${newest} end)
    from sample where at is not null)
  select json_group_array(json_array(time, actual, goal)) from sample
    cross join readings on series = ${series.number} and time = at)`

/** One of the commonest ranges: none or one row. */
export const selectPresetRange = (db: Database, organisation: number, id: number, last: PresetRange) => {
  const { seconds, resolution } = PRESET_RANGES[last]
  const newest = sql`(select max(time) from readings where series = ${series.number})`
  const range: Range = {
    resolution,
    from: sql`${newest} - ${seconds - 1}`,
    to: sql`${newest} + 1`,
    limit: MAX_RANGE_POINTS + 1,
    order: 'newest',
  }
  // A series whose day has not been counted yet may have any number of readings in it.
  const isDense = sql`coalesce(${series.day_readings}, ${MAX_RANGE_POINTS + 1}) > ${MAX_RANGE_POINTS}`
  const readings = sql<string>`case when ${isDense} then ${sampleJson(sql`${range.from}`, newest)} else ${pointsJson(range)} end`
  return ofFactory(db, organisation, id, {
    points: (resolution === 'raw' ? readings : pointsJson(range)).as('points'),
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...bounds(range),
  }) as unknown as Selected
}

/** The oldest readings of a range, and which series they are of, to be followed page by page: none or one row. */
export const selectExport = (db: Database, organisation: number, id: number, from: number, to: number) =>
  db
    .select({
      series: series.number,
      points: pointsJson({ resolution: 'raw', from, to, limit: MAX_RANGE_POINTS, order: 'oldest' }).as('points'),
    })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .where(and(eq(factories.organisation, organisation), eq(factories.id, id)))
