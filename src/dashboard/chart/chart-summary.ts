import type { Last, Range } from '../page/view-url.ts'
import { describeMissing, findUsualRate } from '../values/completeness.ts'
import type { ReadingCount } from '../values/completeness.ts'
import type { Series } from './series.ts'
import { describeGap, formatTime } from '../values/format.ts'
import { formatNumber } from '../values/numbers.ts'
import type { Resolution } from '../../schemas/resolutions.ts'
import { texts } from '../texts/chart.ts'
import { texts as valueTexts } from '../texts/values.ts'

/** The data of a chart and of its description: a series, its resolution and its time zone. */
export interface ChartData {
  series: Series
  resolution: Resolution
  zone: string
  /** True if the series is a selection of the readings of the range. */
  isSample: boolean
  /** True if the range continues after the last point, because a response holds a limited number of points. */
  isCut: boolean
}

const SECONDS = { raw: 0, hour: 3600, day: 86_400 }

const TITLES: Partial<Record<Last, string>> = texts.title

/** Returns the title of the chart of a range that is neither a shift nor a day. */
export const formatChartTitle = (range: Range, resolution: Resolution, zone: string): string => {
  if ('from' in range)
    return `${valueTexts.span(formatTime(range.from, zone), formatTime(range.to, zone))} (${zone})${texts.steps[resolution]}`
  return TITLES[range.last ?? 'newest'] ?? texts.title.newest
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

/**
 * Describes the sum of all points. The goal of an hour may have a fraction, so it is rounded after the sum. Returns an empty string
 * without a goal.
 */
const describeTotal = ({ series, resolution }: ChartData): string => {
  const gaps = series.time.map((_, n) => computeGap(series, n))
  const withGoal = [...gaps.keys()].filter((n) => gaps[n] !== null)
  if (withGoal.length === 0) return ''
  const made = withGoal.reduce((sum, n) => sum + series.sprocket_production_actual[n]!, 0)
  const planned = Math.round(withGoal.reduce((sum, n) => sum + series.sprocket_production_goal[n]!, 0))
  const behind = withGoal.filter((n) => Math.round(gaps[n]!) < 0).length
  return texts.total(formatNumber(made), formatNumber(planned), describeGap(made - planned), behind, withGoal.length, resolution)
}

/** Describes a chart in words. For a sample, it names neither sums nor extremes of the points, because they are not those of the range. */
export const describeChart = (chart: ChartData): string => {
  const { series, resolution, zone, isSample, isCut } = chart
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const known = time.filter((_, n) => actual[n] != null || goal[n] != null)
  if (known.length === 0) return texts.noData
  const values = actual.filter((value) => value !== null)
  const missing = describeMissingReadings(chart).filter(Boolean).length
  const shown = formatNumber(known.length)
  return [
    texts.extent(
      isSample ? texts.sample(shown) : texts.points(known.length, resolution),
      formatTime(known[0]!, zone),
      formatTime(known.at(-1)!, zone),
      zone,
    ),
    values.length && !isSample ? texts.madeBetween(formatNumber(Math.min(...values)), formatNumber(Math.max(...values))) : '',
    isSample ? '' : describeTotal(chart),
    known.length < time.length ? texts.noDataIn(time.length - known.length, resolution) : '',
    missing ? texts.missingIn(missing, resolution) : '',
    isOngoing(series, resolution) ? texts.notOver(resolution) : '',
    isCut ? texts.cut(resolution) : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}
