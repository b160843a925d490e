import type { SpanAnnotation } from '../../src/queries/stop-annotations.ts'
import type { Schedule } from '../../src/schemas/schedules.ts'
import { oeeOf, oeeReportOf, paretoOf, qualityOf, stopSecondsOf } from './oee-model.ts'
import type { Stored } from './series-model.ts'
import type { ShiftHistory } from './shift-histories.ts'
import { elapsedOf, shiftsOfDates } from './shift-model.ts'
import type { ModelShift } from './shift-model.ts'
import { shownStop, stopsOf } from './stop-model.ts'
import { totalOf } from './summary-model.ts'

/** The responses that a model expects after a random history of a factory with a schedule. */

const DAY = 86_400

/** The stored data at the end of a history. */
export interface Outcome {
  readings: Stored[]
  annotations: SpanAnnotation[]
}

/** Returns a shift as the contract describes it, and its forecast. */
const expectedShift = (shift: ModelShift, all: Stored[], stops: ReturnType<typeof stopsOf>, idealPerHour: number | null) => {
  const readings = all.filter(({ time }) => time >= shift.from && time < shift.to)
  const { from, to, ...figures } = totalOf(shift.from, shift.to, readings)
  const elapsed = readings.length === 0 ? 0 : elapsedOf(shift, readings.at(-1)!.time + 1)
  const { date, name, planned_seconds, target } = shift
  const due = readings.length === 0 || planned_seconds === 0 || target === null ? null : (target * elapsed) / planned_seconds
  const { scrap: scrapped, inspected } = qualityOf(readings)
  const expected = target === null ? figures.goal : due
  const { factors } = oeeOf([shift], all, stops, idealPerHour)
  const shown = {
    date,
    name,
    from,
    to,
    planned_seconds,
    ...figures,
    target,
    expected,
    scrap: scrapped,
    good: scrapped === null ? null : inspected - scrapped,
    stops: stopSecondsOf([shift], stops),
    oee: Object.values(factors).every((factor) => factor === null) ? null : factors,
  }
  return {
    shown,
    forecast: figures.actual === null || elapsed === 0 ? null : (figures.actual * planned_seconds) / elapsed,
  }
}

const dateOf = (time: number) => new Date(time * 1000).toISOString().slice(0, 10)
const AROUND_THE_CLOCK: Schedule = {
  versions: [
    {
      valid_from: '1900-01-01',
      shifts: [
        {
          name: 'Day',
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          start: '00:00',
          end: '00:00',
          breaks: [],
          target: null,
        },
      ],
    },
  ],
  exceptions: [],
}

/** Returns the responses that the model expects after a history, by their path. The organisation has no other factory with stops. */
export const expectedResponses = (
  { zone, middle, schedule, stopAfter, idealPerHour }: ShiftHistory,
  { factory, readings: all, annotations }: Outcome & { factory: string },
): Record<string, unknown> => {
  const shifts = shiftsOfDates(schedule ?? AROUND_THE_CLOCK, zone, dateOf(middle - 12 * DAY), dateOf(middle + 6 * DAY))
  const stops = stopsOf(all, shifts, { stopAfter: stopAfter ?? 300, annotations })
  const listed = schedule ? shifts : []
  const shown = (wanted: ModelShift[]) => ({ shifts: wanted.map((shift) => expectedShift(shift, all, stops, idealPerHour).shown) })
  const newest = all.at(-1)?.time
  const within = (from: number, to: number) => listed.filter((shift) => shift.from < to && shift.to > from)
  const [from, to] = [middle - DAY, middle + DAY]
  const date = dateOf(middle)
  const stopsIn = (start: number, end: number) => stops.stops.filter((stop) => stop.from >= start && stop.from < end)
  const stopsFrom = (start: number, end: number, isWanted: (reason: string | undefined) => boolean = () => true) => ({
    stops: stopsIn(start, end)
      .filter((stop) => isWanted(stop.annotation?.reason))
      .toReversed()
      .map((stop) => shownStop(stop, schedule !== null)),
  })
  const [begin, end] = newest === undefined ? [0, 0] : [newest + 1 - 7 * DAY, newest + 1]
  const inRange = shifts.filter((shift) => shift.from >= from && shift.from < to)
  const report = (wanted: ModelShift[], isByDay: boolean) => {
    const included = newest === undefined || (!isByDay && !schedule) ? [] : wanted
    const groups = isByDay ? [...Map.groupBy(included, (shift) => shift.date).values()] : included.map((shift) => [shift])
    return oeeReportOf(groups, all, stops, { idealPerHour, isByDay })
  }
  const started = listed.filter(
    (shift) => shift.from >= from && shift.from < to && all.length > 0 && shift.to > all[0]!.time && shift.from <= newest!,
  )
  const range = `from=${from}&to=${to}`
  const views = {
    '/shifts?last=week': shown(within(begin, end)),
    [`/shifts?${range}`]: shown(schedule ? inRange : []),
    [`/shifts?date=${date}`]: shown(listed.filter((shift) => shift.date === date)),
    '/stops?limit=500': stopsFrom(begin, end),
    [`/stops?limit=500&${range}`]: stopsFrom(from, to),
    [`/stops?limit=500&${range}&reason=jam`]: stopsFrom(from, to, (reason) => reason === 'jam'),
    [`/stops?limit=500&${range}&unexplained=true`]: stopsFrom(from, to, (reason) => reason === undefined),
    '/stops/pareto': paretoOf(stopsIn(begin, end)),
    [`/stops/pareto?${range}`]: paretoOf(stopsIn(from, to)),
    '/oee?last=week': report(within(begin, end), false),
    '/oee?last=week&resolution=day': report(
      shifts.filter((shift) => shift.from < end && shift.to > begin),
      true,
    ),
    [`/oee?${range}`]: report(inRange, false),
    [`/oee?${range}&resolution=day`]: report(inRange, true),
    [`/chart-data?resolution=shift&format=rows&${range}`]: started.map((shift) => sumPointOf(shift, all)),
  }
  return {
    ...Object.fromEntries(Object.entries(views).map(([path, expected]) => [factory + path, expected])),
    [`/api/stops/pareto?${range}`]: paretoOf(stopsIn(from, to)),
  }
}

/** Returns the sums of a shift as a chart shows them. */
const sumPointOf = ({ from, to }: ModelShift, all: Stored[]) => {
  const {
    actual,
    goal,
    scrap: scrapped,
    readings,
    goal_readings,
  } = totalOf(
    from,
    to,
    all.filter(({ time }) => time >= from && time < to),
  )
  return { time: from, actual, goal, ...(scrapped != null && { scrap: scrapped }), readings, goal_readings }
}

/** Returns the member `shift` that the model expects in the summary of the factory; undefined without a schedule. */
export const expectedCurrentShift = (
  { zone, middle, schedule, stopAfter, idealPerHour }: ShiftHistory,
  { readings: all, annotations }: Outcome,
): unknown => {
  if (!schedule) return undefined
  const shifts = shiftsOfDates(schedule, zone, dateOf(middle - 12 * DAY), dateOf(middle + 6 * DAY))
  const newest = all.at(-1)?.time
  const current = newest === undefined ? undefined : shifts.find((shift) => shift.from <= newest && newest < shift.to)
  if (!current) return null
  const { shown, forecast } = expectedShift(current, all, stopsOf(all, shifts, { stopAfter: stopAfter ?? 300, annotations }), idealPerHour)
  return { ...shown, forecast }
}
