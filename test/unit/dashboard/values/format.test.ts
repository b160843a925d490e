import { expect, test } from 'vitest'
import { describeMissing, findUsualRate } from '../../../../src/dashboard/values/completeness.ts'
import { describeChart } from '../../../../src/dashboard/chart/chart-summary.ts'
import type { ChartData } from '../../../../src/dashboard/chart/chart-summary.ts'
import { describePoint } from '../../../../src/dashboard/chart/point.ts'
import { createCounter } from '../../../../src/dashboard/texts/plural.ts'
import { describeFreshness, formatTicks } from '../../../../src/dashboard/values/format.ts'

// Promise: the texts of the dashboard state freshness, axis ticks, missing readings and the content of a chart correctly.

const NOW = 1_767_312_000
const HOUR = 3600

test.each<[string, number, number, boolean]>([
  ['every minute and reported 1 s less than 15 min ago', 1_440, 899, true],
  ['every minute and reported 15 min ago', 1_440, 900, false],
  ['every hour and reported 1 s less than 3 h ago', 24, 3 * HOUR - 1, true],
  ['every hour and reported 3 h ago', 24, 3 * HOUR, false],
  ['once a day and reported 24 h ago', 1, 24 * HOUR, false],
  ['once a day and reported 23 h ago', 1, 23 * HOUR, true],
  ['with a clock that is 5 min ahead', 24, -300, true],
])('describeFreshness of a factory that reports %s', (_, readings, age, fresh) => {
  const result = describeFreshness({ time: NOW - age }, readings, NOW * 1000)
  expect([result.fresh, /^no data for \d/.test(result.words)]).toEqual([fresh, !fresh])
})

test('describeFreshness says "no data yet" for a factory without readings', () => {
  expect(describeFreshness(null, 0, NOW * 1000)).toEqual({ fresh: false, words: 'no data yet' })
})

test('describeFreshness states the age in the largest unit that fits', () => {
  const words = [0, 30, 90, 899].map((age) => describeFreshness({ time: NOW - age }, 1_440, NOW * 1000).words)
  expect(words).toEqual(['just now', '30 s ago', '1 min ago', '14 min ago'])
})

test('createCounter returns a function that uses the singular for 1 and the plural for all other counts', () => {
  const count = createCounter('en')
  expect([0, 1, 1_000].map((each) => count(each, { one: 'factory', other: 'factories' }))).toEqual([
    '0 factories',
    '1 factory',
    '1,000 factories',
  ])
})

test('describeFreshness names a point in time only if it knows the time zone of the factory', () => {
  const words = (zone?: string) => describeFreshness({ time: NOW - 100_000 }, 24, NOW * 1000, zone).words
  expect(words()).toBe('no data for 27 h')
  expect(words('Asia/Tokyo')).toMatch(/^no data since \d/)
})

test.each([
  [
    [0, 5, 10],
    ['0', '5', '10'],
  ],
  [
    [0, 50_000],
    ['0', '50,000'],
  ],
  [
    [0, 500_000, 1_000_000, 1_500_000],
    ['0', '0.5M', '1M', '1.5M'],
  ],
  [
    [120_000, 130_000],
    ['120K', '130K'],
  ],
  [
    [123_000_000, 123_000_005],
    ['123M', '123.000005M'],
  ],
  [[2_000_000], ['2M']],
  [
    [8e15, 9e15],
    ['8Q', '9Q'],
  ],
])('formatTicks writes distinct labels for the ticks of an axis: %j', (ticks, words) => {
  expect(formatTicks(ticks)).toEqual(words)
})

test('describeMissing marks only hours that have some of the usual readings', () => {
  const hours = [60, 60, 0, 30, 59, 60].map((readings) => ({ readings, seconds: HOUR }))
  const rate = findUsualRate(hours)
  expect(hours.map((hour) => describeMissing(hour, rate))).toEqual([
    undefined,
    undefined,
    undefined,
    '30 of about 60',
    undefined,
    undefined,
  ])
  expect(describeMissing({ readings: 30, seconds: HOUR / 2 }, rate)).toBe(undefined)
  expect(describeMissing({ readings: 700, seconds: 24 * HOUR }, rate)).toBe('700 of about 1,440')
  expect(describeMissing({ readings: 5, seconds: HOUR }, findUsualRate([]))).toBe(undefined)
})

const readings = (actual: (number | null)[], goal: (number | null)[]): ChartData['series'] => ({
  time: actual.map((_, n) => 1_611_204_818 + 60 * n),
  sprocket_production_actual: actual,
  sprocket_production_goal: goal,
})
const shown = { resolution: 'raw', zone: 'UTC', isSample: false, isCut: false } as const

test('the description of a chart adds up all points, but not a sample', () => {
  const series = readings([30, 31, 20], [30, 30, 30])
  expect(describeChart({ ...shown, series })).toBe(
    '3 readings from 21 Jan 2021, 04:53 to 21 Jan 2021, 04:55 (UTC). Made between 20 and 31. 81 made of 90 planned, 9 behind goal; behind goal in 1 of 3 readings with a goal.',
  )
  expect(describeChart({ ...shown, series, isSample: true })).toBe(
    'A sample of 3 readings from 21 Jan 2021, 04:53 to 21 Jan 2021, 04:55 (UTC).',
  )
})

test('the description of a chart of hours compares only hours whose readings all have a goal, and counts hours that lack readings', () => {
  const series = { ...readings([60, 61, 30, 60], [60, 60, 30, 30]), readings: [60, 60, 30, 60], goal_readings: [60, 60, 30, 30] }
  const words = describeChart({
    ...shown,
    series: { ...series, time: series.time.map((time, n) => time + 3_540 * n) },
    resolution: 'hour',
  })
  expect(words).toContain('4 hours from')
  expect(words).toContain('151 made of 150 planned, 1 ahead of goal; behind goal in 0 of 3 hours with a goal.')
  expect(words).toContain('Readings are missing in 1 hour.')
})

test('the description of a chart of a shift has its target, although the plan of each hour has a fraction', () => {
  const series = readings([160, 160, 170, 160, 160, 170], Array<number>(6).fill(1000 / 6))
  expect(describeChart({ ...shown, series, resolution: 'hour' })).toContain(
    '980 made of 1,000 planned, 20 behind goal; behind goal in 4 of 6 hours with a goal.',
  )
})

test('describePoint rounds the plan of an hour, and the gap to it', () => {
  expect(describePoint({ time: 1_611_204_818, actual: 160, goal: 1000 / 6, ghost: null }, 'UTC')).toBe(
    '21 Jan 2021, 04:53 (UTC): made 160, planned 167, gap ▼ −7',
  )
})
