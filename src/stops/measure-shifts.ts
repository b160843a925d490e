import { SILENT } from '../chunks/states.ts'
import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import { plannedSeconds } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { sumShifts } from '../schedule/summed-shifts.ts'
import type { SummedShift } from '../schedule/summed-shifts.ts'
import type { OeeInput } from './oee.ts'
import { parseStops } from './parse-stops.ts'
import { findOverlapping, intersectAll } from './planned-time.ts'
import { sumStops } from './stop-seconds.ts'

/** A shift with its production and its stops up to the newest reading. */
export type MeasuredShift = SummedShift & OeeInput

/** Returns the shifts of a row that have a part in a span and meet a condition. Without a schedule, each local day is a shift. */
export const measureShifts = (row: ShiftRow & StopRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean): MeasuredShift[] => {
  const parsed = parseStops(row, span)
  const stopsOf = Map.groupBy(parsed.stops, ({ shift }) => shift)
  const shown = findOverlapping(parsed.shifts, span).filter(isIncluded)
  const silences = parsed.states.filter(({ state }) => state === SILENT)
  return sumShifts(shown, row.parts).map((summed) => {
    const { shift } = summed
    const past = { from: shift.from, to: Math.max(shift.from, Math.min(shift.to, parsed.newest)) }
    return {
      ...summed,
      planned_seconds: plannedSeconds(shift.breaks, past),
      stops: sumStops(shift, stopsOf.get(shift) ?? [], intersectAll(silences, past), parsed.reasons),
      ideal_per_hour: row.idealPerHour,
    }
  })
}
