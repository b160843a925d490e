import type { Reads } from '../../client/operations.ts'
import type { Last, Range } from '../page/view-url.ts'
import { describeMissing, findUsualRate } from '../values/completeness.ts'
import type { ReadingCount } from '../values/completeness.ts'
import type { Series } from './series.ts'
import { formatCount, formatNumber, describeGap, formatTime } from '../values/format.ts'
import type { Resolution } from '../../schemas/resolutions.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** The data of a chart and of its description: a series, its resolution, time zone and totals. */
export interface ChartData {
  series: Series
  resolution: Resolution
  zone: string
  /** True if the series is a selection of the readings of the range. */
  isSample: boolean
  /** True if the range continues after the last point, because a response holds a limited number of points. */
  isCut: boolean
  /** The sum of the whole range, if the series is a sample and the sum is known. */
  total?: Total | undefined
}

const STEPS = { raw: '', hour: ', hour by hour', day: ', day by day' }
const UNITS = { raw: 'reading', hour: 'hour', day: 'day' }
const SECONDS = { raw: 0, hour: 3600, day: 86_400 }

const TITLES: Partial<Record<Last, string>> & { newest: string } = {
  week: 'The last 7 days, hour by hour',
  month: 'The last 30 days, hour by hour',
  year: 'The last 365 days, day by day',
  newest: 'The newest readings',
}

/** Returns the title of the chart of a range that is neither a shift nor a day. */
export const formatChartTitle = (range: Range, resolution: Resolution, zone: string): string => {
  if ('from' in range) return `${formatTime(range.from, zone)} to ${formatTime(range.to, zone)} (${zone})${STEPS[resolution]}`
  return TITLES[range.last ?? 'newest'] ?? TITLES.newest
}

/** True if the last point is the sum of an hour or a day that has not ended, so the sum will still grow. */
export const isOngoing = ({ time }: Series, resolution: Resolution): boolean =>
  resolution !== 'raw' && (time.at(-1) ?? 0) + SECONDS[resolution] > Date.now() / 1000

/** Returns actual minus goal of a point. Returns null if either is unknown, or if some readings of the sum have no goal. */
export const computeGap = ({ readings, goal_readings, ...series }: Series, n: number): number | null => {
  const [actual, goal] = [series.sprocket_production_actual[n] ?? null, series.sprocket_production_goal[n] ?? null]
  return actual === null || goal === null || readings?.[n] !== goal_readings?.[n] ? null : actual - goal
}

/** Describes the missing readings of each sum. Complete sums, a sum that has not ended, and readings have no description. */
export const describeMissingReadings = ({ series, resolution }: ChartData): (string | undefined)[] => {
  const { time, readings } = series
  if (!readings) return time.map(() => undefined)
  const intervals = time.map((start, n): ReadingCount => ({
    readings: readings[n]!,
    seconds: (time[n + 1] ?? start + SECONDS[resolution]) - start,
  }))
  const rate = findUsualRate(intervals)
  const ongoing = isOngoing(series, resolution)
  return intervals.map((interval, n) => (ongoing && n === time.length - 1 ? undefined : describeMissing(interval, rate)))
}

/** Describes the sum of the whole range: of all points, or of the readings behind a sample. Returns an empty string without a goal. */
const describeTotal = ({ series, resolution, isSample, total }: ChartData): string => {
  if (isSample) {
    if (!total || total.gap === null || total.goal === null) return ''
    return `All readings: ${formatNumber(total.goal + total.gap)} made of ${formatNumber(total.goal)} planned, ${describeGap(total.gap)}.`
  }
  const gaps = series.time.map((_, n) => computeGap(series, n))
  const withGoal = [...gaps.keys()].filter((n) => gaps[n] !== null)
  if (withGoal.length === 0) return ''
  const planned = withGoal.reduce((sum, n) => sum + series.sprocket_production_goal[n]!, 0)
  const gap = withGoal.reduce((sum, n) => sum + gaps[n]!, 0)
  const behind = withGoal.filter((n) => gaps[n]! < 0).length
  const units = formatCount(withGoal.length, UNITS[resolution])
  return `${formatNumber(planned + gap)} made of ${formatNumber(planned)} planned, ${describeGap(gap)}; behind goal in ${behind} of ${units} with a goal.`
}

/** Describes a chart in words. For a sample, it names neither sums nor extremes of the points, because they are not those of the range. */
export const describeChart = (chart: ChartData): string => {
  const { series, resolution, zone, isSample, isCut, total } = chart
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const known = time.filter((_, n) => actual[n] != null || goal[n] != null)
  if (known.length === 0) return 'There is no data in this range.'
  const values = actual.filter((value) => value !== null)
  const unit = UNITS[resolution]
  const missing = describeMissingReadings(chart).filter(Boolean).length
  const of = total ? ` of ${formatCount(total.readings, 'reading')}` : ''
  return [
    isSample ? `A sample of ${formatNumber(known.length)}${of || ' readings'}` : formatCount(known.length, unit),
    ` from ${formatTime(known[0]!, zone)} to ${formatTime(known.at(-1)!, zone)} (${zone}).`,
    values.length && !isSample ? ` Made between ${formatNumber(Math.min(...values))} and ${formatNumber(Math.max(...values))}.` : '',
    ` ${describeTotal(chart)}`,
    known.length < time.length ? ` No data in ${formatCount(time.length - known.length, unit)}.` : '',
    missing ? ` Readings are missing in ${formatCount(missing, unit)}.` : '',
    isOngoing(series, resolution) ? ` The last ${unit} is not over yet.` : '',
    isCut ? ` The range has more ${unit}s than the chart shows; these are the first.` : '',
  ]
    .join('')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
}
