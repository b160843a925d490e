import { LIMITS } from './limits.ts'

/** Units of Unix time per second, coarsest unit first. */
export const PER_SECOND = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 } as const
export type Unit = keyof typeof PER_SECOND

/** The values of the query parameter `precision`. */
export const UNITS = Object.keys(PER_SECOND) as Unit[]
const NAMES: Record<Unit, string> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' }

/**
 * Timestamps between 2000 and 2100 are plausible. The end of the span is less than five times its beginning and the next unit is
 * 1,000 times finer, so no value is plausible in two units.
 */
const YEAR_2000 = Date.UTC(2000, 0) / 1000
const YEAR_2100 = Date.UTC(2100, 0) / 1000
/** The first second that RFC 3339 cannot represent. */
const YEAR_10000 = Date.UTC(10_000, 0) / 1000

const isPlausible = (value: number, unit: Unit): boolean => {
  const seconds = value / PER_SECOND[unit]
  return seconds >= YEAR_2000 && seconds < YEAR_2100
}

/** Returns the probable unit of a timestamp; undefined if that is `unit` or cannot be determined. */
const findLikelyUnit = (value: number, unit: Unit): Unit | undefined => {
  if (isPlausible(value, unit)) return undefined
  const plausible = UNITS.find((other) => isPlausible(value, other))
  if (plausible !== undefined || value / PER_SECOND[unit] < YEAR_10000) return plausible
  return UNITS.find((other) => value / PER_SECOND[other] < YEAR_10000)
}

/**
 * Returns the message for a timestamp that looks like another unit; undefined if it does not.
 * @param unit the expected unit
 * @param advice returns an alternative remedy for the likely unit
 */
export const describeWrongUnit = (value: number, unit: Unit = 's', advice?: (likely: Unit) => string): string | undefined => {
  const likely = findLikelyUnit(value, unit)
  if (likely === undefined) return undefined
  return `This looks like ${NAMES[likely]}; send ${NAMES[unit]}${advice ? ` or ${advice(likely)}` : ''}.`
}

/**
 * Returns the message for a time in another unit or too far in the future; undefined for a valid time.
 * @param time Unix seconds
 * @param now Unix milliseconds
 */
export const findTimeError = (time: number, now: number): string | undefined => {
  const wrongUnit = describeWrongUnit(time)
  if (wrongUnit !== undefined) return wrongUnit
  return time > now / 1000 + LIMITS.aheadSeconds
    ? `More than ${LIMITS.aheadSeconds / 60} minutes in the future. Check the clock of the device.`
    : undefined
}
