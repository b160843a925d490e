import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { ScheduleIn } from '../../../src/schemas/schedules.ts'
import { copyChunks } from '../../support/copied-chunks.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { addFactory, at, DAYS, shiftsOf, THREE } from '../../support/shift-factories.ts'
import type { Figures } from '../../support/shift-factories.ts'

// Promise: a border of a shift separates the readings before it from those after it, wherever it is in its hour.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

test('a reading on a border belongs to the later shift', async () => {
  const factory = await addFactory(harness, THREE, [
    ['2024-01-16T13:59', 1, 1],
    ['2024-01-16T14:00', 2, 2],
  ])
  expect((await shiftsOf(harness, `${factory}/shifts`)).map(({ name, actual }) => [name, actual])).toEqual([
    ['Shift 1', null],
    ['Shift 2', null],
    ['Shift 0', 1],
    ['Shift 1', 2],
  ])
})

test.each([
  ['at a full hour', '07:00', '07:00'],
  ['at a half hour', '06:30', '06:30'],
  ['within a quarter', '06:40', '06:40'],
  ['within a quarter, in a zone with a half hour', '12:05', '06:35'],
])('a border %s separates the readings of its hour', async (_, local, utc) => {
  const [hour, minute] = utc.split(':').map(Number) as [number, number]
  const border = (hour * 60 + minute) * 60 + at('2024-01-16T00:00')
  const factory = await addFactory(harness, [{ start: local, end: local, target: 86_400 }], [], local === utc ? 'UTC' : 'Asia/Kolkata')
  const readings = Array.from({ length: 120 }, (_, n) => ({ time: border + (n - 60) * 30, actual: 1, goal: 1 }))
  await harness.operator.post(`${factory}/chart-data`, { readings })
  const [before, after] = await shiftsOf(harness, `${factory}/shifts`)
  expect([before!.actual, after!.actual]).toEqual([60, 60])
  expect([before!.expected, after!.expected]).toEqual([86_400 - 29, 59 * 30 + 1])
})

test('a border within a quarter separates readings also if all texts together are too long for one value of SQLite', async () => {
  const starts = ['06:10', '14:10', '22:10']
  const factory = await addFactory(
    harness,
    starts.map((start, index) => ({ start, end: starts[(index + 1) % 3]! })),
    [],
  )
  const [figure, first] = [999_999_999_999, at('2024-01-16T06:00')]
  const readings = Array.from({ length: 3_600 }, (_, n) => ({ time: first + n, actual: figure, goal: figure, scrap: figure }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  const days = 16
  const series = `(select series_pk from factories where organisation_pk = 1 and id = ${Number(factory.split('/').at(-1))})`
  await env.DB.prepare(copyChunks(3 * days, 28_800, `start = ${first} and series_pk = ${series}`)).run()
  const read = async (to: number) =>
    (await shiftsOf(harness, `${factory}/shifts?from=${first}&to=${to}`)).map(({ readings: count, actual }) => [count, actual])
  const all = await read(first + days * 86_400)
  // Each shift has 50 minutes after its start, and 10 minutes before its end.
  expect(all).toEqual(Array.from({ length: 3 * days }, () => [3_600, 3_600 * figure]))
  expect(await read(first + 86_400)).toEqual(all.slice(0, 3))
})

const atTenPast = { name: 'Late start', start: '06:10', end: '14:10' }
test.each([
  ['an exception', { exceptions: [{ date: '2024-01-16', shifts: [atTenPast] }] }],
  ['the last version', { versions: [{ valid_from: '2024-01-16', shifts: [{ ...atTenPast, days: DAYS }] }] }],
])('a border of %s separates the readings of its hour', async (_, { versions = [], exceptions = [] }: Partial<ScheduleIn>) => {
  const factory = await addFactory(
    harness,
    [],
    ['06:09', '06:11', '06:12', '14:09', '14:11'].map((time) => [`2024-01-16T${time}`, 1, 1]),
  )
  const early = { valid_from: '2020-01-01', shifts: [{ name: 'Early', days: DAYS, start: '06:00', end: '14:00' }] }
  const put = await harness.engineer.put(`${factory}/schedule`, { versions: [early, ...versions], exceptions })
  expect(put.status).toBe(200)
  expect(await shiftsOf(harness, `${factory}/shifts?date=2024-01-16`)).toMatchObject([{ name: 'Late start', readings: 3, actual: 3 }])
})

test('a border within a quarter separates the readings of an hour in which clocks change', async () => {
  // At 15:30 UTC, clocks of Lord Howe went from 02:00 to 02:30.
  const border = at('2024-10-05T15:40')
  const factory = await addFactory(harness, [{ start: '02:40', end: '02:40' }], [], 'Australia/Lord_Howe')
  const readings = Array.from({ length: 20 }, (_, n) => ({ time: border + (n - 10) * 30, actual: 1 }))
  await harness.operator.post(`${factory}/chart-data`, { readings })
  expect((await shiftsOf(harness, `${factory}/shifts`)).slice(-2).map(({ from, actual }) => [from, actual])).toEqual([
    [border - 86_400 + 1_800, 10],
    [border, 10],
  ])
})

test('a quarter whose readings retention has removed belongs to the shift that contains its start', async () => {
  const readings: Figures[] = [
    ['2024-01-16T06:29', 1, 1],
    ['2024-01-16T06:31', 2, 2],
    ['2024-01-16T06:39', 4, 4],
    ['2024-01-16T06:41', 8, 8],
    ['2024-01-16T06:50', 16, 16],
  ]
  const factory = await addFactory(harness, [{ start: '06:40', end: '06:40', target: 1_440 }], readings)
  const figuresOf = async () =>
    (await shiftsOf(harness, `${factory}/shifts?from=2024-01-15T00:00:00Z&to=2024-01-17T00:00:00Z`)).map(({ actual, expected }) => [
      actual,
      expected,
    ])
  expect(await figuresOf()).toEqual([
    [7, 1_439 + 1 / 60],
    [24, 10 + 1 / 60],
  ])
  await env.DB.prepare(
    `update chunks set times = null, actual = null, goal = null
      where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)`,
  )
    .bind(Number(factory.split('/').at(-1)))
    .run()
  // Another isolate has no response in memory. The newest reading is known, and an earlier quarter counts as complete.
  harness = harness.elsewhere(newIsolate(harness.clock))
  expect(await figuresOf()).toEqual([
    [15, 1_440],
    [16, 10 + 1 / 60],
  ])
})
