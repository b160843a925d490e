import type { OffsetPeriod } from '../local-time/time-zones.ts'

/**
 * Returns the first instant, in Unix seconds, at which the clock of a zone shows a local time or a later one. So a local time that does
 * not exist is the first instant after the gap, and one that exists twice is the first of both. Later local times are never earlier
 * instants, so shifts that do not overlap in local time do not overlap at all.
 * @param periods offset periods of one zone, in order and without gaps
 * @param localSeconds seconds from 1970-01-01 00:00 of the clock, as if every day had 24 hours
 */
export const toInstant = (periods: readonly OffsetPeriod[], localSeconds: number): number => {
  const period = periods.find(({ until, offset }) => localSeconds - offset < until)!
  return Math.max(period.start, localSeconds - period.offset)
}
