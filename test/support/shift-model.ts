import type { Schedule } from '../../src/schemas/schedules.ts'
import { makeWallClock } from './wall-clock.ts'

const DAY = 86_400
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** A shift of a date, as the guide describes it. */
export interface ModelShift {
  date: string
  name: string
  from: number
  to: number
  breaks: { from: number; to: number }[]
  planned_seconds: number
  target: number | null
}

/** Returns the number of seconds of a shift before a time that are not in a break. */
export const elapsedOf = ({ from, to, breaks }: ModelShift, until: number): number => {
  const end = Math.max(from, Math.min(to, until))
  return breaks.reduce((seconds, rest) => seconds - Math.max(0, Math.min(rest.to, end) - Math.max(rest.from, from)), end - from)
}

const midnight = (date: string) => Date.parse(`${date}T00:00:00Z`) / 1000
const dateAfter = (date: string, days: number) => new Date((midnight(date) + days * DAY) * 1000).toISOString().slice(0, 10)
const localTime = (date: string, time: string) => Date.parse(`${date}T${time}:00Z`) / 1000

/** Returns the shifts that a schedule has for a date. */
const declaredOn = ({ versions, exceptions }: Schedule, date: string) => {
  const exception = exceptions.find((each) => each.date === date)
  if (exception) return exception.shifts
  const weekday = WEEKDAYS[new Date(midnight(date) * 1000).getUTCDay()]
  const version = versions.findLast(({ valid_from }) => valid_from <= date)
  return version?.shifts.filter(({ days }) => (days as string[]).includes(weekday!)) ?? []
}

const clocks = new Map<string, (time: number) => number>()

/** Returns a function that returns the local time that Intl shows in a zone, and reads each time once. */
const clockOf = (zone: string) => {
  const read = makeWallClock(zone)
  const shown = new Map<number, number>()
  return (time: number): number => {
    const local = shown.get(time) ?? read(time)
    shown.set(time, local)
    return local
  }
}

/** No clock goes back further at once, in seconds. */
const LARGEST_STEP_BACK = 7_200

/** Walks the clock of a zone to the first minute that shows a local time or a later one: by hours, and near that time by minutes. */
const findInstant = (zone: string, local: number): number => {
  const clock = clocks.get(zone) ?? clockOf(zone)
  clocks.set(zone, clock)
  let time = local - 2 * DAY
  while (clock(time + 3_600) < local - LARGEST_STEP_BACK) time += 3_600
  while (clock(time) < local) time += 60
  return time
}

/** Returns the shifts of the dates from one to another, in order of time. */
export const shiftsOfDates = (schedule: Schedule, zone: string, first: string, last: string): ModelShift[] => {
  const found: ModelShift[] = []
  for (let date = first; date <= last; date = dateAfter(date, 1))
    for (const { name, start, end, breaks, target } of declaredOn(schedule, date)) {
      const spanOf = (begin: string, begins: string, ends: string) => ({
        from: findInstant(zone, localTime(begin, begins)),
        to: findInstant(zone, localTime(ends > begins ? begin : dateAfter(begin, 1), ends)),
      })
      const span = spanOf(date, start, end)
      const rests = breaks.map((each) => spanOf(each.start >= start ? date : dateAfter(date, 1), each.start, each.end))
      let planned = 0
      for (let time = span.from; time < span.to; time += 60) if (!rests.some(({ from, to }) => from <= time && time < to)) planned += 60
      if (span.from < span.to) found.push({ date, name, ...span, breaks: rests, planned_seconds: planned, target })
    }
  return found.toSorted((a, b) => a.from - b.from)
}
