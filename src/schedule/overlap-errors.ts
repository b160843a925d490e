import type { FieldError } from '../errors.ts'
import { formatDay, parseDay } from '../schemas/dates.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { WEEKDAYS } from '../schemas/weekdays.ts'
import { createShiftFinder, DAY_MINUTES, shiftsOnWeekday } from './planned-shifts.ts'
import type { PlannedShift } from './planned-shifts.ts'

/** The shifts that start on a day, in order of time, and those of the day before. A shift lasts at most 24 hours. */
interface TwoDays {
  /** The weekday or the date, for messages. */
  name: string
  before: PlannedShift[]
  shifts: PlannedShift[]
}

const formatTime = (minutes: number) =>
  [Math.floor((minutes % DAY_MINUTES) / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

/** Returns an error for each shift of a day that starts before an earlier shift ends, and for one shift too many. */
const findOverlaps = ({ name, before, shifts }: TwoDays): FieldError[] => {
  const excess = shifts[LIMITS.dayShifts]
  let { end, pointer } = before.reduce((latest, shift) => (shift.end > latest.end ? shift : latest), { end: 0, pointer: '' })
  end -= DAY_MINUTES
  const errors: FieldError[] = []
  for (const shift of shifts) {
    if (shift.start < end) {
      const time = formatTime(end)
      const detail = `Overlaps ${pointer}, which ends at ${time} on ${name}. Send a start of ${time} or later, or end the other shift earlier.`
      errors.push({ pointer: shift.pointer, detail })
    }
    if (shift.end > end) ({ end, pointer } = shift)
  }
  return [
    ...errors,
    ...(excess ? [{ pointer: excess.pointer, detail: `More than ${LIMITS.dayShifts} shifts start on ${name}. Send fewer.` }] : []),
  ]
}

/** Returns the days of the week of each version. The last day of a week precedes the first one. */
const weekDays = ({ versions }: Schedule): TwoDays[] =>
  versions.flatMap((version, index) => {
    const shiftsOf = (day: number) => shiftsOnWeekday(version, WEEKDAYS[day % 7]!, `#/versions/${index}`)
    return WEEKDAYS.map((name, day) => ({ name, before: shiftsOf(day + 6), shifts: shiftsOf(day) }))
  })

/** Returns the dates whose shifts differ from those of the week: the first date of a version, and each exception with the day after. */
const specialDays = (schedule: Schedule): TwoDays[] => {
  const days = [
    ...schedule.versions.map(({ valid_from }) => parseDay(valid_from)!),
    ...schedule.exceptions.flatMap(({ date }) => [parseDay(date)!, parseDay(date)! + 1]),
  ]
  const shiftsOn = createShiftFinder(schedule)
  return days.map((day) => ({ name: formatDay(day), before: shiftsOn(day - 1), shifts: shiftsOn(day) }))
}

/** Returns an error for each shift that overlaps an earlier one: in a week, at the border of two versions, or around an exception. */
export const findOverlapErrors = (schedule: Schedule): FieldError[] => {
  const errors = [...weekDays(schedule), ...specialDays(schedule)].flatMap(findOverlaps)
  return errors.filter(({ pointer }, index) => errors.findIndex((each) => each.pointer === pointer) === index)
}
