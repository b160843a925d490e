import { offsetPeriods } from '../../local-time/time-zones.ts'
import { getWeekday } from '../../schedule/planned-shifts.ts'
import { findOccurrences } from '../../schedule/shift-occurrences.ts'
import type { ShiftOccurrence } from '../../schedule/shift-occurrences.ts'
import { formatDay, LAST_DAY, parseDay } from '../../schemas/dates.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { WEEKDAYS } from '../../schemas/weekdays.ts'
import { toLocal } from '../values/time-zone.ts'

const DAY = 86_400
const DAY_HOURS = 24
/** The picture begins and ends at hours of the clock that are multiples of these. */
const START_HOURS = 6
const END_HOURS = 2

/** A shift in the picture of a week. Hours count from the midnight with which its production date begins, by the clock at its start. */
export interface ShiftBar {
  shift: ShiftOccurrence
  startHour: number
  hours: number
  breaks: { startHour: number; hours: number }[]
  /** Seconds by which a clock change lengthens the shift; negative if it shortens the shift. */
  changeSeconds: number
}

/** A production date with the shifts that start on it. */
export interface DayPlan {
  date: string
  bars: ShiftBar[]
  /** The exception of the date; undefined if the usual shifts apply. */
  exception: { note: string | null } | undefined
}

/** Returns the number of days from 1970-01-01 to the Monday of the week of a date. */
export const findMonday = (day: number): number => day - WEEKDAYS.indexOf(getWeekday(day))

/** Returns a time as seconds of the clock of a zone from 1970-01-01 00:00, as if every day had 24 hours. */
const toClockSeconds = (seconds: number, zone: string) => Date.parse(`${toLocal(seconds, zone)}Z`) / 1000

/** Returns the bar of a shift. A break within the gap of a clock change is left out, because it does not happen. */
const toBar = (occurrence: ShiftOccurrence, zone: string): ShiftBar => {
  const shift = { ...occurrence, breaks: occurrence.breaks.filter(({ from, to }) => from < to) }
  const start = toClockSeconds(shift.from, zone)
  return {
    shift,
    startHour: (start - parseDay(shift.date)! * DAY) / 3600,
    hours: (shift.to - shift.from) / 3600,
    breaks: shift.breaks.map(({ from, to }) => ({ startHour: (from - shift.from) / 3600, hours: (to - from) / 3600 })),
    changeSeconds: shift.to - shift.from - (toClockSeconds(shift.to, zone) - start),
  }
}

/**
 * Returns the seven production dates of a week, with the shifts that start on each.
 * @param schedule a schedule whose versions are in order of their dates
 * @param monday days from 1970-01-01 to the first date
 */
export const planWeek = (schedule: Schedule, zone: string, monday: number): DayPlan[] => {
  const span = { from: monday * DAY - DAY, to: (monday + WEEKDAYS.length + 1) * DAY }
  const shifts = Map.groupBy(findOccurrences(schedule, offsetPeriods(zone), span), ({ date }) => date)
  return WEEKDAYS.map((_, index) => monday + index)
    .filter((day) => day <= LAST_DAY)
    .map((day) => {
      const date = formatDay(day)
      const exception = schedule.exceptions.find((each) => each.date === date)
      return { date, bars: (shifts.get(date) ?? []).map((shift) => toBar(shift, zone)), exception }
    })
}

/** Returns the hours between which all shifts of a week lie. They contain at least noon to midnight. */
export const findHourRange = (days: readonly DayPlan[]): { from: number; to: number } => {
  const bars = days.flatMap((day) => day.bars)
  const first = Math.min(DAY_HOURS / 2, ...bars.map(({ startHour }) => startHour))
  const last = Math.max(DAY_HOURS, ...bars.map(({ startHour, hours }) => startHour + hours))
  return { from: Math.floor(first / START_HOURS) * START_HOURS, to: Math.ceil(last / END_HOURS) * END_HOURS }
}
