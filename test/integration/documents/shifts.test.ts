import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { addFactory, at, shiftsOf, THREE } from '../../support/shift-factories.ts'
import type { Shift } from '../../support/shift-factories.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a shift has the production of its readings, also after they, the schedule or the zone change.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

test('a factory without a schedule or without readings has no shifts', async () => {
  expect(await shiftsOf(harness, '/api/factory/1/shifts')).toEqual([])
  expect(await shiftsOf(harness, `${await addFactory(harness, THREE, [])}/shifts`)).toEqual([])
})

test('a shift has its figures, and its target by the elapsed planned time', async () => {
  const factory = await addFactory(harness, THREE, [
    ['2024-01-16T05:59', 1, 1],
    ['2024-01-16T06:00', 10, 20],
    ['2024-01-16T09:59', 30, null],
    ['2024-01-16T10:29', null, 5],
  ])
  const [, , night, early, ...more] = await shiftsOf(harness, `${factory}/shifts?last=day`)
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

test('a shift at night belongs to the date on which it starts', async () => {
  const factory = await addFactory(harness, THREE, [['2024-01-17T03:00', 7, 7]])
  const shifts = await shiftsOf(harness, `${factory}/shifts?date=2024-01-16`)
  expect(shifts.map(({ name, actual }) => [name, actual])).toEqual([
    ['Shift 0', null],
    ['Shift 1', null],
    ['Shift 2', 7],
  ])
  expect(await shiftsOf(harness, `${factory}/shifts?date=2024-01-17`)).toMatchObject([{ actual: null }, { actual: null }, { actual: null }])
})

test('a range contains the shifts that start in it', async () => {
  const factory = await addFactory(harness, THREE, [['2024-01-16T07:00', 7, 7]])
  const namesOf = async (from: string, to: string) =>
    (await shiftsOf(harness, `${factory}/shifts?from=${from}:00Z&to=${to}:00Z`)).map(({ name, actual }) => [name, actual])
  expect(await namesOf('2024-01-16T06:00', '2024-01-16T14:00')).toEqual([['Shift 0', 7]])
  expect(await namesOf('2024-01-16T06:01', '2024-01-16T14:01')).toEqual([['Shift 1', null]])
  expect(await namesOf('2024-01-16T22:01', '2024-01-17T06:00')).toEqual([])
  expect(await shiftsOf(harness, `${factory}/shifts?from=-9007199254740991&to=-9007199254000000`)).toEqual([])
})

test('a moved zone, a late, a corrected and a deleted reading, and a new schedule change the shifts', async () => {
  const factory = await addFactory(harness, [{ start: '06:00', end: '14:00' }], [['2024-01-16T07:00', 7, 7]])
  const figuresOf = async () => {
    await harness.drain()
    return (await shiftsOf(harness, `${factory}/shifts`)).map(({ from, actual }) => [from, actual])
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
    const factory = await addFactory(harness, THREE, [
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
    const factory = await addFactory(harness, [{ start: '06:00', end: '14:00' }], [['2024-01-17T15:00', 1, 1]])
    expect((await summaryOf(factory)).shift).toBeNull()
    expect(await summaryOf('/api/factory/1')).not.toHaveProperty('shift')
  })

  test('a forecast is null without actual production, and in a shift whose planned time falls into the gap of a clock change', async () => {
    const factory = await addFactory(harness, [{ start: '06:00', end: '14:00', target: 10 }], [['2024-01-17T07:00', null, 1]])
    expect((await summaryOf(factory)).shift).toMatchObject({ actual: null, forecast: null })
    const skipped = await addFactory(
      harness,
      [{ start: '01:30', end: '03:00', target: 10, breaks: [{ start: '01:30', end: '02:00' }] }],
      [['2024-03-31T00:45', 3, 1]],
      'Europe/Berlin',
    )
    expect((await summaryOf(skipped)).shift).toMatchObject({ actual: 3, planned_seconds: 0, expected: null, forecast: null })
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
      harness,
      hours.map((hour, index) => ({ start: `${hour}:00`, end: `${hours[(index + 1) % 6]}:00` })),
      [['2024-01-17T07:00', 3, 1]],
    )
    expect(await shiftsOf(harness, `${factory}/shifts?from=2024-01-01T00:00:00Z&to=2024-02-03T00:00:00Z`)).toHaveLength(198)
    await problemOf(await harness.viewer.get(`${factory}/shifts?from=2024-01-01T00:00:00Z&to=2024-02-05T00:00:00Z`), 400)
    expect((await shiftsOf(harness, `${factory}/shifts?last=month`)).length).toBeLessThanOrEqual(200)
    await problemOf(await harness.viewer.get('/api/factory/9999/shifts?date=2024-01-16'), 404)
  })
})

test('a shift has the OEE of its readings, and an OEE report has the same with its inputs', async () => {
  const factory = await addFactory(harness, [{ start: '06:00', end: '14:00' }], [])
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
  const [shift] = await shiftsOf(harness, `${factory}/shifts?date=2024-01-16`)
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
  const byDay = await (await harness.viewer.get(`${factory}/oee?resolution=day`)).json<{ total: object }>()
  expect(byDay.total, 'the total of days is that of their shifts').toEqual(report.total)
})
