import { STOPPED } from '../chunks/states.ts'
import { LEAD_SECONDS, OPEN_SECONDS } from '../queries/stop-annotations.ts'
import type { SpanAnnotation } from '../queries/stop-annotations.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import type { Stop } from './stop.ts'
import { clipToPlanned, findOverlapping, intersectAll, subtract } from './planned-time.ts'
import type { PlannedPart } from './planned-time.ts'
import type { StateSpan } from './state-spans.ts'

/** An annotation with the time that it covers. */
interface Interval extends Span {
  annotation: SpanAnnotation
}

/** The states and the shifts of a machine, in order of time, and the time of its newest reading. */
export interface Timeline {
  states: readonly StateSpan[]
  shifts: readonly ShiftOccurrence[]
  newest: number
}

/** Returns the time at which an open annotation ends at the latest. */
const findEnd = ({ from, manual }: SpanAnnotation, { states, shifts }: Timeline): number => {
  if (manual) return findOverlapping(shifts, { from, to: from + 1 })[0]?.to ?? from
  const stop = findOverlapping(states, { from, to: from + LEAD_SECONDS + 1 }).find(({ state }) => state === STOPPED)
  return stop ? Math.min(stop.to, from + OPEN_SECONDS) : from
}

/**
 * Returns the time that each annotation covers, up to the newest reading. An open annotation ends with the interval without production
 * in which it begins, or that begins soon after it; a manual one ends with its shift. It also ends where the next annotation begins.
 * @param annotations in order of time
 */
const toIntervals = (annotations: readonly SpanAnnotation[], timeline: Timeline): Interval[] =>
  annotations.flatMap((annotation, index) => {
    const { from, to } = annotation
    const end = Math.min(to ?? findEnd(annotation, timeline), annotations[index + 1]?.from ?? Infinity, timeline.newest)
    return from < end ? [{ from, to: end, annotation }] : []
  })

/** Returns the stops of one shift. */
const annotateShift = (
  shift: ShiftOccurrence,
  derived: readonly PlannedPart[],
  intervals: readonly Interval[],
  { states, newest }: Timeline,
): Stop[] => {
  const toStop = (part: PlannedPart, annotation: SpanAnnotation | null): Stop => {
    const isStopped = annotation?.manual ? annotation.to === null : states.at(-1)?.state === STOPPED && annotation?.to !== newest
    return { ...part, isOpen: isStopped && part.to === newest && shift.to > newest, annotation }
  }
  const clipToStop = (span: Span, annotation: SpanAnnotation | null): Stop[] => {
    const part = clipToPlanned(span, shift)
    return part ? [toStop(part, annotation)] : []
  }
  if (intervals.length === 0) return derived.map((part) => toStop(part, null))
  const annotated = intervals.flatMap((interval) =>
    (interval.annotation.manual ? [interval] : intersectAll(derived, interval)).flatMap((span) => clipToStop(span, interval.annotation)),
  )
  const others = derived.flatMap((stop) => subtract(stop, intervals)).flatMap((span) => clipToStop(span, null))
  return [...annotated, ...others].toSorted((a, b) => a.from - b.from)
}

/**
 * Lays annotations over derived stops. A stop that an annotation covers in part is split there.
 * @returns the stops in order of time; they do not overlap
 */
export const annotateStops = (derived: readonly PlannedPart[], annotations: readonly SpanAnnotation[], timeline: Timeline): Stop[] => {
  const intervals = toIntervals(annotations, timeline)
  const stopsOf = Map.groupBy(derived, (part) => part.shift)
  return timeline.shifts.flatMap((each) => annotateShift(each, stopsOf.get(each) ?? [], findOverlapping(intervals, each), timeline))
}
