import { bucketStarts } from '../rollups/time-zones.ts'
import { PRESET_RANGES, MAX_RANGE_POINTS } from '../queries/ranges.ts'
import type { PresetRange, Range, RangeRow, Resolution } from '../queries/ranges.ts'
import { parseOffsetPeriods } from '../rollups/sums.ts'
import { downsample } from './downsample.ts'
import type { Point } from './downsample.ts'

/** How points are written down. */
export const FORMATS = ['columns', 'rows', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** What a format is to HTTP (CSV: RFC 4180, RFC 7111). */
export const mediaTypeFor = (format: Format = 'columns'): string =>
  format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json'

const MEMBERS = ['time', 'actual', 'goal', 'readings', 'goal_readings'] as const

/** A time in ISO 8601, or nothing for one beyond the calendar of JavaScript, 275,000 years away. */
const isoOf = (time: number) => (Math.abs(time) <= 8.64e12 ? new Date(1000 * time).toISOString().replace('.000Z', 'Z') : '')

/** The header of CSV; `iso_time` repeats `time` for spreadsheets. */
export const csvHeader = (resolution: Resolution): string =>
  `time,iso_time,actual,goal${resolution === 'raw' ? '' : ',readings,goal_readings'}\r\n`

/** A line of CSV. Nothing in it ever needs quotes. */
export const csvLine = ([time, ...figures]: Point): string =>
  `${time},${isoOf(time)},${figures.map((figure) => figure ?? '').join(',')}\r\n`

/** Writes points in order of time. Sums have `readings` and `goal_readings` in every format; readings never do. */
export const renderPoints = (points: readonly Point[], resolution: Resolution, format: Format = 'columns'): string => {
  if (format === 'csv') return csvHeader(resolution) + points.map(csvLine).join('')
  if (format === 'rows') return JSON.stringify(points.map((point) => Object.fromEntries(point.map((value, at) => [MEMBERS[at]!, value]))))
  return JSON.stringify({
    sprocket_production_actual: points.map(([, actual]) => actual),
    sprocket_production_goal: points.map(([, , goal]) => goal),
    time: points.map(([time]) => time),
    ...(resolution !== 'raw' && {
      readings: points.map(([, , , readings]) => readings),
      goal_readings: points.map(([, , , , goalReadings]) => goalReadings),
    }),
  })
}

/** Points of a range, and where the range goes on: the time that is the next page's `to`, or its `from`. */
export interface PointsPage {
  points: Point[]
  before?: number
  after?: number
}

/** The longest buckets, in seconds. A date lasted two days in Alaska in 1867, where the clocks went back by 24 hours. */
const LONGEST = { hour: 3_600, day: 172_800 } as const

/**
 * Puts the buckets between that have no reading: theirs is not known, so null. Before the first and after the last reading of
 * the series there are none. Of all at most `limit`, and where more begin.
 */
const fillGaps = (
  { from, to, first, last, offsetPeriods }: RangeRow,
  found: Point[],
  { resolution, limit, order }: { resolution: 'hour' | 'day'; limit: number; order: Range['order'] },
): PointsPage => {
  if (first === null || last === null || from === null || to === null) return { points: [] }
  const known = new Map(found.map((point) => [point[0], point]))
  const [low, high] = [Math.max(first, from), Math.min(last, to - 1)]
  let starts: number[] = []
  for (const start of bucketStarts(
    parseOffsetPeriods(offsetPeriods),
    resolution,
    order === 'oldest' ? low : Math.max(low, high - limit * LONGEST[resolution]),
  )) {
    if (start > high) break
    starts.push(start)
    if (order === 'oldest' && starts.length > limit) break
  }
  const after = order === 'oldest' ? starts[limit] : undefined
  starts = order === 'oldest' ? starts.slice(0, limit) : starts.slice(-limit)
  return {
    points: starts.map((start) => known.get(start) ?? [start, null, null, 0, 0]),
    ...(order === 'newest' && starts[0]! > low && { before: starts[0]! }),
    ...(after !== undefined && { after }),
  }
}

/** A page of a range, whose row was read with one point more than the page may have. */
export const toPage = (row: RangeRow, { resolution, order }: Range, limit: number): PointsPage => {
  const found = JSON.parse(row.points) as Point[]
  if (resolution !== 'raw') return fillGaps(row, found, { resolution, limit, order })
  if (found.length <= limit) return { points: found }
  const points = order === 'oldest' ? found.slice(0, limit) : found.slice(-limit)
  return order === 'oldest' ? { points, after: points.at(-1)![0] + 1 } : { points, before: points[0]![0] }
}

/** Points of a day of readings: as many as a chart a screen wide can show. */
const DAY_POINTS = 500

/** One of the commonest ranges. */
export const renderLast = (row: RangeRow, last: PresetRange, format: Format | undefined): string => {
  const { resolution } = PRESET_RANGES[last]
  const found = JSON.parse(row.points) as Point[]
  const points =
    resolution === 'raw'
      ? downsample(found, DAY_POINTS)
      : fillGaps(row, found, { resolution, limit: MAX_RANGE_POINTS, order: 'newest' }).points
  return renderPoints(points, resolution, format)
}
