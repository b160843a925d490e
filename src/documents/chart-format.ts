import { bucketStarts } from '../rollups/time-zones.ts'
import { PRESET_RANGES, MAX_RANGE_POINTS } from '../queries/ranges.ts'
import type { PresetRange, Range, RangeRow } from '../queries/ranges.ts'
import { parsePoints, POINT_VALUES } from '../queries/points.ts'
import type { Point } from '../queries/points.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { parseOffsetPeriods } from '../rollups/sums.ts'
import { CHART_FIELDS, mapChartColumns, mapFields } from '../schemas/reading-fields.ts'
import { downsample } from './downsample.ts'

/** Formats of points. */
export const FORMATS = ['columns', 'rows', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** Returns the media type of a format (CSV: RFC 4180, RFC 7111). */
export const mediaTypeFor = (format: Format = 'columns'): string =>
  format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json'

/** Returns a time in ISO 8601, or an empty text outside the range of Date (275,000 years). */
const formatIso = (time: number) => (Math.abs(time) <= 8.64e12 ? new Date(1000 * time).toISOString().replace('.000Z', 'Z') : '')

/** Returns the CSV header. `iso_time` repeats `time` for spreadsheets. */
export const csvHeader = (resolution: Resolution): string => `time,iso_time,${POINT_VALUES[resolution].join(',')}\r\n`

/** Returns a line of CSV. No value ever needs quotes. */
export const csvLine = (point: Point, resolution: Resolution): string =>
  `${point.time},${formatIso(point.time)},${POINT_VALUES[resolution].map((name) => point[name] ?? '').join(',')}\r\n`

/** Renders points in order of time. Sums have `readings` and `goal_readings` in every format, readings have neither. */
export const renderPoints = (points: readonly Point[], resolution: Resolution, format: Format = 'columns'): string => {
  if (format === 'csv') return csvHeader(resolution) + points.map((point) => csvLine(point, resolution)).join('')
  if (format === 'rows') return JSON.stringify(points)
  return JSON.stringify({
    ...mapChartColumns((name) => points.map((point) => point[name])),
    time: points.map(({ time }) => time),
    ...(resolution !== 'raw' && {
      readings: points.map(({ readings }) => readings),
      goal_readings: points.map((point) => point.goal_readings),
    }),
  })
}

/** A page of points. `before` is the `to` of the page of older points, `after` the `from` of the page of newer points. */
export interface PointsPage {
  points: Point[]
  before?: number
  after?: number
}

/** The longest buckets, in seconds. One date lasted two days in Alaska in 1867, when the clocks went back by 24 hours. */
const MAX_SECONDS = { hour: 3_600, day: 172_800 } as const

const emptySum = (time: number): Point => ({ time, ...mapFields(CHART_FIELDS, () => null), readings: 0, goal_readings: 0 })

/**
 * Adds the buckets without a reading between the first and the last reading of the series. Their sums are unknown, so null.
 * Returns at most `limit` buckets, and where the next page starts.
 */
const fillGaps = (
  { from, to, first, last, offsetPeriods }: RangeRow,
  sums: Point[],
  { resolution, limit, order }: { resolution: 'hour' | 'day'; limit: number; order: Range['order'] },
): PointsPage => {
  if (first === null || last === null || from === null || to === null) return { points: [] }
  const sumsByStart = new Map(sums.map((point) => [point.time, point]))
  const [earliest, latest] = [Math.max(first, from), Math.min(last, to - 1)]
  let starts: number[] = []
  for (const start of bucketStarts(
    parseOffsetPeriods(offsetPeriods),
    resolution,
    order === 'oldest' ? earliest : Math.max(earliest, latest - limit * MAX_SECONDS[resolution]),
  )) {
    if (start > latest) break
    starts.push(start)
    if (order === 'oldest' && starts.length > limit) break
  }
  const after = order === 'oldest' ? starts[limit] : undefined
  starts = order === 'oldest' ? starts.slice(0, limit) : starts.slice(-limit)
  return {
    points: starts.map((start) => sumsByStart.get(start) ?? emptySum(start)),
    ...(order === 'newest' && starts[0]! > earliest && { before: starts[0]! }),
    ...(after !== undefined && { after }),
  }
}

/** Builds a page of a range from a row with up to `limit` + 1 points; the extra point shows that another page exists. */
export const toPage = (row: RangeRow, { resolution, order }: Range, limit: number): PointsPage => {
  const selected = parsePoints(row.points, resolution)
  if (resolution !== 'raw') return fillGaps(row, selected, { resolution, limit, order })
  if (selected.length <= limit) return { points: selected }
  const points = order === 'oldest' ? selected.slice(0, limit) : selected.slice(-limit)
  return order === 'oldest' ? { points, after: points.at(-1)!.time + 1 } : { points, before: points[0]!.time }
}

/** Points of the preset range `day`: as many as a chart of the width of a screen can show. */
const DAY_POINTS = 500

/** Renders a preset range. Readings are downsampled, sums are complete. */
export const renderLast = (row: RangeRow, last: PresetRange, format: Format | undefined): string => {
  const { resolution } = PRESET_RANGES[last]
  const selected = parsePoints(row.points, resolution)
  const points =
    resolution === 'raw'
      ? downsample(selected, DAY_POINTS)
      : fillGaps(row, selected, { resolution, limit: MAX_RANGE_POINTS, order: 'newest' }).points
  return renderPoints(points, resolution, format)
}
