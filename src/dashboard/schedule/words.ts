import { wrapName } from '../../schemas/text-direction.ts'
import { formatClock, formatDuration, formatSpan } from '../values/format.ts'
import { locale } from '../texts/locale.ts'
import type { Weekday } from '../../schemas/weekdays.ts'
import { WEEKDAYS } from '../../schemas/weekdays.ts'
import type { DayPlan, ShiftBar } from './week-plan.ts'
import { texts } from '../texts/schedule.ts'
import { texts as valueTexts } from '../texts/values.ts'

/** Formats a time of a schedule, such as "06:00". */
const formatScheduleTime = (time: string): string => (time === '' ? '' : formatClock(Date.parse(`1970-01-01T${time}Z`) / 1000, 'UTC'))

/** Formats the times of a shift or a break of a schedule, such as "06:00 to 14:00". */
export const formatTimes = ({ start, end }: { start: string; end: string }): string =>
  valueTexts.span(formatScheduleTime(start), formatScheduleTime(end))

/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 5
const weekdayFormat = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', weekday: 'short' })

/** Returns the short name of a weekday, such as "Mon". */
export const formatWeekday = (day: Weekday): string =>
  weekdayFormat.format(new Date(Date.UTC(1970, 0, FIRST_MONDAY + WEEKDAYS.indexOf(day))))

const formatDateOnly = (date: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', weekday: 'short', ...valueTexts.dateStyle, ...options })
    .format(new Date(`${date}T00:00:00Z`))
    .replace(',', '')

/** Formats a date as "Mon 5 Jan 2026". */
export const formatLocalDate = (date: string): string => formatDateOnly(date, { year: 'numeric' })

/** Formats a date of a week that is named elsewhere as "Mon 5 Jan". */
export const formatDayOfWeek = (date: string): string => formatDateOnly(date, {})

/** Formats days of the week: "Mon to Fri" for three or more in a row, else "Mon, Wed". */
export const formatDays = (days: readonly Weekday[]): string => {
  const indexes = days.map((day) => WEEKDAYS.indexOf(day)).toSorted((a, b) => a - b)
  const [first = 0, last = 0] = [indexes[0], indexes.at(-1)]
  const isRow = indexes.length > 2 && last - first === indexes.length - 1
  const name = (index: number) => formatWeekday(WEEKDAYS[index]!)
  return isRow ? valueTexts.span(name(first), name(last)) : indexes.map(name).join(', ')
}

/** Describes the breaks of a shift with their times. */
export const formatBreaks = (breaks: readonly { start: string; end: string }[]): string => breaks.map(formatTimes).join(', ')

/** Describes the length and the planned time of a shift, such as "8 h 00 min, planned 7 h 30 min". */
export const describeLength = ({ shift }: ShiftBar): string =>
  texts.planned(formatDuration(shift.to - shift.from), formatDuration(shift.planned_seconds))

/** Describes a shift for its tooltip, such as "Early, 06:00 to 14:00, 8 h 00 min, planned 7 h 30 min, break 10:00 to 10:30". */
export const describeBar = (bar: ShiftBar, zone: string): string => {
  const { shift } = bar
  const breaks = shift.breaks.map(({ from, to }) => texts.breakAt(formatSpan(from, to, zone)))
  return [wrapName(shift.name), formatSpan(shift.from, shift.to, zone), describeLength(bar), ...breaks].join(', ')
}

/** Explains a shift whose length a clock change alters; undefined for any other shift. */
export const describeChange = (bar: ShiftBar): string | undefined => {
  if (bar.changeSeconds === 0) return undefined
  const describe = bar.changeSeconds < 0 ? texts.clocksForward : texts.clocksBack
  return describe(wrapName(bar.shift.name), describeLength(bar), formatDuration(Math.abs(bar.changeSeconds)))
}

/** Describes an exception, such as "Holiday: no shift". */
export const describeException = ({ bars, exception }: DayPlan): string | undefined => {
  if (!exception) return undefined
  const words = bars.length === 0 ? texts.noShift : texts.otherShifts
  return exception.note === null ? words : `${wrapName(exception.note)}: ${words}`
}

/** Returns the times of a bar as it is drawn, such as "06:00–14:00". */
export const formatBarTimes = ({ shift }: ShiftBar, zone: string): string =>
  `${formatClock(shift.from, zone)}–${formatClock(shift.to, zone)}`
