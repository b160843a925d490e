import { STOPPED } from '../chunks/states.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { clipToPlanned, totalSeconds } from './planned-time.ts'
import type { PlannedPart } from './planned-time.ts'
import type { StateSpan } from './state-spans.ts'

/**
 * Returns the parts of an interval in shifts. The parts of a group lie in adjoining shifts.
 * @param first index of the first shift that may contain a part
 */
const groupParts = (interval: Span, shifts: readonly ShiftOccurrence[], first: number): PlannedPart[][] => {
  const groups: PlannedPart[][] = []
  for (let index = first; index < shifts.length && shifts[index]!.from < interval.to; index++) {
    const part = clipToPlanned(interval, shifts[index]!)
    if (!part) continue
    const group = groups.at(-1)
    if (group?.at(-1)!.shift.to === part.shift.from) group!.push(part)
    else groups.push([part])
  }
  return groups
}

/**
 * Derives stops from the states of a machine: intervals without production, clipped to planned time and cut at the borders of shifts.
 * An interval counts if it has at least `stopAfterSeconds` of planned time in adjoining shifts.
 * @param states in order of time
 * @param shifts in order of time, without overlaps
 */
export const deriveStops = (states: readonly StateSpan[], shifts: readonly ShiftOccurrence[], stopAfterSeconds: number): PlannedPart[] => {
  const stops: PlannedPart[] = []
  let first = 0
  for (const interval of states) {
    if (interval.state !== STOPPED || interval.to - interval.from < stopAfterSeconds) continue
    while (first < shifts.length && shifts[first]!.to <= interval.from) first++
    for (const parts of groupParts(interval, shifts, first)) if (totalSeconds(parts) >= stopAfterSeconds) stops.push(...parts)
  }
  return stops
}
