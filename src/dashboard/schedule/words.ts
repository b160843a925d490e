import { wrapName } from '../../schemas/text-direction.ts'
import { formatClock, formatDuration, formatSpan } from '../values/format.ts'
import type { Weekday } from '../../schemas/weekdays.ts'
import { WEEKDAYS } from '../../schemas/weekdays.ts'
import type { DayPlan, ShiftBar } from './week-plan.ts'

/** The names of weekdays in words. */
export const DAY_NAMES: Record<Weekday, string> = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' }

/** Formats a date as "Mon 5 Jan 2026". */
export const formatLocalDate = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' })
    .format(new Date(`${date}T00:00:00Z`))
    .replace(',', '')

/** Formats days of the week: "Mon to Fri" for three or more in a row, else "Mon, Wed". */
export const formatDays = (days: readonly Weekday[]): string => {
  const indexes = days.map((day) => WEEKDAYS.indexOf(day)).toSorted((a, b) => a - b)
  const [first = 0, last = 0] = [indexes[0], indexes.at(-1)]
  const isRow = indexes.length > 2 && last - first === indexes.length - 1
  const name = (index: number) => DAY_NAMES[WEEKDAYS[index]!]
  return isRow ? `${name(first)} to ${name(last)}` : indexes.map(name).join(', ')
}

/** Describes the breaks of a shift with their times. */
export const formatBreaks = (breaks: readonly { start: string; end: string }[]): string =>
  breaks.map(({ start, end }) => `${start} to ${end}`).join(', ')

/** Describes the length and the planned time of a shift, such as "8 h 00 min, planned 7 h 30 min". */
export const describeLength = ({ shift }: ShiftBar): string =>
  `${formatDuration(shift.to - shift.from)}, planned ${formatDuration(shift.planned_seconds)}`

/** Describes a shift for its tooltip, such as "Early, 06:00 to 14:00, 8 h 00 min, planned 7 h 30 min, break 10:00 to 10:30". */
export const describeBar = (bar: ShiftBar, zone: string): string => {
  const { shift } = bar
  const breaks = shift.breaks.map(({ from, to }) => `break ${formatSpan(from, to, zone)}`)
  return [wrapName(shift.name), formatSpan(shift.from, shift.to, zone), describeLength(bar), ...breaks].join(', ')
}

/** Explains a shift whose length a clock change alters; undefined for any other shift. */
export const describeChange = (bar: ShiftBar): string | undefined => {
  if (bar.changeSeconds === 0) return undefined
  const direction = bar.changeSeconds < 0 ? 'forward' : 'back'
  return `${wrapName(bar.shift.name)} lasts ${describeLength(bar)}, because the clocks go ${direction} by ${formatDuration(Math.abs(bar.changeSeconds))}.`
}

/** Describes an exception, such as "Holiday: no shift". */
export const describeException = ({ bars, exception }: DayPlan): string | undefined => {
  if (!exception) return undefined
  const words = bars.length === 0 ? 'no shift' : 'other shifts'
  return exception.note === null ? words : `${wrapName(exception.note)}: ${words}`
}

/** Returns the times of a bar as it is drawn, such as "06:00–14:00". */
export const formatBarTimes = ({ shift }: ShiftBar, zone: string): string =>
  `${formatClock(shift.from, zone)}–${formatClock(shift.to, zone)}`
