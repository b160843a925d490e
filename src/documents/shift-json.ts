import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import { parseParts } from '../schedule/parts.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { parseSchedule } from '../schedule/stored-schedule.ts'
import { expectedOf, forecastOf, sumShifts } from '../schedule/summed-shifts.ts'
import type { SummedShift } from '../schedule/summed-shifts.ts'
import { intersect } from '../stops/planned-time.ts'
import { parseStops } from '../stops/parse-stops.ts'
import { sumStops } from '../stops/stop-seconds.ts'
import { toTotal } from './total.ts'

/** A shift with the seconds of its stops. */
type ShiftWithStops = SummedShift & { stops: ReturnType<typeof sumStops> }

/** Returns a shift as the API shows it. */
const toShift = (summed: ShiftWithStops) => {
  const { date, name, planned_seconds, target } = summed.shift
  const { from, to, ...figures } = toTotal(summed.shift.from, summed.shift.to, summed.sums)
  return { date, name, from, to, planned_seconds, ...figures, target, expected: expectedOf(summed), stops: summed.stops }
}

/** Returns the shifts of a row that have a part in a span and meet a condition. */
const findShifts = (row: ShiftRow & StopRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean): ShiftWithStops[] => {
  // Without a schedule, planned time is not divided into shifts.
  if (row.schedule === null) return []
  const { shifts, stops, ...timeline } = parseStops(row, span)
  const stopsOf = Map.groupBy(stops, ({ shift }) => shift)
  const shown = shifts.filter((shift) => intersect(shift, span) && isIncluded(shift))
  return sumShifts(shown, parseParts(row.parts)).map((summed) => ({
    ...summed,
    stops: sumStops(summed.shift, stopsOf.get(summed.shift) ?? [], { ...timeline, shifts }),
  }))
}

/** Returns the shifts of a row that have a part in a span and meet a condition, as the API shows them. */
export const listShifts = (row: ShiftRow & StopRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean = () => true) =>
  findShifts(row, span, isIncluded).map(toShift)

/** Returns the shift that contains the newest reading, with its forecast; null without one. */
export const findCurrentShift = (row: ShiftRow & StopRow) => {
  const { newest } = row
  const [summed] = newest === null ? [] : findShifts(row, { from: newest, to: newest + 1 }, () => true)
  return summed ? { ...toShift(summed), forecast: forecastOf(summed) } : null
}

/** Returns the date, the name and the attainment of the shift that contains the newest reading; null without one. */
export const findShiftAttainment = ({ schedule, newest, offsetPeriods, parts }: ShiftRow) => {
  if (newest === null) return null
  const current = findOccurrences(parseSchedule(schedule), parseOffsetPeriods(offsetPeriods), { from: newest, to: newest + 1 })
  const [summed] = sumShifts(current, parseParts(parts))
  if (!summed) return null
  const { date, name, from, to } = summed.shift
  return { date, name, attainment: toTotal(from, to, summed.sums).attainment }
}

/** Renders shifts. */
export const renderShifts = (shifts: ReturnType<typeof listShifts>): string => JSON.stringify({ shifts })
