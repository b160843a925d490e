import { expect, test } from 'vitest'
import { RUNNING, SILENT, STOPPED } from '../../../src/chunks/states.ts'
import type { ShiftOccurrence, Span } from '../../../src/schedule/shift-occurrences.ts'
import { annotateStops } from '../../../src/stops/annotate-stops.ts'
import { deriveStops } from '../../../src/stops/derive-stops.ts'
import { listStates } from '../../../src/stops/list-states.ts'
import { findOverlapping, intersectAll, subtract } from '../../../src/stops/planned-time.ts'
import type { StateSpan } from '../../../src/stops/state-spans.ts'
import { sumStops } from '../../../src/stops/stop-seconds.ts'

// Promise: the work of states and stops is proportional to the spans, and not to the product of their numbers.

const COUNT = 4_000
const LENGTH = 600
const END = COUNT * LENGTH
/** Reads of each span: two dozen comparisons of two halvings, several times. A walk of one list for each span would take thousands. */
const READS = 200

/** Returns adjoining spans, each shorter than its place by a gap. */
const spansOf = (gap = 0): Span[] => Array.from({ length: COUNT }, (_, index) => ({ from: index * LENGTH, to: (index + 1) * LENGTH - gap }))

/** Returns items of which the reads of every member are counted. */
const countReads = <Item extends object>(items: Item[]) => {
  const counted = { reads: 0, items: [] as Item[] }
  counted.items = items.map(
    (item) =>
      new Proxy(item, {
        get: (target, name) => {
          counted.reads++
          return Reflect.get(target, name) as unknown
        },
      }),
  )
  return counted
}

const toShift = (span: Span, breaks: Span[] = []): ShiftOccurrence => ({
  date: '2026-01-05',
  name: 'Early',
  ...span,
  breaks,
  planned_seconds: span.to - span.from,
  target: null,
})
const STATES = [RUNNING, STOPPED, SILENT] as const
/** Returns adjoining states that differ. */
const statesOf = (kinds: number) => spansOf().map((span, index): StateSpan => ({ ...span, state: STATES[index % kinds]! }))

test('findOverlapping, intersectAll and subtract read a few spans of a long list', () => {
  const { items, ...counted } = countReads(spansOf(10))
  const within = { from: 50_000, to: 51_000 }
  expect(findOverlapping(items, within)).toHaveLength(2)
  expect(intersectAll(items, within)).toEqual([
    { from: 50_000, to: 50_390 },
    { from: 50_400, to: 50_990 },
  ])
  expect(subtract(within, items)).toEqual([
    { from: 50_390, to: 50_400 },
    { from: 50_990, to: 51_000 },
  ])
  expect(counted.reads).toBeLessThan(READS)
})

test('listStates reads each state and each shift a few times', () => {
  const states = countReads(statesOf(3))
  const shifts = countReads(spansOf(10).map((span) => toShift(span)))
  const listed = listStates({ states: states.items, shifts: shifts.items, newest: END }, { from: 0, to: END }, Infinity)
  expect(listed).toHaveLength(2 * COUNT)
  expect(states.reads + shifts.reads).toBeLessThan(READS * COUNT)
})

test('listStates ends after one more state than its limit', () => {
  const states = countReads(statesOf(3))
  const span = { from: 0, to: END }
  const listed = listStates({ states: states.items, shifts: [toShift(span)], newest: END }, span, 10)
  expect(listed).toHaveLength(11)
  expect(states.reads).toBeLessThan(READS)
})

test('annotateStops reads each stop, annotation and shift a few times', () => {
  const day = spansOf().map((span) => toShift(span))
  const shifts = countReads(day)
  const states = countReads(statesOf(2))
  const annotations = countReads(
    spansOf().map(({ from }, id) => ({ id, from, to: id % 3 ? null : from + 500, reason: 'a', note: null, manual: id % 5 === 0 })),
  )
  const derived = countReads(deriveStops(states.items, shifts.items, 300))
  const timeline = { states: states.items, shifts: shifts.items, newest: END }
  expect(annotateStops(derived.items, annotations.items, timeline).length).toBeGreaterThan(COUNT / 2)
  expect(shifts.reads + states.reads + annotations.reads + derived.reads).toBeLessThan(READS * COUNT)
})

test('annotateStops reads each stop of one shift a few times', () => {
  const shift = toShift({ from: 0, to: END })
  const stops = countReads(spansOf(300).map((span) => ({ ...span, planned_seconds: LENGTH - 300, shift })))
  const annotations = spansOf(450).map((span, id) => ({ id, ...span, reason: 'a', note: null, manual: false }))
  const timeline = { states: [], shifts: [shift], newest: END }
  expect(annotateStops(stops.items, annotations, timeline)).toHaveLength(2 * COUNT)
  expect(stops.reads).toBeLessThan(READS * COUNT)
})

test('sumStops reads each stop and each silence of a shift a few times', () => {
  const shift = toShift({ from: 0, to: END })
  const part = { planned_seconds: 300, shift, isOpen: false, annotation: null }
  const stops = countReads(spansOf(300).map((span) => ({ ...span, ...part })))
  const silences = countReads(spansOf(100))
  expect(sumStops(shift, stops.items, silences.items, new Map()).no_data_seconds).toBe(200 * COUNT)
  expect(stops.reads + silences.reads).toBeLessThan(READS * COUNT)
})
