import { beforeAll, expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a chart with resolution=shift has the sum of each shift, in bounded pages that together have every shift once.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const DAY = 86_400
const at = (text: string) => Date.parse(`${text}:00Z`) / 1000

/** Creates a factory with shifts that start every day and readings. Returns the path of the sums of its shifts. */
const addFactory = async (shifts: [start: string, end: string][], readings: { time: number; actual: number; goal?: number }[]) => {
  const factory = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  if (shifts.length > 0) {
    const named = shifts.map(([start, end]) => ({ name: `${start} to ${end}`, days: [...WEEKDAYS], start, end }))
    await harness.engineer.put(`${factory}/schedule`, { versions: [{ valid_from: '2024-01-01', shifts: named }], exceptions: [] })
  }
  if (readings.length > 0) expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  return `${factory}/chart-data?resolution=shift`
}
const json = async (path: string) => (await harness.viewer.get(path)).json()

const TWO: [string, string][] = [
  ['06:00', '14:00'],
  ['14:00', '22:00'],
]
const READINGS = [
  { time: at('2024-01-16T05:00'), actual: 100 },
  { time: at('2024-01-16T13:59'), actual: 10, goal: 12 },
  { time: at('2024-01-16T14:00'), actual: 20, goal: 12 },
  { time: at('2024-01-16T21:59'), actual: 30 },
  { time: at('2024-01-16T23:00'), actual: 100 },
  { time: at('2024-01-17T15:00'), actual: 5 },
]
const STARTS = ['2024-01-16T06:00', '2024-01-16T14:00', '2024-01-17T06:00', '2024-01-17T14:00'].map(at)
const NONE = { sprocket_production_actual: [], sprocket_production_goal: [], time: [], readings: [], goal_readings: [] }

test('resolution=shift returns the sums of shifts at their start, and null for a shift without readings', async () => {
  const path = await addFactory(TWO, READINGS)
  const response = await harness.viewer.get(path)
  expect([response.headers.get('X-Resolution'), response.headers.get('Link')]).toEqual(['shift', null])
  expect(await response.json()).toEqual({
    sprocket_production_actual: [10, 50, null, 5],
    sprocket_production_goal: [12, 12, null, null],
    time: STARTS,
    readings: [1, 2, 0, 1],
    goal_readings: [1, 1, 0, 0],
  })
  expect(await json(`${path}&from=${STARTS[1]}&to=${STARTS[2]}&format=rows&fields=actual`)).toEqual([
    { time: STARTS[1], actual: 50, readings: 2, goal_readings: 1 },
  ])
  const csv = await harness.viewer.get(`${path}&limit=1`, { Accept: 'text/csv' })
  expect([csv.headers.get('Content-Type'), await csv.text()]).toEqual([
    'text/csv; charset=utf-8; header=present',
    `time,iso_time,actual,goal,readings,goal_readings\r\n${STARTS[3]},2024-01-17T14:00:00Z,5,,1,0\r\n`,
  ])
})

test('resolution=shift returns no points without a schedule, without readings and outside the series', async () => {
  for (const path of [await addFactory([], READINGS), await addFactory(TWO, [])])
    for (const query of ['', '&from=0', '&to=0', '&from=0&to=5000000000']) expect(await json(path + query)).toEqual(NONE)
  const path = await addFactory(TWO, READINGS)
  for (const query of ['&from=4000000000', '&to=0', '&from=0&to=1']) {
    const response = await harness.viewer.get(path + query)
    expect([await response.json(), response.headers.get('Link')]).toEqual([NONE, null])
  }
})

test('resolution=shift of a missing factory gets 404, and with points gets 400', async () => {
  expect((await harness.viewer.get('/api/factory/999/chart-data?resolution=shift')).status).toBe(404)
  const { errors } = await problemOf(await harness.viewer.get('/api/factory/1/chart-data?resolution=shift&points=5'), 400)
  expect(errors).toEqual([{ pointer: '#/query/points', detail: expect.stringContaining('resolution=shift') }])
})

/** Follows the Link headers from a page. Returns the times of all pages. */
const follow = async (path: string): Promise<number[][]> => {
  const response = await harness.viewer.get(path)
  const { time } = await response.json<{ time: number[] }>()
  const next = /<(.*)>/.exec(response.headers.get('Link') ?? '')?.[1]
  expect(next).not.toBe(path)
  return [time, ...(next === undefined ? [] : await follow(next))]
}

test('the pages of resolution=shift have at most 31 days, and every shift once in both directions', async () => {
  const pad = (hour: number) => `${String(hour % 24).padStart(2, '0')}:30`
  const six = Array.from({ length: 6 }, (_, n): [string, string] => [pad(4 * n), pad(4 * n + 4)])
  const first = at('2024-01-16T04:30')
  // Most of a year without readings comes before the last shift.
  const days = [...Array.from({ length: 100 }, (_, n) => n), 400]
  const path = await addFactory(
    six,
    days.map((n) => ({ time: first + n * DAY + 60, actual: 1 })),
  )
  const expected = Array.from({ length: 6 * 400 + 1 }, (_, n) => first + (n * DAY) / 6)
  const forwards = await follow(`${path}&from=0`)
  expect(forwards.flat()).toEqual(expected)
  expect(Math.max(...forwards.map(({ length }) => length))).toBe(6 * 31)
  const backwards = await follow(path)
  expect(backwards.toReversed().flat()).toEqual(expected)
  expect((await follow(`${path}&limit=100`)).toReversed().flat()).toEqual(expected)
  const pages = await follow(`${path}&from=${expected[3]}&to=${expected[700]}&limit=90`)
  expect(pages.flat()).toEqual(expected.slice(3, 700))
  expect(pages[0]).toHaveLength(90)
})

test('a page of resolution=shift that has no shift links to the next one', async () => {
  const path = await addFactory(TWO, [
    { time: at('2020-01-01T00:00'), actual: 1 },
    { time: at('2024-01-01T07:00'), actual: 1 },
  ])
  expect((await follow(`${path}&from=0`)).flat()).toEqual([at('2024-01-01T06:00')])
  expect((await follow(path)).flat()).toEqual([at('2024-01-01T06:00')])
})

test.each([0, 1, 31 * DAY])('the links of resolution=shift end at a series that begins %i s after the least time', async (seconds) => {
  const path = await addFactory(TWO, [{ time: Number.MIN_SAFE_INTEGER + seconds, actual: 1 }])
  expect((await follow(path)).flat()).toEqual([])
  expect((await follow(`${path}&from=${Number.MIN_SAFE_INTEGER}`)).flat()).toEqual([])
})
