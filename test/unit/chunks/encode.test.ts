import { describe, expect, test } from 'vitest'
import { CHUNK_COLUMNS, chunkStart, SUM_COLUMNS } from '../../../src/chunks/chunk.ts'
import { ALL_FIELDS, ENCODED, encodeChunks, encodedPosition, encodeReadings, lastReading, sentBit } from '../../../src/chunks/encode.ts'
import type { EncodedChunk } from '../../../src/chunks/encode.ts'

// Promise: the readings of a request are encoded as the chunks that SQL stores, with their texts, sums and states.

const HOUR = 3_600
const START = 10 * HOUR

/** Returns the members of an encoded chunk by their names. */
const membersOf = (chunk: EncodedChunk) => ({
  ...Object.fromEntries(Object.entries(ENCODED).map(([name, position]) => [name, chunk[position]])),
  ...Object.fromEntries(SUM_COLUMNS.map((column) => [column, chunk[encodedPosition(column)]])),
})
const encode = (...parameters: Parameters<typeof encodeChunks>) => encodeChunks(...parameters).map(membersOf)
/** The sums of a quarter of an hour without readings. */
const noSums = (quarter: number) =>
  Object.fromEntries(
    SUM_COLUMNS.filter((column) => column.endsWith(`_${quarter}`)).map((column) => [column, column.includes('readings') ? 0 : null]),
  )

describe('chunkStart', () => {
  test.each([
    [0, 0],
    [3_599, 0],
    [3_600, 3_600],
    [7_300, 7_200],
    [-1, -3_600],
    [-3_600, -3_600],
  ])('chunkStart of %i is %i', (time, start) => {
    expect(chunkStart(time)).toBe(start)
  })
})

describe('positions', () => {
  test('each member of an encoded chunk has one position', () => {
    const positions = [...Object.values(ENCODED), ...SUM_COLUMNS.map(encodedPosition)]
    const [chunk] = encodeChunks([{ time: START }])
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from(chunk!.keys()))
  })

  test('encodedPosition returns the position of each column of the table', () => {
    for (const column of ['start', ...CHUNK_COLUMNS] as const)
      if (column in ENCODED) expect(encodedPosition(column)).toBe(ENCODED[column as keyof typeof ENCODED])
  })

  test('each field has one bit, and ALL_FIELDS has all of them', () => {
    expect([sentBit('actual'), sentBit('goal'), sentBit('scrap'), ALL_FIELDS]).toEqual([1, 2, 4, 7])
  })
})

describe('encodeChunks', () => {
  test('encodeChunks returns the texts, sums and states of a chunk, in order of time', () => {
    const readings = [
      { time: START + 3_599, actual: 0, goal: null },
      { time: START + 900, actual: 9, goal: 10, scrap: 2 },
      { time: START, actual: 5, goal: 6 },
      { time: START + 899, actual: null, goal: 4 },
      { time: START + 1_799, actual: 7 },
    ]
    expect(encode(readings)).toEqual([
      {
        factory: 0,
        start: START,
        first: START,
        last: START + 3_599,
        readings: 5,
        times: '0,899,900,1799,3599',
        sent: '3,3,7,1,3',
        states: '[4,0,1,0,2,900,1,1799,2,3599,0,3599]',
        exceeds: 0,
        actual: '5,null,9,7,0',
        goal: '6,4,10,null,null',
        scrap: 'null,null,2,null,null',
        actual_0: 5,
        goal_0: 10,
        scrap_0: null,
        compared_0: 5,
        inspected_0: null,
        readings_0: 2,
        goal_readings_0: 2,
        actual_1: 16,
        goal_1: 10,
        scrap_1: 2,
        compared_1: 9,
        inspected_1: 9,
        readings_1: 2,
        goal_readings_1: 1,
        ...noSums(2),
        actual_3: 0,
        goal_3: null,
        scrap_3: null,
        compared_3: null,
        inspected_3: null,
        readings_3: 1,
        goal_readings_3: 0,
      },
    ])
  })

  test('the text of a figure that no reading has is null', () => {
    expect(encode([{ time: START, goal: 3 }])).toMatchObject([{ actual: null, goal: '3', scrap: null, states: '[0]' }])
  })

  test('encodeChunks returns one chunk for each hour of each factory', () => {
    const readings = [
      { factory: 7, time: START + HOUR, actual: 1 },
      { factory: 3, time: START - 1, actual: 2 },
      { factory: 7, time: START, actual: 3 },
      { factory: 3, time: START, actual: 4 },
      { factory: 7, time: START + 1, actual: 5 },
    ]
    expect(encode(readings)).toMatchObject([
      { factory: 7, start: START, times: '0,1', actual: '3,5' },
      { factory: 7, start: START + HOUR, times: '0', actual: '1' },
      { factory: 3, start: START - HOUR, times: '3599', actual: '2' },
      { factory: 3, start: START, times: '0', actual: '4' },
    ])
  })

  test('of several values of a figure at one time, the last one counts', () => {
    const readings = [
      { time: START, actual: 1, goal: 2 },
      { time: START, actual: 3 },
      { time: START, goal: null },
    ]
    expect(encode(readings)).toMatchObject([{ readings: 1, times: '0', actual: '3', goal: null, sent: '3' }])
  })

  test('a figure that is absent is not sent, and null is', () => {
    const readings = [{ time: START }, { time: START + 1, actual: null }, { time: START + 2, goal: undefined, scrap: null }]
    expect(encode(readings)).toMatchObject([{ sent: '0,1,4', actual: null, goal: null, scrap: null }])
  })

  test('fields that count as sent are sent in every reading', () => {
    const readings = [{ time: START, scrap: 1 }, { time: START + 1 }]
    expect(encode(readings, sentBit('actual'))).toMatchObject([{ sent: '5,1' }])
    expect(encodeReadings(readings, sentBit('actual'))).toBe(JSON.stringify(encodeChunks(readings, sentBit('actual'))))
    expect(encodeReadings(readings)).toBe(JSON.stringify(encodeChunks(readings)))
  })

  test('a chunk tells whether one of its readings has more scrap than actual production', () => {
    const fine = { time: START, actual: 3, scrap: 3 }
    const excess = { time: START + 1, actual: 3, scrap: 4 }
    expect(encode([fine])).toMatchObject([{ exceeds: 0 }])
    expect(encode([fine, excess])).toMatchObject([{ exceeds: 1 }])
  })

  test('encodeChunks returns nothing without readings', () => {
    expect(encodeChunks([])).toEqual([])
  })
})

describe('lastReading', () => {
  test('lastReading returns the figures of the last reading of a chunk', () => {
    const readings = [
      { time: START, actual: 1, goal: 2, scrap: 0 },
      { time: START + 60, actual: 30, goal: null, scrap: 20 },
    ]
    expect(encodeChunks(readings).map(lastReading)).toEqual([{ time: START + 60, actual: 30, goal: null, scrap: 20 }])
  })

  test('lastReading returns the figures of the only reading of a chunk', () => {
    expect(encodeChunks([{ time: START, actual: 12 }]).map(lastReading)).toEqual([{ time: START, actual: 12, goal: null }])
  })
})
