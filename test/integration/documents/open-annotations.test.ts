import { beforeAll, expect, test } from 'vitest'
import type { Harness } from '../../support/harness.ts'
import { createUsage } from '../../support/binding-usage.ts'
import type { Usage } from '../../support/binding-usage.ts'
import { addFactory, at } from '../../support/shift-factories.ts'

// Promise: an open annotation covers the same part of its stop, whatever range a reader asks for.

const [HOUR, DAY] = [3_600, 86_400]
const HALVES = [
  { start: '00:00', end: '12:00' },
  { start: '12:00', end: '00:00' },
]
const SUNDAY = at('2024-01-14T00:00')

let harness: Harness
let usedBy: Usage['usedBy']
beforeAll(async () => {
  ;({ harness, usedBy } = await createUsage())
  await harness.engineer.put('/api/stop-reasons', { reasons: [{ code: 'orders', name: 'No orders', category: 'no-demand' }] })
})

/** Creates a factory that produces for a while, and then stands still: zeros at a step for some days, with an open annotation. */
const addStop = async (step: number, days: number, lead = 0) => {
  const factory = await addFactory(harness, HALVES, [])
  const producing = Array.from({ length: 12 }, (_, n) => ({ time: SUNDAY + (n - 12) * step, actual: 5 }))
  const zeros = Array.from({ length: (days * DAY) / step + 1 }, (_, n) => ({ time: SUNDAY + n * step, actual: 0 }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings: [...producing, ...zeros] })).status).toBe(200)
  const annotation = { from: SUNDAY - lead, to: null, reason: 'orders' }
  expect((await harness.operator.post(`${factory}/stop-annotations`, annotation)).status).toBe(201)
  await harness.drain()
  return factory
}

const get = async <T>(path: string): Promise<T> => {
  const response = await harness.viewer.get(path)
  expect(response.status, path).toBe(200)
  return response.json<T>()
}
interface Shift {
  from: number
  stops: { no_demand_seconds: number; unexplained_seconds: number }
}
const reasonsOf = async (path: string) => (await get<{ stops: { reason: string | null }[] }>(path)).stops.map(({ reason }) => reason)

test('a stop of many days keeps its open annotation in every view of every range', async () => {
  const factory = await addStop(600, 12)
  const last = SUNDAY + 11 * DAY + DAY / 2
  const expected = { no_demand_seconds: DAY / 2, unexplained_seconds: 0 }
  for (const query of ['last=day', 'last=week', 'last=month', 'date=2024-01-25', `from=${last}&to=${last + 1}`]) {
    const { shifts } = await get<{ shifts: Shift[] }>(`${factory}/shifts?${query}`)
    expect(shifts.find(({ from }) => from === last)!.stops, query).toMatchObject(expected)
  }
  for (const query of ['last=day', 'last=month', `from=${last}&to=${last + 1}`]) {
    const { items } = await get<{ items: Shift[] }>(`${factory}/oee?${query}`)
    expect(items.find(({ from }) => from === last)!.stops, query).toMatchObject(expected)
  }
  expect((await get<{ shift: Shift }>(`${factory}/summary`)).shift.stops).toMatchObject({ unexplained_seconds: 0 })
  for (const query of ['', `?from=${last}&to=${last + 1}`, `?from=${SUNDAY}&to=${last}`])
    expect(new Set(await reasonsOf(`${factory}/stops${query}`)), query).toEqual(new Set(['orders']))
  for (const path of [`${factory}/stops/pareto`, `${factory}/stops/pareto?from=${last}&to=${last + 1}`]) {
    const { reasons } = await get<{ reasons: { reason: string | null }[] }>(path)
    expect(reasons.map(({ reason }) => reason)).toEqual(['orders'])
  }
})

test('an open annotation covers 66 days of its stop', async () => {
  const factory = await addStop(HOUR, 68)
  const end = SUNDAY + 66 * DAY
  for (const from of [end - 30 * DAY, end - DAY])
    expect((await reasonsOf(`${factory}/stops?from=${from}&to=${end + DAY}`)).slice(0, 4), `${from}`).toEqual([
      null,
      null,
      'orders',
      'orders',
    ])
})

test('an open annotation covers a stop that begins at most 15 minutes later', async () => {
  expect(new Set(await reasonsOf(`${await addStop(600, 1, 900)}/stops`))).toEqual(new Set(['orders']))
  expect(new Set(await reasonsOf(`${await addStop(600, 1, 901)}/stops`))).toEqual(new Set([null]))
})

test('the open annotation of a stop that has ended costs at most the hours of that stop', async () => {
  const factory = await addStop(600, 1)
  const later = Array.from({ length: 20 * 144 }, (_, n) => ({ time: SUNDAY + DAY + 600 * (n + 1), actual: n % 2 }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings: later })).status).toBe(200)
  const end = SUNDAY + 20 * DAY
  const read = async () => (await usedBy(() => harness.viewer.get(`${factory}/stops?from=${end}&to=${end + DAY}`))).rowsRead
  await harness.drain()
  const open = await read()
  await harness.operator.patch('/api/stop-annotation/4', { to: SUNDAY + DAY })
  await harness.drain()
  expect(open - (await read())).toBeLessThan(3 * 24)
})
