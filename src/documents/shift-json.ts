import { addSums, noSums } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'
import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import type { ShiftRow } from '../queries/shifts.ts'
import { parseParts } from '../schedule/parts.ts'
import type { Part } from '../schedule/parts.ts'
import { findOccurrences, plannedSeconds } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { parseSchedule } from '../schedule/stored-schedule.ts'
import { toTotal } from './total.ts'

/** A shift with the sums and the end of its readings. */
interface SummedShift {
  shift: ShiftOccurrence
  sums: Sums
  /** The first second after the newest reading of the shift; its start without one. */
  end: number
}

/** Adds up the parts of each shift. Both lists are in order of time. */
const sumShifts = (shifts: readonly ShiftOccurrence[], parts: readonly Part[]): SummedShift[] => {
  const summed = shifts.map((shift): SummedShift => ({ shift, sums: noSums(), end: shift.from }))
  let index = 0
  for (const { time, last, sums } of parts) {
    while (index < summed.length && time >= summed[index]!.shift.to) index++
    const current = summed[index]
    if (current === undefined || time < current.shift.from) continue
    current.sums = addSums(current.sums, sums)
    // A quarter of which only sums remain may end after the shift.
    current.end = Math.max(current.end, Math.min(last + 1, current.shift.to))
  }
  return summed
}

/** Returns the planned seconds of a shift up to its newest reading. */
const elapsedSeconds = ({ shift, end }: SummedShift): number => plannedSeconds(shift.breaks, { from: shift.from, to: end })

/** Returns the production that is due at the newest reading: the share of the target, or without a target the sum of the goals. */
const expectedOf = (summed: SummedShift): number | null => {
  const { target, planned_seconds } = summed.shift
  if (target === null) return summed.sums.goal
  return summed.sums.readings === 0 || planned_seconds === 0 ? null : (target * elapsedSeconds(summed)) / planned_seconds
}

/** Returns the production at the end of a shift if the rate up to its newest reading continues; null if unknown. */
const forecastOf = (summed: SummedShift): number | null => {
  const elapsed = elapsedSeconds(summed)
  return summed.sums.actual === null || elapsed === 0 ? null : (summed.sums.actual * summed.shift.planned_seconds) / elapsed
}

/** Returns a shift as the API shows it. */
const toShift = (summed: SummedShift) => {
  const { date, name, planned_seconds, target } = summed.shift
  const { from, to, ...figures } = toTotal(summed.shift.from, summed.shift.to, summed.sums)
  return { date, name, from, to, planned_seconds, ...figures, target, expected: expectedOf(summed) }
}

/** Returns the shifts of a row that have a part in a span and meet a condition. */
const findShifts = ({ schedule, offsetPeriods, parts }: ShiftRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean) =>
  sumShifts(findOccurrences(parseSchedule(schedule), parseOffsetPeriods(offsetPeriods), span).filter(isIncluded), parseParts(parts))

/** Returns the shifts of a row that have a part in a span and meet a condition, as the API shows them. */
export const listShifts = (row: ShiftRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean = () => true) =>
  findShifts(row, span, isIncluded).map(toShift)

/** The shift that contains the newest reading, with its forecast. */
export type CurrentShift = ReturnType<typeof toShift> & { forecast: number | null }

/** Returns the shift that contains the newest reading; null without one. */
export const findCurrentShift = (row: ShiftRow): CurrentShift | null => {
  const { newest } = row
  const [summed] = newest === null ? [] : findShifts(row, { from: newest, to: newest + 1 }, () => true)
  return summed ? { ...toShift(summed), forecast: forecastOf(summed) } : null
}

/** Renders shifts. */
export const renderShifts = (shifts: ReturnType<typeof listShifts>): string => JSON.stringify({ shifts })
