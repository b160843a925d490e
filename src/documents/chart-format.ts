import { parseColumns, parseDays, parseReadings, parseSums, readingsIn } from '../chunks/parse.ts'
import type { Readings } from '../chunks/parse.ts'
import { sampleReadings } from '../chunks/sample.ts'
import { addSums, noSums } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'
import { PRESET_RANGES, MAX_RANGE_POINTS } from '../queries/ranges.ts'
import type { PresetRange, PresetRow, Range, RangeRow } from '../queries/ranges.ts'
import { toPoints, toSumPoint } from '../queries/points.ts'
import type { Point } from '../queries/points.ts'
import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { findBucket, bucketStarts, LONGEST_SECONDS } from '../local-time/time-zones.ts'
import { CHART_FIELDS, mapColumns, mapFields } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import type { ChartResolution } from '../schemas/resolutions.ts'
import { formatIso } from './csv.ts'
import { downsample } from './downsample.ts'

/** Formats of points. */
export const FORMATS = ['columns', 'rows', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** The format of points, and the figures that the client asks for (by default those of the default chart, and in rows all that are known). */
export interface View {
  format?: Format | undefined
  fields?: readonly FieldName[] | undefined
}

/** Returns the fields of the query parameter `fields`. */
export const toFields = (text: string | undefined): FieldName[] | undefined => text?.split(',') as FieldName[] | undefined

/** The counts of a sum. Sums have them in every format, readings have none. */
const SUM_COUNTS = ['readings', 'goal_readings'] as const
const countsOf = (resolution: ChartResolution) => (resolution === 'raw' ? [] : SUM_COUNTS)

/** Returns the names of the columns of CSV after the time. */
const csvValues = (resolution: ChartResolution, fields: readonly FieldName[]) => [...fields, ...countsOf(resolution)]

/** Returns the CSV header. `iso_time` repeats `time` for spreadsheets. */
export const csvHeader = (resolution: ChartResolution, fields: readonly FieldName[] = CHART_FIELDS): string =>
  `time,iso_time,${csvValues(resolution, fields).join(',')}\r\n`

/** Returns a line of CSV. No value ever needs quotes. */
export const csvLine = (point: Point, resolution: ChartResolution, fields: readonly FieldName[] = CHART_FIELDS): string =>
  `${point.time},${formatIso(point.time)},${csvValues(resolution, fields)
    .map((name) => point[name] ?? '')
    .join(',')}\r\n`

/** Returns a point with exactly these figures. */
export const pickFields = ({ time, readings, goal_readings, ...figures }: Point, fields: readonly FieldName[]) => ({
  time,
  ...mapFields(fields, (name) => figures[name] ?? null),
  readings,
  goal_readings,
})

/** Renders points in order of time. */
export const renderPoints = (points: readonly Point[], resolution: ChartResolution, { format = 'columns', fields }: View): string => {
  if (format === 'csv') return csvHeader(resolution, fields) + points.map((point) => csvLine(point, resolution, fields)).join('')
  if (format === 'rows') return JSON.stringify(fields ? points.map((point) => pickFields(point, fields)) : points)
  return JSON.stringify({
    ...mapColumns(fields ?? CHART_FIELDS, (name) => points.map((point) => point[name] ?? null)),
    time: points.map(({ time }) => time),
    ...Object.fromEntries(countsOf(resolution).map((name) => [name, points.map((point) => point[name])])),
  })
}

/** A page of points. `before` is the `to` of the page of older points, `after` the `from` of the page of newer points. */
export interface PointsPage {
  points: Point[]
  before?: number
  after?: number
}

/** Returns the sums of the buckets of a row by their start. If the sums of a day are stored, they are used instead of the chunks of that day. */
const sumBuckets = (row: RangeRow, resolution: 'hour' | 'day', bucketAt: (time: number) => number): Map<number, Sums> => {
  const buckets = new Map<number, Sums>()
  for (const { time, sums } of parseSums(row.sums)) {
    const start = bucketAt(time)
    buckets.set(start, addSums(buckets.get(start) ?? noSums(), sums))
  }
  if (resolution === 'day') for (const { time, sums } of parseDays(row.days)) buckets.set(time, sums)
  return buckets
}

/**
 * Builds a page of buckets. Adds the buckets without a reading between the first and the last reading of the series. Their sums are
 * unknown, so null. Returns at most `limit` buckets, and where the next page starts.
 */
const toBuckets = (
  row: RangeRow,
  { resolution, limit, order }: { resolution: 'hour' | 'day'; limit: number; order: Range['order'] },
): PointsPage => {
  const { from, to } = row
  const [first, last] = [parseSums(row.first).at(0), parseSums(row.last).at(-1)]
  if (first === undefined || last === undefined || from === null || to === null) return { points: [] }
  const periods = parseOffsetPeriods(row.offsetPeriods)
  const bucketAt = (time: number) => findBucket(periods, resolution, time)
  const buckets = sumBuckets(row, resolution, bucketAt)
  const [earliest, latest] = [Math.max(bucketAt(first.time), from), Math.min(bucketAt(last.time), to - 1)]
  let starts: number[] = []
  for (const start of bucketStarts(
    periods,
    resolution,
    order === 'oldest' ? earliest : Math.max(earliest, latest - limit * LONGEST_SECONDS[resolution]),
  )) {
    if (start > latest) break
    starts.push(start)
    if (order === 'oldest' && starts.length > limit) break
  }
  const after = order === 'oldest' ? starts[limit] : undefined
  starts = order === 'oldest' ? starts.slice(0, limit) : starts.slice(-limit)
  return {
    points: starts.map((start) => toSumPoint(start, buckets.get(start) ?? noSums())),
    ...(order === 'newest' && starts[0]! > earliest && { before: starts[0]! }),
    ...(after !== undefined && { after }),
  }
}

/** Builds a page of a range from a row with at least `limit` + 1 points, if there are as many; the extra point shows that another page exists. */
export const toPage = (row: RangeRow, { resolution, order }: Range, limit: number): PointsPage => {
  if (resolution !== 'raw') return toBuckets(row, { resolution, limit, order })
  const points = toPoints(rangeReadings(row))
  if (points.length <= limit) return { points }
  const page = order === 'oldest' ? points.slice(0, limit) : points.slice(-limit)
  return order === 'oldest' ? { points: page, after: page.at(-1)!.time + 1 } : { points: page, before: page[0]!.time }
}

/** Returns the readings of a requested range, which has both bounds. Its first and last chunk may contain others. */
const rangeReadings = ({ texts, from, to }: RangeRow): Readings => readingsIn(parseReadings(texts), from!, to!)

/** Points of the preset range `day`: as many as a chart of the width of a screen can show. */
const DAY_POINTS = 500

/** Returns the readings of the preset range `day`, sampled if there are more than a page contains, and downsampled. */
const dayPoints = (row: PresetRow): Point[] => {
  const readings = row.from === null || row.to === null ? parseReadings('[]') : readingsIn(parseColumns(row), row.from, row.to)
  return downsample(toPoints(readings.time.length > MAX_RANGE_POINTS ? sampleReadings(readings) : readings), DAY_POINTS)
}

/** Renders a preset range. Readings are downsampled, sums are complete. */
export const renderLast = (row: PresetRow, last: PresetRange, view: View): string => {
  const { resolution } = PRESET_RANGES[last]
  const points = resolution === 'raw' ? dayPoints(row) : toBuckets(row, { resolution, limit: MAX_RANGE_POINTS, order: 'newest' }).points
  return renderPoints(points, resolution, view)
}
