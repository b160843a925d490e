import type { FieldError } from '../errors.ts'
import { formatDay, parseDay } from '../schemas/dates.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { WEEKDAYS } from '../schemas/weekdays.ts'
import { createShiftFinder, DAY_MINUTES, shiftsOnWeekday } from './planned-shifts.ts'
import type { LocalSpan, PlannedShift } from './planned-shifts.ts'

/** The shifts that start on a day, in order of time, and those of the day before. A shift lasts at most 24 hours. */
interface TwoDays {
  /** The weekdays or the dates of the day and of the next one, for messages. */
  names: [name: string, next: string]
  before: PlannedShift[]
  shifts: PlannedShift[]
}

const formatTime = (minutes: number) =>
  [Math.floor((minutes % DAY_MINUTES) / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

/**
 * Returns advice that removes an overlap without a new one, because it shortens a shift. A later start on the next day would need other
 * days too, so it is not suggested. Neither of two shifts can be shortened if both start at once and the other one ends later.
 */
const advise = (shift: LocalSpan, other: LocalSpan): string => {
  const later = `Send a start of ${formatTime(other.end)} or later`
  const canStartLater = other.end < Math.min(shift.end, DAY_MINUTES)
  if (other.start === shift.start)
    return canStartLater ? `${later}, or leave one of them out.` : 'Leave one of them out, or send other times.'
  const earlier = `nd the other shift at ${formatTime(shift.start)} or earlier.`
  return canStartLater ? `${later}, or e${earlier}` : `E${earlier}`
}

/** Returns an error for each shift of a day that starts before an earlier shift ends, and for one shift too many. */
const findOverlaps = ({ names, before, shifts }: TwoDays): FieldError[] => {
  const excess = shifts[LIMITS.dayShifts]
  const errors: FieldError[] = []
  let latest: PlannedShift | undefined
  for (const shift of before) if (!latest || shift.end > latest.end) latest = shift
  let other = latest && { start: latest.start - DAY_MINUTES, end: latest.end - DAY_MINUTES, pointer: latest.pointer }
  for (const shift of shifts) {
    if (other && shift.start < other.end) {
      const day = names[other.end < DAY_MINUTES ? 0 : 1]
      const detail = `Overlaps ${other.pointer}, which ends at ${formatTime(other.end)} on ${day}. ${advise(shift, other)}`
      errors.push({ pointer: shift.pointer, detail })
    }
    if (!other || shift.end > other.end) other = shift
  }
  return [
    ...errors,
    ...(excess ? [{ pointer: excess.pointer, detail: `More than ${LIMITS.dayShifts} shifts start on ${names[0]}. Send fewer.` }] : []),
  ]
}

/** Returns the days of the week of each version. The last day of a week precedes the first one. */
const weekDays = ({ versions }: Schedule): TwoDays[] =>
  versions.flatMap((version, index) => {
    const shiftsOf = (day: number) => shiftsOnWeekday(version, WEEKDAYS[day % 7]!, `#/versions/${index}`)
    return WEEKDAYS.map((name, day) => ({ names: [name, WEEKDAYS[(day + 1) % 7]!], before: shiftsOf(day + 6), shifts: shiftsOf(day) }))
  })

/** Returns the dates whose shifts differ from those of the week: the first date of a version, and each exception with the day after. */
const specialDays = (schedule: Schedule): TwoDays[] => {
  const days = [
    ...schedule.versions.map(({ valid_from }) => parseDay(valid_from)!),
    ...schedule.exceptions.flatMap(({ date }) => [parseDay(date)!, parseDay(date)! + 1]),
  ]
  const shiftsOn = createShiftFinder(schedule)
  return days.map((day) => ({ names: [formatDay(day), formatDay(day + 1)], before: shiftsOn(day - 1), shifts: shiftsOn(day) }))
}

/** Returns an error for each shift that overlaps an earlier one: in a week, at the border of two versions, or around an exception. */
export const findOverlapErrors = (schedule: Schedule): FieldError[] => {
  const errors = [...weekDays(schedule), ...specialDays(schedule)].flatMap(findOverlaps)
  return Array.from(Map.groupBy(errors, ({ pointer }) => pointer).values(), ([first]) => first!)
}
