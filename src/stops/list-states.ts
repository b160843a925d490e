import { RUNNING, SILENT, STOPPED } from '../chunks/states.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import type { States } from '../schemas/states.ts'
import type { Timeline } from './annotate-stops.ts'
import { findOverlapping, intersect, intersectAll, subtract } from './planned-time.ts'

type State = States['states'][number]

const NAMES = { [RUNNING]: 'running', [STOPPED]: 'stopped', [SILENT]: 'no-data' } as const

/** Appends a span to states in order of time. It joins the last one if that has the same state and ends where the span begins. */
const append = (states: State[], span: State): void => {
  const before = states.at(-1)
  if (before?.state === span.state && before.to === span.from) before.to = span.to
  else states.push(span)
}

/**
 * Lists the states of a machine in a span, in order of time: in planned time those that its readings show, up to the newest one, and
 * `not-planned` otherwise. So planned time after the newest reading has no state.
 * @param limit the list ends after this number of states and one more
 */
export const listStates = ({ states, shifts }: Timeline, span: Span, limit: number): State[] => {
  const planned = findOverlapping(shifts, span).flatMap((shift) => subtract(shift, shift.breaks))
  const listed: State[] = []
  let end = span.from
  // The end of the span is like a part that is empty.
  for (const part of [...intersectAll(planned, span), { from: span.to, to: span.to }]) {
    if (end < part.from) append(listed, { from: end, to: part.from, state: 'not-planned' })
    for (const known of findOverlapping(states, part)) {
      if (listed.length > limit) return listed
      const inside = intersect(known, part)
      if (inside) append(listed, { ...inside, state: NAMES[known.state] })
    }
    end = part.to
  }
  return listed
}
