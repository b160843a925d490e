import { RUNNING, SILENT, STOPPED } from '../chunks/states.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import type { States } from '../schemas/states.ts'
import type { Timeline } from './annotate-stops.ts'
import { intersect, intersectAll, subtract } from './planned-time.ts'

type State = States['states'][number]

const NAMES = { [RUNNING]: 'running', [STOPPED]: 'stopped', [SILENT]: 'no-data' } as const

/** Joins spans with the same state of which one ends where the next begins. */
const join = (spans: readonly State[]): State[] => {
  const joined: State[] = []
  for (const span of spans) {
    const before = joined.at(-1)
    if (before?.state === span.state && before.to === span.from) before.to = span.to
    else joined.push({ ...span })
  }
  return joined
}

/**
 * Lists the states of a machine in a span, in order of time: in planned time those that its readings show, up to the newest one, and
 * `not-planned` otherwise. So planned time after the newest reading has no state.
 */
export const listStates = ({ states, shifts }: Timeline, span: Span): State[] => {
  const planned = shifts.flatMap((shift) => subtract(shift, shift.breaks)).flatMap((part) => intersect(part, span) ?? [])
  const known = states.filter(({ from, to }) => from < span.to && to > span.from)
  const worked = planned.flatMap((part) =>
    known.flatMap(({ state, ...each }) => intersectAll([each], part).map((inside) => ({ ...inside, state: NAMES[state] }))),
  )
  const others = subtract(span, planned).map((part) => ({ ...part, state: 'not-planned' as const }))
  return join([...worked, ...others].toSorted((a, b) => a.from - b.from))
}
