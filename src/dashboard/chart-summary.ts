import type { Reads } from '../client/operations.ts'
import type { Range } from './view-url.ts'
import { describeMissing, findUsualRate } from './completeness.ts'
import type { Counted } from './completeness.ts'
import type { Series } from './series.ts'
import { counted, formatNumber, gapInWords, formatTime } from './format.ts'

/** How the points of a chart came about, as X-Resolution says. */
export type Resolution = 'raw' | 'hour' | 'day'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** A series as it is shown. */
export interface Shown {
  series: Series
  resolution: Resolution
  zone: string
  /** True if the range has more readings than these. */
  isSample: boolean
  /** True if the range goes on after the last of these. */
  isCut: boolean
  /** The sum of the range where these are a sample and it is known. */
  total?: Total | undefined
}

const STEPS = { raw: '', hour: ', hour by hour', day: ', day by day' }
const UNITS = { raw: 'reading', hour: 'hour', day: 'day' }
const SECONDS = { raw: 0, hour: 3600, day: 86_400 }

/** What a chart shows, as a title. */
export const titleOf = (range: Range, resolution: Resolution, zone: string): string => {
  if ('from' in range) return `${formatTime(range.from, zone)} to ${formatTime(range.to, zone)} (${zone})${STEPS[resolution]}`
  if (range.last === undefined) return 'The newest readings'
  return {
    day: 'The last day',
    week: 'The last 7 days, hour by hour',
    month: 'The last 30 days, hour by hour',
    year: 'The last 365 days, day by day',
  }[range.last]
}

/** Whether the last sum is of an hour or a day that is not over: it is smaller than what will become of it. */
export const isOngoing = ({ time }: Series, resolution: Resolution): boolean =>
  resolution !== 'raw' && (time.at(-1) ?? 0) + SECONDS[resolution] > Date.now() / 1000

/** Actual less goal of a point; null where one is unknown, and for a sum in which some readings have no goal. */
export const computeGap = ({ readings, goal_readings, ...series }: Series, n: number): number | null => {
  const [actual, goal] = [series.sprocket_production_actual[n] ?? null, series.sprocket_production_goal[n] ?? null]
  return actual === null || goal === null || readings?.[n] !== goal_readings?.[n] ? null : actual - goal
}

/** Describes for each sum what is missing of its readings; nothing of one that is not over, or of readings. */
export const describeMissingReadings = ({ series, resolution }: Shown): (string | undefined)[] => {
  const { time, readings } = series
  if (!readings) return time.map(() => undefined)
  const stretches = time.map((start, n): Counted => ({
    readings: readings[n]!,
    seconds: (time[n + 1] ?? start + SECONDS[resolution]) - start,
  }))
  const rate = findUsualRate(stretches)
  const ongoing = isOngoing(series, resolution)
  return stretches.map((stretch, n) => (ongoing && n === time.length - 1 ? undefined : describeMissing(stretch, rate)))
}

/** The sum of a whole range: of what is shown, or of what a sample was taken from. Undefined without a goal to compare with. */
const describeTotal = ({ series, resolution, isSample, total }: Shown): string => {
  if (isSample) {
    if (!total || total.gap === null || total.goal === null) return ''
    return `All of them together: ${formatNumber(total.goal + total.gap)} made of ${formatNumber(total.goal)} planned, ${gapInWords(total.gap)}.`
  }
  const gaps = series.time.map((_, n) => computeGap(series, n))
  const judged = [...gaps.keys()].filter((n) => gaps[n] !== null)
  if (judged.length === 0) return ''
  const planned = judged.reduce((sum, n) => sum + series.sprocket_production_goal[n]!, 0)
  const gap = judged.reduce((sum, n) => sum + gaps[n]!, 0)
  const behind = judged.filter((n) => gaps[n]! < 0).length
  const units = counted(judged.length, UNITS[resolution])
  return `${formatNumber(planned + gap)} made of ${formatNumber(planned)} planned, ${gapInWords(gap)}; behind goal in ${behind} of ${units} with a goal.`
}

/** What the chart shows, in words. Figures of a sample are not added up, and its extremes are not those of the range. */
export const describe = (shown: Shown): string => {
  const { series, resolution, zone, isSample, isCut, total } = shown
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const known = time.filter((_, n) => actual[n] != null || goal[n] != null)
  if (known.length === 0) return 'There is no data in this range.'
  const figures = actual.filter((value) => value !== null)
  const unit = UNITS[resolution]
  const missing = describeMissingReadings(shown).filter(Boolean).length
  const of = total ? ` of ${counted(total.readings, 'reading')}` : ''
  return [
    isSample ? `A sample of ${formatNumber(known.length)}${of || ' readings'}` : counted(known.length, unit),
    ` from ${formatTime(known[0]!, zone)} to ${formatTime(known.at(-1)!, zone)} (${zone}).`,
    figures.length && !isSample ? ` Made between ${formatNumber(Math.min(...figures))} and ${formatNumber(Math.max(...figures))}.` : '',
    ` ${describeTotal(shown)}`,
    known.length < time.length ? ` No data in ${counted(time.length - known.length, unit)}.` : '',
    missing ? ` Readings are missing in ${counted(missing, unit)}.` : '',
    isOngoing(series, resolution) ? ` The last ${unit} is not over yet.` : '',
    isCut ? ` The range has more ${unit}s than fit; these are the first.` : '',
  ]
    .join('')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
}
