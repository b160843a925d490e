import type { Range } from './address.ts'
import type { Series } from './chart.ts'
import { counted, figure, gapInWords, moment } from './words.ts'

/** How the points of a chart came about, as X-Resolution says. */
export type Resolution = 'raw' | 'hour' | 'day'

const STEPS = { raw: '', hour: ', hour by hour', day: ', day by day' }

/** What a chart shows, as a title. */
export const titleOf = (range: Range, resolution: Resolution, zone: string): string => {
  if ('from' in range) return `${moment(range.from, zone)} to ${moment(range.to, zone)}${STEPS[resolution]}`
  if (range.last === undefined) return 'The newest readings'
  return {
    day: 'The last day',
    week: 'The last 7 days, hour by hour',
    month: 'The last 30 days, hour by hour',
    year: 'The last 365 days, day by day',
  }[range.last]
}

const SECONDS = { raw: 0, hour: 3600, day: 86_400 }

/** Whether the last sum is of an hour or a day that is not over: it is smaller than what will become of it. */
export const isOngoing = ({ time }: Series, resolution: Resolution): boolean =>
  resolution !== 'raw' && (time.at(-1) ?? 0) + SECONDS[resolution] > Date.now() / 1000

/** What the chart shows, in words. */
export const describe = (
  { time, sprocket_production_actual: actual, sprocket_production_goal: goal }: Series,
  zone: string,
  ongoing: boolean,
): string => {
  const known = time.filter((_, n) => actual[n] != null || goal[n] != null)
  if (known.length === 0) return 'There is no data in this range.'
  // As the summary counts: over the readings that have a goal, if any of them says what was made.
  const judged = time.map((_, n) => n).filter((n) => goal[n] != null)
  const isKnown = judged.some((n) => actual[n] != null)
  const [made, planned] = [actual, goal].map((column) => judged.reduce((total, n) => total + (column[n] ?? 0), 0)) as [number, number]
  const behind = judged.filter((n) => actual[n] != null && actual[n] < goal[n]!).length
  const figures = actual.filter((value) => value !== null)
  return [
    `${counted(known.length, 'point')} from ${moment(known[0]!, zone)} to ${moment(known.at(-1)!, zone)}.`,
    figures.length ? `Made between ${figure(Math.min(...figures))} and ${figure(Math.max(...figures))}.` : '',
    isKnown
      ? `${figure(made)} made of ${figure(planned)} planned, ${gapInWords(made - planned)}; behind goal at ${behind} of ${counted(judged.length, 'point')}.`
      : '',
    known.length < time.length ? `No data at ${counted(time.length - known.length, 'point')}.` : '',
    ongoing ? 'The last one is not over yet.' : '',
  ]
    .filter(Boolean)
    .join(' ')
}
