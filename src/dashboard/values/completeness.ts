import { texts } from '../texts/values.ts'
import { formatNumber } from './numbers.ts'

/** Finds hours and days that lack readings. Goals arrive with readings, so attainment alone does not show missing ones. */

/** Share of the usual readings below which an hour or a day is marked. It is less than 1, because devices skip single readings. */
const MIN_SHARE = 0.9

/** The number of readings in an interval, such as an hour or a day. */
export interface ReadingCount {
  readings: number
  seconds: number
}

/** Returns the usual number of readings per second: the median of the intervals that have readings. */
export const findUsualRate = (intervals: ReadingCount[]): number => {
  const rates = intervals
    .filter(({ readings }) => readings > 0)
    .map(({ readings, seconds }) => readings / seconds)
    .toSorted((a, b) => a - b)
  return rates[rates.length >> 1] ?? 0
}

/** Describes missing readings of an interval, such as "30 of about 60". Returns undefined if it has the usual readings, or no readings. */
export const describeMissing = ({ readings, seconds }: ReadingCount, usualRate: number): string | undefined => {
  const usual = Math.round(usualRate * seconds)
  return readings > 0 && readings < usual && readings < MIN_SHARE * usualRate * seconds
    ? texts.ofUsual(formatNumber(readings), formatNumber(usual))
    : undefined
}

/** Marks incomplete sums, next to the word "incomplete" for screen readers. */
export const INCOMPLETE_SIGN = '◐'
