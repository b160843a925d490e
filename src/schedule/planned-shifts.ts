import { toDay } from '../schemas/dates.ts'
import { WEEKDAYS } from '../schemas/weekdays.ts'
import type { Weekday } from '../schemas/weekdays.ts'
import type { Schedule } from '../schemas/schedules.ts'

/** Minutes of a day without a clock change. */
export const DAY_MINUTES = 1_440

/** A span of local time in minutes after the midnight with which the date of a shift begins. `end` is after `start`. */
export interface LocalSpan {
  start: number
  end: number
}

/** A shift that starts on a date, in minutes of local time. */
export interface PlannedShift extends LocalSpan {
  name: string
  target: number | null
  breaks: LocalSpan[]
  /** JSON pointer to its declaration. */
  pointer: string
}

type DeclaredShift = Schedule['exceptions'][number]['shifts'][number]

const parseMinutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** Returns the first time of day that is at or after a minute. */
const firstFrom = (minute: number, time: string) => minute + ((((parseMinutes(time) - minute) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES)

/** Returns a span that begins at or after a minute. An end that equals the start is on the next day. */
const spanFrom = (minute: number, { start, end }: { start: string; end: string }): LocalSpan => {
  const first = firstFrom(minute, start)
  return { start: first, end: firstFrom(first + 1, end) }
}

/** Returns a declared shift in minutes of local time. A break belongs to the first time of day at or after the start of the shift. */
export const planShift = (shift: DeclaredShift, pointer: string): PlannedShift => {
  const span = spanFrom(0, shift)
  return {
    ...span,
    name: shift.name,
    target: shift.target,
    // Most planned shifts are outside the span that a reader shows, so their breaks are not computed.
    get breaks() {
      return shift.breaks.map((each) => spanFrom(span.start, each))
    },
    pointer,
  }
}

/** Returns the weekday of a day, counted from 1970-01-01, which was a Thursday. */
export const getWeekday = (day: number): Weekday => WEEKDAYS[(((day + 3) % 7) + 7) % 7]!

const byStart = (a: LocalSpan, b: LocalSpan) => a.start - b.start

/** Returns the shifts of a version that start on a weekday, in order of time. */
export const shiftsOnWeekday = ({ shifts }: Schedule['versions'][number], weekday: Weekday, pointer: string): PlannedShift[] =>
  shifts.flatMap((shift, index) => (shift.days.includes(weekday) ? [planShift(shift, `${pointer}/shifts/${index}`)] : [])).toSorted(byStart)

/**
 * Returns a function that finds the shifts that start on a day, in order of time: those of the exception of its date, else those of the
 * last version that is valid from then or earlier. Days count from 1970-01-01.
 */
export const createShiftFinder = ({ versions, exceptions }: Schedule): ((day: number) => PlannedShift[]) => {
  const starts = versions.map(({ valid_from }) => toDay(valid_from))
  const exceptionOf = new Map(exceptions.map(({ date }, index) => [toDay(date), index]))
  const planned = new Map<string, PlannedShift[]>()
  return (day) => {
    const exception = exceptionOf.get(day)
    if (exception !== undefined)
      return exceptions[exception]!.shifts.map((shift, position) =>
        planShift(shift, `#/exceptions/${exception}/shifts/${position}`),
      ).toSorted(byStart)
    const index = starts.findLastIndex((start) => start <= day)
    if (index === -1) return []
    const [pointer, weekday] = [`#/versions/${index}`, getWeekday(day)]
    const shifts = planned.get(pointer + weekday) ?? shiftsOnWeekday(versions[index]!, weekday, pointer)
    planned.set(pointer + weekday, shifts)
    return shifts
  }
}
