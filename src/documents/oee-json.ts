import { addSums, noSums } from '../chunks/sums.ts'
import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import type { ShiftStops } from '../schemas/stops.ts'
import { measureShifts } from '../stops/measure-shifts.ts'
import type { MeasuredShift } from '../stops/measure-shifts.ts'
import { computeOee, runSeconds } from '../stops/oee.ts'
import type { OeeInput } from '../stops/oee.ts'

const NO_STOPS: ShiftStops = { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 }

const addStops = (a: ShiftStops, b: ShiftStops): ShiftStops =>
  Object.fromEntries(Object.entries(a).map(([name, seconds]) => [name, seconds + b[name as keyof ShiftStops]])) as ShiftStops

/** Adds up shifts of a factory. */
const addShifts = (shifts: readonly MeasuredShift[], ideal_per_hour: number | null): OeeInput => ({
  planned_seconds: shifts.reduce((seconds, shift) => seconds + shift.planned_seconds, 0),
  stops: shifts.map(({ stops }) => stops).reduce(addStops, NO_STOPS),
  sums: shifts.map(({ sums }) => sums).reduce(addSums, noSums()),
  ideal_per_hour,
})

const toJson = (input: OeeInput) => {
  const { planned_seconds, stops, sums } = input
  const { actual, scrap, inspected } = sums
  return { planned_seconds, run_seconds: runSeconds(input), stops, actual, scrap, inspected, ...computeOee(input) }
}

/** Returns the groups of shifts of which each is an item: single shifts, or those of a date. */
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
    return {
      date: first.date,
      name: resolution === 'day' ? null : first.name,
      from: first.from,
      to: last.to,
      ...toJson(addShifts(group, row.idealPerHour)),
    }
  })
  return { items, total: toJson(addShifts(shifts, row.idealPerHour)) }
}
