import { expect, test } from 'vitest'
import { findGaps } from '../../../src/schemas/chart-gaps.ts'

// Promise: a gap is a step of more than three usual steps, and the line of a chart ends at it.

test('findGaps finds none without points, with one point, and in regular steps', () => {
  expect(findGaps([])).toEqual([])
  expect(findGaps([5])).toEqual([undefined])
  expect(findGaps([0, 60, 120, 180])).toEqual([undefined, undefined, undefined, undefined])
})

test('findGaps returns the time one usual step after the last point before a gap', () => {
  expect(findGaps([0, 60, 120, 180, 1180, 1240])).toEqual([undefined, undefined, undefined, undefined, 240, undefined])
})

test('findGaps accepts a step of three usual steps', () => {
  expect(findGaps([0, 60, 120, 300, 360])).toEqual(Array(5).fill(undefined))
  expect(findGaps([0, 60, 120, 301, 361])[3]).toBe(180)
})

test('findGaps finds none where the interval changes for good', () => {
  const minutes = Array.from({ length: 20 }, (_, n) => 60 * n)
  const hours = Array.from({ length: 20 }, (_, n) => minutes.at(-1)! + 3600 * (n + 1))
  expect(findGaps([...minutes, ...hours])).toEqual(Array(40).fill(undefined))
})

test('findGaps uses the mean of the middle two of an even number of steps', () => {
  // The steps are 10 and 70. Their median is 40, so 70 is no gap.
  expect(findGaps([0, 10, 80])).toEqual([undefined, undefined, undefined])
})
