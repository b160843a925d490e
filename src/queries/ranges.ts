import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { TEXT_COLUMNS } from '../chunks/chunk.ts'
import { sortDirection, newestTime, retainedFrom, selectColumn, selectSums, selectTexts } from '../chunks/select.ts'
import { SUM_NAMES } from '../chunks/sums.ts'
import type { Database } from '../db/client.ts'
import { factories, series } from '../db/schema.ts'
import { alignedFrom, offsetPeriodsJson } from '../local-time/offset-periods.ts'
import { LONGEST_SECONDS, MAX_TIME, MIN_TIME } from '../local-time/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { CHART_READINGS } from './chart-columns.ts'
import { literal } from '../db/literal.ts'

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

const zone = sql`${factories.time_zone}`
/** The time of the newest day with a row. Its chunks and later ones contain every day without a row. */
const newestDay = sql`(select max(start) from daily_sums where series_pk = ${series.pk})`

/** Returns SQL for the stored days of a range as a JSON array of arrays of the start and the sums. */
const daysJson = ({ from, to, limit, order }: Range) => {
  const columns = sql.raw(['start', ...SUM_NAMES].join(', '))
  return sql<string>`(select json_group_array(json_array(${columns}) order by start) from (select ${columns} from daily_sums
    where series_pk = ${series.pk} and start >= ${from} and start < ${to} order by start ${sortDirection(order)} limit ${literal(limit)}))`
}

/** Returns SQL for the sums of the first or of the last chunk of a series. */
const edgeSums = (order: Range['order']) =>
  selectSums(sql`${series.pk}`, { from: MIN_TIME, to: MAX_TIME, limit: 1, order }, alignedFrom(zone))

/**
 * Returns the columns with the data of a range. A bucket belongs to its start, so the last one of a range ends after the range. The
 * first and the last chunk of the series are needed because gaps are filled only between them.
 */
const dataColumns = (range: Range) => {
  const { resolution, from, to, limit, order } = range
  const none = sql<string>`'[]'`
  if (resolution === 'raw') {
    const texts = selectTexts(sql`${series.pk}`, { from: sql`max(${from}, ${retainedFrom})`, to, limit, order })
    return {
      texts: texts.as('texts'),
      sums: none.as('sums'),
      days: none.as('days'),
      first: none.as('first_sums'),
      last: none.as('last_sums'),
      offsetPeriods: none.as('offset_periods'),
    }
  }
  const chunks =
    resolution === 'hour'
      ? { from, to: sql`${to} + ${LONGEST_SECONDS.hour}`, limit: limit + 2, order }
      : { from: sql`coalesce(${newestDay}, ${MIN_TIME})`, to: MAX_TIME, limit: MAX_RANGE_POINTS, order }
  const edge = (order: Range['order']) =>
    sql`(select start from chunks where series_pk = ${series.pk} order by start ${sortDirection(order)} limit 1)`
  return {
    texts: none.as('texts'),
    sums: selectSums(sql`${series.pk}`, chunks, alignedFrom(zone)).as('sums'),
    days: (resolution === 'day' ? daysJson(range) : none).as('days'),
    first: edgeSums('oldest').as('first_sums'),
    last: edgeSums('newest').as('last_sums'),
    offsetPeriods: offsetPeriodsJson(
      zone,
      sql`max(${edge('oldest')}, ${from}) - ${LONGEST_SECONDS.day}`,
      resolution === 'day' ? sql`${edge('newest')} + ${LONGEST_SECONDS.day}` : sql`min(${edge('newest')}, ${to}) + ${LONGEST_SECONDS.day}`,
    ).as('offset_periods'),
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
  /** The requested bounds. */
  from: number | null
  to: number | null
  /** Chunks with the readings of a range of readings. */
  texts: string
  /** Sums of the chunks of a range of hours, or of the chunks with the days that have no row. */
  sums: string
  /** The stored days of a range of days. */
  days: string
  /** Sums of the first and of the last chunk of the series. */
  first: string
  last: string
  offsetPeriods: string
}

/** Selects a range of the series of a factory: none or one row. */
export const selectRange = (db: Database, organisationPk: number, id: number, range: Range) =>
  selectOfFactory(db, organisationPk, id, {
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...dataColumns(range),
  }) as unknown as Selected<RangeRow>

type Selected<Row> = ReturnType<typeof selectOfFactory> & { _: { result: Row[] } } & PromiseLike<Row[]>

/** The preset ranges: their length in seconds up to the newest reading, and a resolution that fits a screen. */
export const PRESET_RANGES = {
  day: { seconds: 86_400, resolution: 'raw' },
  week: { seconds: 7 * 86_400, resolution: 'hour' },
  month: { seconds: 30 * 86_400, resolution: 'hour' },
  year: { seconds: 365 * 86_400, resolution: 'day' },
} as const satisfies Record<string, { seconds: number; resolution: Resolution }>
export type PresetRange = keyof typeof PRESET_RANGES

/** A preset range. The readings of the range `day` are columns, because a dense day is too long for one value. */
export type PresetRow = RangeRow & { [Name in (typeof TEXT_COLUMNS)[number]]: string }

/** Selects a preset range: none or one row. */
export const selectPresetRange = (db: Database, organisationPk: number, id: number, preset: PresetRange) => {
  const { seconds, resolution } = PRESET_RANGES[preset]
  const seriesPk = sql`${series.pk}`
  const newest = newestTime(seriesPk)
  const range = {
    resolution,
    from: sql`${newest} - ${seconds - 1}`,
    to: sql`${newest} + 1`,
    limit: MAX_RANGE_POINTS + 1,
    order: 'newest',
  } as const
  const columns = Object.fromEntries(TEXT_COLUMNS.map((name) => [name, selectColumn(seriesPk, name, range.from).as(`text_${name}`)]))
  return selectOfFactory(db, organisationPk, id, {
    from: sql`${range.from}`.as('range_from'),
    to: sql`${range.to}`.as('range_to'),
    ...(range.resolution === 'raw' ? columns : dataColumns(range)),
  }) as unknown as Selected<PresetRow>
}

/** Selects the oldest readings of a range and the number of their series, for an export in pages: none or one row. */
export const selectExport = (db: Database, organisationPk: number, id: number, from: number, to: number) =>
  db
    .select({
      series: series.pk,
      texts: selectTexts(sql`${series.pk}`, { from: sql`max(${from}, ${retainedFrom})`, to, limit: MAX_RANGE_POINTS, order: 'oldest' }).as(
        'texts',
      ),
    })
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id)))
