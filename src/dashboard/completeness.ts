/** Which hours and days lack readings: goals come with readings, so attainment alone does not show it. */

/** Part of the usual readings below which an hour or a day is marked: devices skip one now and then. */
const LEAST_PART = 0.9

/** An hour or a day, or any other stretch of time with readings in it. */
export interface Counted {
  readings: number
  seconds: number
}

/** Finds how many readings a second are usual: the median of the stretches that have any. */
export const findUsualRate = (stretches: Counted[]): number => {
  const rates = stretches
    .filter(({ readings }) => readings > 0)
    .map(({ readings, seconds }) => readings / seconds)
    .toSorted((a, b) => a - b)
  return rates[rates.length >> 1] ?? 0
}

/** Says that a stretch has only part of its usual readings, such as "30 of about 60"; undefined if it has them, or none at all. */
export const describeMissing = ({ readings, seconds }: Counted, usualRate: number): string | undefined => {
  const usual = Math.round(usualRate * seconds)
  return readings > 0 && readings < usual && readings < LEAST_PART * usualRate * seconds
    ? `${readings.toLocaleString('en')} of about ${usual.toLocaleString('en')}`
    : undefined
}

/** Stands before what is incomplete, with a word for those who listen. */
export const INCOMPLETE_SIGN = '◐'
