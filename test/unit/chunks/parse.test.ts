import { describe, expect, test } from 'vitest'
import {
  keepNewest,
  parseColumns,
  parseDays,
  parseReadings,
  parseSums,
  readingsIn,
  rowsOfTexts,
  toRows,
  toSums,
} from '../../../src/chunks/parse.ts'
import type { Readings } from '../../../src/chunks/parse.ts'
import { sampleReadings } from '../../../src/chunks/sample.ts'
import { SUM_NAMES } from '../../../src/chunks/sums.ts'
import { FIELD_NAMES, mapFields } from '../../../src/schemas/reading-fields.ts'

// Promise: the texts and sums of chunks, in any order, are parsed to readings and sums in order of time.

/** Returns readings whose figures are numbers of the reading. */
const readingsAt = (...time: number[]): Readings => ({
  time,
  ...mapFields(FIELD_NAMES, () => time.map(() => null)),
  actual: time.map((_, index) => index),
  goal: time.map((_, index) => 10 * index),
})
const timesOf = ({ time }: Readings) => time
const TEXTS = '[[7200,[0,60],[1,null],[],[5,6]],[3600,[30],[],[4],[]]]'
const PARSED: Readings = {
  time: [3_630, 7_200, 7_260],
  ...mapFields(FIELD_NAMES, () => [null, null, null]),
  actual: [null, 1, null],
  goal: [4, null, null],
  scrap: [null, 5, 6],
}

describe('readings', () => {
  test('parseReadings returns the readings of chunks in order of time, with null for a figure that a chunk lacks', () => {
    expect(parseReadings(TEXTS)).toEqual(PARSED)
    expect(parseReadings('[]')).toEqual({ time: [], actual: [], goal: [], scrap: [] })
  })

  test('parseColumns returns the readings of columns that have been read one by one, each in another order', () => {
    const json = {
      ...mapFields(FIELD_NAMES, () => '[[3600,[]],[7200,[]]]'),
      times: '[[7200,[0,60]],[3600,[30]]]',
      actual: '[[3600,[]],[7200,[1,null]]]',
      goal: '[[7200,[]],[3600,[4]]]',
      scrap: '[[3600,[]],[7200,[5,6]]]',
    }
    expect(parseColumns(json)).toEqual(PARSED)
  })

  test('rowsOfTexts and toRows return each reading as an object', () => {
    expect(toRows(PARSED)).toEqual([
      { time: 3_630, actual: null, goal: 4, scrap: null },
      { time: 7_200, actual: 1, goal: null, scrap: 5 },
      { time: 7_260, actual: null, goal: null, scrap: 6 },
    ])
    expect(rowsOfTexts([3_600, [30, 40], [1, 2], [], []])).toEqual([
      { time: 3_630, actual: 1, goal: null, scrap: null },
      { time: 3_640, actual: 2, goal: null, scrap: null },
    ])
  })

  test.each([
    [0, []],
    [2, [20, 30]],
    [3, [10, 20, 30]],
    [4, [10, 20, 30]],
  ])('keepNewest returns the newest %i readings', (limit, times) => {
    const kept = keepNewest(readingsAt(10, 20, 30), limit)
    expect(timesOf(kept)).toEqual(times)
    expect(kept.actual).toEqual([0, 1, 2].slice(3 - times.length))
  })

  test.each([
    [10, 31, [10, 20, 30]],
    [10, 30, [10, 20]],
    [11, 30, [20]],
    [20, 21, [20]],
    [0, 100, [10, 20, 30]],
    [0, 10, []],
    [31, 100, []],
  ])('readingsIn returns the readings from %i up to but not including %i', (from, to, times) => {
    const readings = readingsIn(readingsAt(10, 20, 30), from, to)
    expect(timesOf(readings)).toEqual(times)
    expect(readings.goal).toEqual(times.map((time) => time - 10))
  })
})

describe('sampleReadings', () => {
  test.each([
    [[], []],
    [[5], [5]],
    [
      [0, 59, 60, 119, 120, 121, 150],
      [0, 60, 120, 150],
    ],
    [
      [59, 60, 200, 239],
      [59, 60, 200, 239],
    ],
    [
      [-61, -60, -1, 0, 1],
      [-61, -60, 0, 1],
    ],
  ])('sampleReadings of %j returns the first reading of each minute and the newest one', (times, sampled) => {
    const readings = sampleReadings(readingsAt(...times))
    expect(timesOf(readings)).toEqual(sampled)
    expect(readings.actual).toEqual(sampled.map((time) => times.indexOf(time)))
  })
})

describe('sums', () => {
  const VALUES = [9, 8, 7, 6, 5, 4, 3]
  const SUMS = { actual: 9, goal: 8, scrap: 7, compared: 6, inspected: 5, readings: 4, goal_readings: 3 }
  const NONE = [null, null, null, null, null, 0, 0]

  test('toSums returns sums by their names', () => {
    expect(SUM_NAMES).toHaveLength(VALUES.length)
    expect(toSums(VALUES)).toEqual(SUMS)
  })

  test('parseDays returns the sums of each day', () => {
    expect(parseDays(JSON.stringify([[86_400, ...VALUES]]))).toEqual([{ time: 86_400, sums: SUMS }])
  })

  test('parseSums returns the sums of each quarter with readings, in order of time', () => {
    const one = [1, 1, null, 1, null, 1, 1]
    const json = [
      [7_200, ...NONE, ...VALUES, ...NONE, ...one, null],
      [3_600, ...one, ...NONE, ...VALUES, ...NONE, null],
    ]
    const ONE = { actual: 1, goal: 1, scrap: null, compared: 1, inspected: null, readings: 1, goal_readings: 1 }
    expect(parseSums(JSON.stringify(json))).toEqual([
      { time: 3_600, sums: ONE },
      { time: 5_400, sums: SUMS },
      { time: 8_100, sums: SUMS },
      { time: 9_900, sums: ONE },
    ])
  })

  test('parseSums returns the sums of each reading of a chunk that has its texts', () => {
    const json = [[3_600, ...VALUES, ...NONE, ...NONE, ...NONE, [3_600, [5, 6], [1, null], [2, 3], [1, null]]]]
    expect(parseSums(JSON.stringify(json))).toEqual([
      { time: 3_605, sums: { actual: 1, goal: 2, scrap: 1, compared: 1, inspected: 1, readings: 1, goal_readings: 1 } },
      { time: 3_606, sums: { actual: null, goal: 3, scrap: null, compared: null, inspected: null, readings: 1, goal_readings: 1 } },
    ])
  })
})
