import { addSums, noSums } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'
import { parseParts } from './parts.ts'
import { plannedSeconds } from './shift-occurrences.ts'
import type { ShiftOccurrence } from './shift-occurrences.ts'

/** A shift with the sums and the end of its readings. */
export interface SummedShift {
  shift: ShiftOccurrence
  sums: Sums
  /** The first second after the newest reading of the shift; its start without one. */
  end: number
}

/**
 * Adds up the sums of each shift.
 * @param shifts in order of time
 * @param parts text of `selectParts`
 */
export const sumShifts = (shifts: readonly ShiftOccurrence[], parts: string): SummedShift[] => {
  const summed = shifts.map((shift): SummedShift => ({ shift, sums: noSums(), end: shift.from }))
  const span = { from: shifts[0]?.from ?? 0, to: shifts.at(-1)?.to ?? 0 }
  let index = 0
  for (const { time, last, sums } of parseParts(parts, span)) {
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
export const computeExpected = (summed: SummedShift): number | null => {
  const { target, planned_seconds } = summed.shift
  if (target === null) return summed.sums.goal
  return summed.sums.readings === 0 || planned_seconds === 0 ? null : (target * elapsedSeconds(summed)) / planned_seconds
}

/** Returns the production at the end of a shift if the rate up to its newest reading continues; null if unknown. */
export const computeForecast = (summed: SummedShift): number | null => {
  const elapsed = elapsedSeconds(summed)
  return summed.sums.actual === null || elapsed === 0 ? null : (summed.sums.actual * summed.shift.planned_seconds) / elapsed
}
