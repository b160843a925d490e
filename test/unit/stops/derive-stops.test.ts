import { expect, test } from 'vitest'
import { RUNNING, STOPPED } from '../../../src/chunks/states.ts'
import type { Span } from '../../../src/schedule/shift-occurrences.ts'
import { deriveStops } from '../../../src/stops/derive-stops.ts'
import type { StateSpan } from '../../../src/stops/state-spans.ts'

// Promise: a stop lies in planned time, is cut at the borders of shifts, and counts by its planned seconds.

const shift = (from: number, to: number, breaks: Span[] = []) => ({
  date: '2026-01-05',
  name: 'Early',
  from,
  to,
  breaks,
  planned_seconds: to - from,
  target: null,
})
const stopped = (from: number, to: number): StateSpan[] => [
  { from: -Infinity, to: from, state: RUNNING },
  { from, to, state: STOPPED },
  { from: to, to: Infinity, state: RUNNING },
]
const derive = (from: number, to: number, shifts: ReturnType<typeof shift>[]) =>
  deriveStops(stopped(from, to), shifts, 300).map((stop) => [stop.from, stop.to, stop.planned_seconds])

test.each([
  ['is clipped to its shift', [500, 2_000], [shift(1_000, 9_000)], [[1_000, 2_000, 1_000]]],
  ['needs 300 planned seconds', [500, 1_299], [shift(1_000, 9_000)], []],
  ['of 300 planned seconds counts', [500, 1_300], [shift(1_000, 9_000)], [[1_000, 1_300, 300]]],
  ['keeps a break inside it', [1_000, 2_000], [shift(0, 9_000, [{ from: 1_200, to: 1_700 }])], [[1_000, 2_000, 500]]],
  [
    'loses a break at its start and end',
    [1_000, 2_000],
    [
      shift(0, 9_000, [
        { from: 900, to: 1_100 },
        { from: 1_900, to: 2_100 },
      ]),
    ],
    [[1_100, 1_900, 800]],
  ],
  ['in a break is none', [1_000, 2_000], [shift(0, 9_000, [{ from: 1_000, to: 2_000 }])], []],
  [
    'counts its parts in adjoining shifts together',
    [900, 1_200],
    [shift(0, 1_000), shift(1_000, 2_000)],
    [
      [900, 1_000, 100],
      [1_000, 1_200, 200],
    ],
  ],
  ['does not count parts in shifts with time between them together', [900, 2_200], [shift(0, 1_000), shift(2_000, 3_000)], []],
])('a stop %s', (_, [from, to], shifts, expected) => {
  expect(derive(from!, to!, shifts)).toEqual(expected)
})
