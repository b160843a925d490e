import { DAY_SECONDS, LONGEST_SECONDS } from '../local-time/time-zones.ts'
import type { OffsetPeriod } from '../local-time/time-zones.ts'
import { formatDay, LAST_DAY } from '../schemas/dates.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { createShiftFinder } from './planned-shifts.ts'
import type { LocalSpan, PlannedShift } from './planned-shifts.ts'

/** A half-open span `[from, to)` in Unix seconds. */
export interface Span {
  from: number
  to: number
}

/** A shift of one date. */
export interface ShiftOccurrence extends Span {
  /** The production date: the local date on which the shift starts. */
  date: string
  name: string
  /** In order of time. */
  breaks: Span[]
  /** Seconds of the shift without its breaks. */
  planned_seconds: number
  target: number | null
}

/** The largest distance of local midnight from midnight UTC: 16 hours, in Manila before 1845. */
const LARGEST_OFFSET = 16 * 3_600

/** Returns the seconds of a span that no break contains. Breaks do not overlap. */
export const plannedSeconds = (breaks: readonly Span[], { from, to }: Span): number =>
  breaks.reduce((seconds, rest) => seconds - Math.max(0, Math.min(rest.to, to) - Math.max(rest.from, from)), to - from)

/**
 * Returns the first instant, in Unix seconds, at which the clock of a zone shows a local time or a later one. So a local time that does
 * not exist is the first instant after the gap, and one that exists twice is the first of both. Later local times are never earlier
 * instants, so shifts that do not overlap in local time do not overlap at all.
 * @param periods offset periods of one zone, in order and without gaps
 * @param localSeconds seconds from 1970-01-01 00:00 of the clock, as if every day had 24 hours
 */
const toInstant = (periods: readonly OffsetPeriod[], localSeconds: number): number => {
  const period = periods.find(({ until, offset }) => localSeconds - offset < until)!
  return Math.max(period.start, localSeconds - period.offset)
}

/** Returns the shifts of a day that have a part in a span. A shift may be empty if clocks go forward. */
const toOccurrences = (periods: readonly OffsetPeriod[], day: number, planned: readonly PlannedShift[], { from, to }: Span) => {
  const toSpan = ({ start, end }: LocalSpan): Span => ({
    from: toInstant(periods, day * DAY_SECONDS + start * 60),
    to: toInstant(periods, day * DAY_SECONDS + end * 60),
  })
  return planned.flatMap((shift): ShiftOccurrence[] => {
    const span = toSpan(shift)
    if (span.from >= span.to || span.from >= to || span.to <= from) return []
    const breaks = shift.breaks.map(toSpan).toSorted((a, b) => a.from - b.from)
    return [
      { date: formatDay(day), name: shift.name, ...span, breaks, planned_seconds: plannedSeconds(breaks, span), target: shift.target },
    ]
  })
}

/** Returns a span that contains every shift of a date in any zone. */
export const spanOfDay = (day: number): Span => ({
  from: day * DAY_SECONDS - LARGEST_OFFSET,
  to: (day + 1) * DAY_SECONDS + LARGEST_OFFSET + LONGEST_SECONDS.day,
})

/**
 * Returns the shifts that have a part in a span, in order of time. A shift that no instant belongs to is left out, such as one at night
 * that is as short as the gap of a clock change.
 * @param periods offset periods of the factory's zone, in order and without gaps, from `spanOfDay` of the first date on
 */
export const findOccurrences = (schedule: Schedule, periods: readonly OffsetPeriod[], span: Span): ShiftOccurrence[] => {
  const shiftsOn = createShiftFinder(schedule)
  const reach = LARGEST_OFFSET + LONGEST_SECONDS.day
  const first = Math.floor((span.from - reach) / DAY_SECONDS)
  const last = Math.min(Math.floor((span.to + LARGEST_OFFSET) / DAY_SECONDS), LAST_DAY)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index).flatMap((day) =>
    toOccurrences(periods, day, shiftsOn(day), span),
  )
}
