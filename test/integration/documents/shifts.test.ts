import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { SUM_COLUMNS, TEXT_COLUMNS } from '../../../src/chunks/chunk.ts'
import type { ScheduleIn } from '../../../src/schemas/schedules.ts'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a shift has the production of its readings, and a reading on a border belongs to the later shift only.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const DAYS = [...WEEKDAYS]
const at = (text: string) => Date.parse(`${text}:00Z`) / 1000
type Shift = { date: string; name: string; from: number; to: number } & Record<string, number | null>

interface Declared {
  start: string
  end: string
  days?: string[]
  target?: number | null
  breaks?: { start: string; end: string }[]
}

/** Creates a factory with shifts and readings. Returns its path. */
const addFactory = async (shifts: Declared[], readings: [time: string, actual: number | null, goal: number | null][], zone = 'UTC') => {
  const factory = (await harness.engineer.post('/api/factories', { time_zone: zone })).headers.get('Location')!
  const named = shifts.map((shift, index) => ({ name: `Shift ${index}`, days: DAYS, ...shift }))
  const schedule = { versions: [{ valid_from: '2020-01-01', shifts: named }], exceptions: [] }
  expect((await harness.engineer.put(`${factory}/schedule`, schedule)).status).toBe(200)
  const sent = readings.map(([time, actual, goal]) => ({ time: at(time), actual, goal }))
  if (sent.length > 0) expect((await harness.operator.post(`${factory}/chart-data`, { readings: sent })).status).toBe(200)
  return factory
}

const shiftsOf = async (path: string): Promise<Shift[]> => {
  const response = await harness.viewer.get(path)
  expect(response.status).toBe(200)
  return (await response.json<{ shifts: Shift[] }>()).shifts
}

const THREE = [
  { start: '06:00', end: '14:00', target: 960, breaks: [{ start: '10:00', end: '10:30' }] },
  { start: '14:00', end: '22:00' },
  { start: '22:00', end: '06:00' },
]

test('a factory without a schedule or without readings has no shifts', async () => {
  expect(await shiftsOf('/api/factory/1/shifts')).toEqual([])
  expect(await shiftsOf(`${await addFactory(THREE, [])}/shifts`)).toEqual([])
})

test('a shift has its figures, and its target by the elapsed planned time', async () => {
  const factory = await addFactory(THREE, [
    ['2024-01-16T05:59', 1, 1],
    ['2024-01-16T06:00', 10, 20],
    ['2024-01-16T09:59', 30, null],
    ['2024-01-16T10:29', null, 5],
  ])
  const [, , night, early, ...more] = await shiftsOf(`${factory}/shifts?last=day`)
  expect(night).toMatchObject({ date: '2024-01-15', name: 'Shift 2', actual: 1, goal: 1, target: null, expected: 1 })
  expect(early).toEqual({
    date: '2024-01-16',
    name: 'Shift 0',
    from: at('2024-01-16T06:00'),
    to: at('2024-01-16T14:00'),
    planned_seconds: 27_000,
    actual: 40,
    goal: 25,
    gap: -15,
    attainment: 10 / 25,
    readings: 3,
    goal_readings: 2,
    target: 960,
    expected: (960 * 14_400) / 27_000,
    scrap: null,
    good: null,
    oee: { availability: 1, performance: null, quality: null, oee: null },
    // From the usual step of a minute after 06:00 on. The time after 10:00 is a break.
    stops: { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 14_280 },
  })
  expect(more).toEqual([])
})

