import { expect, test } from 'vitest'
import { computeStates } from '../../../src/chunks/states.ts'

// Promise: the states of a chunk tell when a machine stood still, in a bounded number of pairs.

const START = 7_200
const readings = (...list: [seconds: number, actual: number | null][]) =>
  list.map(([seconds, actual]) => ({ time: START + seconds, actual, goal: null, scrap: null }))
const [STOPPED, RUNNING, SILENT] = [0, 1, 2]

test.each<[what: string, list: [number, number | null][], states: number[]]>([
  ['no reading with an actual production', [[5, null]], [0]],
  ['one reading', [[5, 3]], [1, 5, RUNNING, 5]],
  [
    'a change, without the reading that says nothing',
    [
      [0, 3],
      [60, null],
      [120, 0],
      [180, 0],
    ],
    [3, 0, RUNNING, 120, STOPPED, 180],
  ],
  [
    'silence of 15 minutes, and none of a second less',
    [
      [0, 3],
      [899, 3],
      [1_799, 3],
    ],
    [3, 0, RUNNING, 899, SILENT, 1_799, RUNNING, 1_799],
  ],
  [
    'a stop of 60 seconds, and none of 59 seconds',
    [
      [0, 3],
      [10, 0],
      [69, 3],
      [100, 0],
      [160, 3],
    ],
    [5, 0, RUNNING, 100, STOPPED, 160, RUNNING, 160],
  ],
  [
    'a short stop at the start, which may have begun before the chunk',
    [
      [0, 0],
      [10, 3],
    ],
    [2, 0, STOPPED, 10, RUNNING, 10],
  ],
  [
    'a short stop before silence and after it',
    [
      [0, 3],
      [10, 0],
      [1_000, 0],
      [1_010, 3],
    ],
    [4, 0, RUNNING, 10, STOPPED, 10, SILENT, 1_000, STOPPED, 1_010, RUNNING, 1_010],
  ],
])('the states of a chunk show %s', (_, list, states) => {
  expect(computeStates(START, readings(...list))).toEqual(states)
})

test('computeStates stores two changes for a machine that stops every other second', () => {
  const flicker = Array.from({ length: 3_600 }, (_, second): [number, number] => [second, second % 2])
  expect(computeStates(START, readings(...flicker))).toEqual([3_600, 0, STOPPED, 1, RUNNING, 3_599])
})
