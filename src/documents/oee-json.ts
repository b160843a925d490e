import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { UNNAMED } from '../schedule/stored-schedule.ts'
import type { ShiftStops } from '../schemas/stops.ts'
import { measureShifts } from '../stops/measure-shifts.ts'
import type { MeasuredShift } from '../stops/measure-shifts.ts'
import { computeOee, runSeconds } from '../stops/oee.ts'
import type { OeeInput } from '../stops/oee.ts'

const NO_STOPS: ShiftStops = { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 }
const addFigures = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : a + b)

/** Adds up the measures of shifts. */
const addMeasures = (shifts: readonly MeasuredShift[], ideal_per_hour: number | null): OeeInput =>
  shifts.reduce<OeeInput>(
    (sum, { measures }) => ({
      planned_seconds: sum.planned_seconds + measures.planned_seconds,
      stops: Object.fromEntries(
        Object.entries(sum.stops).map(([name, seconds]) => [name, seconds + measures.stops[name as keyof ShiftStops]]),
      ) as ShiftStops,
      actual: addFigures(sum.actual, measures.actual),
      scrap: addFigures(sum.scrap, measures.scrap),
      inspected: addFigures(sum.inspected, measures.inspected),
      ideal_per_hour,
    }),
    { planned_seconds: 0, stops: NO_STOPS, actual: null, scrap: null, inspected: null, ideal_per_hour },
  )

const toJson = (measures: OeeInput) => {
  const { planned_seconds, stops, actual, scrap, inspected } = measures
  return { planned_seconds, run_seconds: runSeconds(measures), stops, actual, scrap, inspected, ...computeOee(measures) }
}

/** Returns the groups of shifts of which each is an item: single shifts, or all shifts of a date. */
const groupShifts = (shifts: readonly MeasuredShift[], resolution: 'shift' | 'day') =>
  resolution === 'shift' ? shifts.map((shift) => [shift]) : [...Map.groupBy(shifts, ({ shift }) => shift.date).values()]

/** Returns OEE of the shifts of a row that have a part in a span and meet a condition. A factory without a schedule has only days. */
export const toOeeReport = (
  row: ShiftRow & StopRow,
  span: Span,
  { resolution, isIncluded }: { resolution: 'shift' | 'day'; isIncluded: (shift: ShiftOccurrence) => boolean },
) => {
  const isNone = row.newest === null || (resolution === 'shift' && row.schedule === null)
  const shifts = isNone ? [] : measureShifts(row, span, isIncluded)
  const items = groupShifts(shifts, resolution).map((group) => {
    const [{ shift: first }, { shift: last }] = [group[0]!, group.at(-1)!]
    const name = resolution === 'day' || first.name === UNNAMED ? null : first.name
    return { date: first.date, name, from: first.from, to: last.to, ...toJson(addMeasures(group, row.idealPerHour)) }
  })
  return { items, total: toJson(addMeasures(shifts, row.idealPerHour)) }
}
