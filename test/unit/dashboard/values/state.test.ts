import { describe, expect, test } from 'vitest'
import { DEFAULT_BANDS, findBand, formatBands, parseBands } from '../../../../src/dashboard/values/bands.ts'
import { describeState } from '../../../../src/dashboard/values/state.ts'
import type { StateInput } from '../../../../src/dashboard/values/state.ts'

// Promise: the state of a factory follows from its figures alone, and has a sign and words besides its colour.

const NOW = 1_767_312_000
const HOUR = 3600
const SHIFT = { date: '2026-01-02', name: 'Early', attainment: 1 }

/** A factory that reports every minute, has its newest reading 30 s ago, and reaches its goal. */
const factory = (changes: Partial<StateInput> = {}): StateInput => ({
  latest: { time: NOW - 30, actual: 30, goal: 30 },
  last_day: { attainment: 1, readings: 1_440 },
  ...changes,
})
const latest = (age: number, actual: number | null = 30) => ({ time: NOW - age, actual, goal: 30 })
const day = (attainment: number | null) => ({ attainment, readings: 1_440 })
const getState = (input: StateInput, bands = DEFAULT_BANDS) => describeState(input, NOW * 1000, bands)

describe('describeState of a factory', () => {
  test.each<[string, StateInput, string, string]>([
    ['that reaches its goal', factory(), '●', 'running'],
    ['without a goal', factory({ last_day: day(null) }), '●', 'running'],
    ['that reaches 98.9 % of its goal', factory({ last_day: day(0.989) }), '▽', 'just behind'],
    ['that reaches 95 % of its goal', factory({ last_day: day(0.95) }), '▽', 'just behind'],
    ['that reaches 84.8 % of its goal', factory({ last_day: day(0.848) }), '▼', 'behind'],
    ['whose shift is behind and whose day is not', factory({ shift: { ...SHIFT, attainment: 0.8 } }), '▼', 'behind'],
    ['whose shift reaches its goal and whose day does not', factory({ shift: SHIFT, last_day: day(0.5) }), '●', 'running'],
    ['whose shift has no goal', factory({ shift: { ...SHIFT, attainment: null }, last_day: day(0.5) }), '●', 'running'],
    ['whose newest reading has an actual of 0', factory({ latest: latest(30, 0) }), '■', 'stopped'],
    ['whose newest reading has no actual', factory({ latest: latest(30, null) }), '●', 'running'],
    ['without readings', factory({ latest: null, last_day: { attainment: null, readings: 0 } }), '○', 'no data'],
    ['that has been silent for an hour', factory({ latest: latest(HOUR) }), '○', 'no data'],
    ['that is silent in its shift', factory({ latest: latest(HOUR), shift: SHIFT }), '○', 'no data'],
    ['whose newest reading is between two shifts', factory({ shift: null }), '◇', 'not planned'],
    ['that is silent since a reading between two shifts', factory({ latest: latest(64 * HOUR - 1), shift: null }), '◇', 'not planned'],
    ['that is silent for the length of a weekend', factory({ latest: latest(64 * HOUR), shift: null }), '○', 'no data'],
  ])('%s', (_, input, sign, words) => {
    expect(getState(input)).toMatchObject({ sign, words })
  })

  test('that stands still outside its shifts is not planned, and not stopped', () => {
    expect(getState(factory({ latest: latest(30, 0), shift: null })).state).toBe('not-planned')
  })

  test('depends on the bands', () => {
    const bands = { green: 0.9, amber: 0.8 }
    expect([0.9, 0.85, 0.79].map((attainment) => getState(factory({ last_day: day(attainment) }), bands).words)).toEqual([
      'running',
      'just behind',
      'behind',
    ])
  })
})

describe('parseBands', () => {
  test.each([
    ['100,95', { green: 1, amber: 0.95 }],
    ['97.5,90', { green: 0.975, amber: 0.9 }],
    ['90,90', { green: 0.9, amber: 0.9 }],
  ])('reads %s and formats it again', (text, bands) => {
    expect(parseBands(text)).toEqual(bands)
    expect(formatBands(bands)).toBe(text)
  })

  test.each(['', '100', '95,100', '0,0', '201,100', 'a,b', '100,95,90', '1e2,95'])('refuses %j', (text) => {
    expect(parseBands(text)).toBeUndefined()
  })
})

test.each([
  [1, 'good'],
  [0.999, 'near'],
  [0.95, 'near'],
  [0.949, 'bad'],
  [null, ''],
] as const)('the band of the attainment %j is "%s"', (attainment, band) => expect(findBand(attainment, DEFAULT_BANDS)).toBe(band))