test('a reading on a border belongs to the later shift', async () => {
  const factory = await addFactory(THREE, [
    ['2024-01-16T13:59', 1, 1],
    ['2024-01-16T14:00', 2, 2],
  ])
  expect((await shiftsOf(`${factory}/shifts`)).map(({ name, actual }) => [name, actual])).toEqual([
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
  const factory = await addFactory([{ start: local, end: local, target: 86_400 }], [], local === utc ? 'UTC' : 'Asia/Kolkata')
  const readings = Array.from({ length: 120 }, (_, n) => ({ time: border + (n - 60) * 30, actual: 1, goal: 1 }))
  await harness.operator.post(`${factory}/chart-data`, { readings })
  const [before, after] = await shiftsOf(`${factory}/shifts`)
  expect([before!.actual, after!.actual]).toEqual([60, 60])
  expect([before!.expected, after!.expected]).toEqual([86_400 - 29, 59 * 30 + 1])
})

test('borders within a quarter separate so many readings that their texts do not fit one value', async () => {
  const starts = ['06:10', '14:10', '22:10']
  const factory = await addFactory(
    starts.map((start, index) => ({ start, end: starts[(index + 1) % 3]! })),
    [],
  )
  const [figure, first] = [999_999_999_999, at('2024-01-16T06:00')]
  const readings = Array.from({ length: 3_600 }, (_, n) => ({ time: first + n, actual: figure, goal: figure, scrap: figure }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  const days = 16
  const columns = [...TEXT_COLUMNS, ...SUM_COLUMNS, 'states'].join(', ')
  await env.DB.prepare(
    `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${3 * days})
      insert into chunks (series_pk, start, last, ${columns}) select series_pk, start + n * 28800, last + n * 28800, ${columns}
      from chunks cross join n where start = ${first} and series_pk = (select series_pk from factories where organisation_pk = 1 and id = ${Number(factory.split('/').at(-1))})`,
  ).run()
  const read = async (to: number) =>
    (await shiftsOf(`${factory}/shifts?from=${first}&to=${to}`)).map(({ readings: count, actual }) => [count, actual])
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
    [],
    ['06:09', '06:11', '06:12', '14:09', '14:11'].map((time) => [`2024-01-16T${time}`, 1, 1]),
  )
  const early = { valid_from: '2020-01-01', shifts: [{ name: 'Early', days: DAYS, start: '06:00', end: '14:00' }] }
  const put = await harness.engineer.put(`${factory}/schedule`, { versions: [early, ...versions], exceptions })
  expect(put.status).toBe(200)
  expect(await shiftsOf(`${factory}/shifts?date=2024-01-16`)).toMatchObject([{ name: 'Late start', readings: 3, actual: 3 }])
})

test('a border within a quarter separates the readings of an hour in which clocks change', async () => {
  // At 15:30 UTC, clocks of Lord Howe went from 02:00 to 02:30.
  const border = at('2024-10-05T15:40')
  const factory = await addFactory([{ start: '02:40', end: '02:40' }], [], 'Australia/Lord_Howe')
  const readings = Array.from({ length: 20 }, (_, n) => ({ time: border + (n - 10) * 30, actual: 1 }))
  await harness.operator.post(`${factory}/chart-data`, { readings })
  expect((await shiftsOf(`${factory}/shifts`)).slice(-2).map(({ from, actual }) => [from, actual])).toEqual([
    [border - 86_400 + 1_800, 10],
    [border, 10],
  ])
})

test('a quarter whose readings retention has removed belongs to the shift that contains its start', async () => {
  const readings: Parameters<typeof addFactory>[1] = [
    ['2024-01-16T06:29', 1, 1],
    ['2024-01-16T06:31', 2, 2],
    ['2024-01-16T06:39', 4, 4],
    ['2024-01-16T06:41', 8, 8],
    ['2024-01-16T06:50', 16, 16],
  ]
  const factory = await addFactory([{ start: '06:40', end: '06:40', target: 1_440 }], readings)
  const figuresOf = async () =>
    (await shiftsOf(`${factory}/shifts?from=2024-01-15T00:00:00Z&to=2024-01-17T00:00:00Z`)).map(({ actual, expected }) => [
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

test('a shift at night belongs to the date on which it starts', async () => {
  const factory = await addFactory(THREE, [['2024-01-17T03:00', 7, 7]])
  const shifts = await shiftsOf(`${factory}/shifts?date=2024-01-16`)
  expect(shifts.map(({ name, actual }) => [name, actual])).toEqual([
    ['Shift 0', null],
    ['Shift 1', null],
    ['Shift 2', 7],
  ])
  expect(await shiftsOf(`${factory}/shifts?date=2024-01-17`)).toMatchObject([{ actual: null }, { actual: null }, { actual: null }])
})

test('a range contains the shifts that start in it', async () => {
  const factory = await addFactory(THREE, [['2024-01-16T07:00', 7, 7]])
  const namesOf = async (from: string, to: string) =>
    (await shiftsOf(`${factory}/shifts?from=${from}:00Z&to=${to}:00Z`)).map(({ name, actual }) => [name, actual])
  expect(await namesOf('2024-01-16T06:00', '2024-01-16T14:00')).toEqual([['Shift 0', 7]])
  expect(await namesOf('2024-01-16T06:01', '2024-01-16T14:01')).toEqual([['Shift 1', null]])
  expect(await namesOf('2024-01-16T22:01', '2024-01-17T06:00')).toEqual([])
  expect(await shiftsOf(`${factory}/shifts?from=-9007199254740991&to=-9007199254000000`)).toEqual([])
})

test('a moved zone, a late, a corrected and a deleted reading, and a new schedule change the shifts', async () => {
  const factory = await addFactory([{ start: '06:00', end: '14:00' }], [['2024-01-16T07:00', 7, 7]])
  const figuresOf = async () => {
    await harness.drain()
    return (await shiftsOf(`${factory}/shifts`)).map(({ from, actual }) => [from, actual])
  }
  const early = at('2024-01-16T06:00')
  expect(await figuresOf()).toEqual([
    [early - 86_400, null],
    [early, 7],
  ])
  await harness.operator.post(`${factory}/chart-data`, { time: early, actual: 3 })
  expect((await figuresOf())[1]).toEqual([early, 10])
  await harness.operator.put(`${factory}/chart-data/${early}`, { actual: 4 })
  expect((await figuresOf())[1]).toEqual([early, 11])
  await harness.operator.delete(`${factory}/chart-data/${early}`)
  expect((await figuresOf())[1]).toEqual([early, 7])
  await harness.engineer.patch(factory, { time_zone: 'Europe/Berlin' })
  expect((await figuresOf())[1]).toEqual([early - 3600, 7])
  await harness.engineer.put(`${factory}/schedule`, { versions: [], exceptions: [] })
  expect(await figuresOf()).toEqual([])
})

describe('the current shift in summaries', () => {
  const summaryOf = async (factory: string) => (await harness.viewer.get(`${factory}/summary`)).json<{ shift?: Shift | null }>()

  test('a summary has the shift that contains the newest reading, with a forecast', async () => {
    const factory = await addFactory(THREE, [
      ['2024-01-17T05:30', 100, 100],
      ['2024-01-17T06:59', 50, 40],
    ])
    const { shift } = await summaryOf(factory)
    expect(shift).toMatchObject({ date: '2024-01-17', name: 'Shift 0', actual: 50, forecast: (50 * 27_000) / 3_541 })
    const { factories } = await (await harness.viewer.get('/api/summary')).json<{ factories: { id: number; shift?: unknown }[] }>()
    const id = Number(factory.split('/').at(-1))
    expect(factories.find((each) => each.id === id)!.shift).toEqual({ date: '2024-01-17', name: 'Shift 0', attainment: 50 / 40 })
    expect(factories.find((each) => each.id === 1)).not.toHaveProperty('shift')
  })

  test('a summary has a null shift between two shifts, and none without a schedule', async () => {
    const factory = await addFactory([{ start: '06:00', end: '14:00' }], [['2024-01-17T15:00', 1, 1]])
    expect((await summaryOf(factory)).shift).toBeNull()
    expect(await summaryOf('/api/factory/1')).not.toHaveProperty('shift')
  })

  test('a forecast is null without actual production, and in a break', async () => {
    const factory = await addFactory([{ start: '06:00', end: '14:00', target: 10 }], [['2024-01-17T07:00', null, 1]])
    expect((await summaryOf(factory)).shift).toMatchObject({ actual: null, forecast: null })
    const resting = await addFactory(
      [{ start: '06:00', end: '14:00', target: 10, breaks: [{ start: '06:00', end: '14:00' }] }],
      [['2024-01-17T07:00', 3, 1]],
    )
    expect((await summaryOf(resting)).shift).toMatchObject({ actual: 3, planned_seconds: 0, expected: null, forecast: null })
  })
})

describe('an invalid request for shifts', () => {
  test.each([
    ['date=2024-02-30', '#/query/date', /^Not a date/],
    ['last=year', '#/query/last', /^Unknown value\. Send one of day, week, month/],
    ['last=day&date=2024-01-16', '#/query/date', /^Cannot be combined with `last`/],
    ['date=2024-01-16&from=0', '#/query/from', /^Cannot be combined with `date`/],
    ['from=0', '#/query/to', /^Missing\. Send `from` and `to`/],
    ['to=0', '#/query/from', /^Missing\. Send `from` and `to`/],
    ['from=5&to=5', '#/query/to', /^Empty range/],
    ['from=0&to=5702401', '#/query/to', /^Range too long\. Send a range of at most 66 days/],
  ])('GET shifts rejects %s', async (query, pointer, detail) => {
    const { errors } = (await problemOf(await harness.viewer.get(`/api/factory/1/shifts?${query}`), 400)) as {
      errors: { pointer: string; detail: string }[]
    }
    expect(errors).toEqual([{ pointer, detail: expect.stringMatching(detail) as string }])
  })

  test('GET shifts rejects a range with more than 200 shifts, and an absent factory', async () => {
    const hours = ['00', '04', '08', '12', '16', '20']
    const factory = await addFactory(
      hours.map((hour, index) => ({ start: `${hour}:00`, end: `${hours[(index + 1) % 6]}:00` })),
      [['2024-01-17T07:00', 3, 1]],
    )
    expect(await shiftsOf(`${factory}/shifts?from=2024-01-01T00:00:00Z&to=2024-02-03T00:00:00Z`)).toHaveLength(198)
    await problemOf(await harness.viewer.get(`${factory}/shifts?from=2024-01-01T00:00:00Z&to=2024-02-05T00:00:00Z`), 400)
    expect((await shiftsOf(`${factory}/shifts?last=month`)).length).toBeLessThanOrEqual(200)
    await problemOf(await harness.viewer.get('/api/factory/9999/shifts?date=2024-01-16'), 404)
  })
})

test('a shift has the OEE of its readings, and an OEE report has the same with its inputs', async () => {
  const factory = await addFactory([{ start: '06:00', end: '14:00' }], [])
  expect((await harness.engineer.patch(factory, { ideal_per_hour: 120 })).status).toBe(200)
  const from = at('2024-01-16T06:00')
  const readings = Array.from({ length: 120 }, (_, minute) => ({
    time: from + 60 * minute,
    actual: minute < 60 ? 2 : minute < 90 ? 0 : 1,
    ...(minute < 40 && { scrap: minute % 2 }),
  }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  const planned = 7_140
  const factors = { availability: (planned - 1_800) / planned, performance: 150 / ((120 * (planned - 1_800)) / 3_600), quality: 60 / 80 }
  const [shift] = await shiftsOf(`${factory}/shifts?date=2024-01-16`)
  const expected = { ...factors, oee: factors.availability * factors.performance * factors.quality }
  expect(shift).toMatchObject({ scrap: 20, good: 60, oee: expected })

  const response = await harness.viewer.get(`${factory}/oee`)
  const inputs = {
    planned_seconds: planned,
    run_seconds: planned - 1_800,
    stops: { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 1_800, no_data_seconds: 0 },
    actual: 150,
    scrap: 20,
    inspected: 80,
    ...expected,
  }
  const item = { date: '2024-01-16', name: 'Shift 0', from, to: at('2024-01-16T14:00'), ...inputs }
  const report = await response.json<{ items: object[]; total: object }>()
  expect(report.items.at(-1)).toEqual(item)
  const [day] = (await (await harness.viewer.get(`${factory}/oee?from=${from}&to=${from + 1}&resolution=day`)).json<{ items: object[] }>())
    .items
  expect(day).toEqual({ ...item, name: null })
})
