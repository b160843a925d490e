import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { addKey, createHarness, newIsolate, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { summaryOf, totalOf } from '../../support/summary-model.ts'

// Promise: summaries equal the sums of the readings, and come from KV after each write.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'limited', 'viewer', { factories: '[0,2]' })
})

const json = async (path: string, actor = harness.viewer) => {
  const response = await actor.get(path)
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, unknown> & {
    factories: { id: number; name: string | null; last_day: { attainment: number | null; gap: number | null } }[]
    total: unknown
  }
}
const seeded = (id: number) => {
  const { chart_data } = SEED.factories[id]!.factory
  return chart_data.time.map((time, index) => ({
    time,
    actual: chart_data.sprocket_production_actual[index]!,
    goal: chart_data.sprocket_production_goal[index]!,
  }))
}
const addFactory = async (readings: unknown[]) => {
  const created = await harness.engineer.post('/api/factories', {})
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  if (readings.length) await harness.operator.post(`/api/factory/${id}/chart-data`, { readings })
  await harness.drain()
  return id
}

test.each([0, 1, 2])('the summary of factory %i of the seed equals the sums of its readings', async (id) => {
  expect(await json(`/api/factory/${id}/summary`)).toEqual(summaryOf({ id, name: null }, 'UTC', seeded(id)))
})

test('the summary of all factories lists the furthest behind its goal first, with the total', async () => {
  const { organisation, factories, total } = await json('/api/summary')
  expect(organisation).toBe('demo')
  const expected = [0, 1, 2].map((id) => {
    const { latest, last_day } = summaryOf({ id, name: null }, 'UTC', seeded(id))
    return { id, name: null, latest, last_day }
  })
  expect(factories).toEqual(expected.toSorted((a, b) => a.last_day.attainment! - b.last_day.attainment!))
  const readings = [0, 1, 2].flatMap(seeded)
  expect(total).toEqual(totalOf(1611195959 - 86_400, 1611305959, readings))
})

test('the summary lists factories without a goal last, shows factories without readings, and divides by no goal of 0', async () => {
  const empty = await addFactory([])
  const noGoal = await addFactory([{ time: 60, actual: 5 }])
  const zero = await addFactory([{ time: 60, actual: 5, goal: 0 }])
  const worst = await addFactory([{ time: 60, actual: 0, goal: 9 }])
  const unknown = await addFactory([{ time: 60, actual: null, goal: 9 }])
  const { factories } = await json('/api/summary')
  expect(factories[0]).toMatchObject({ id: worst, last_day: { attainment: 0, gap: -9 } })
  expect(factories.slice(-4).map(({ id }) => id)).toEqual([empty, noGoal, zero, unknown])
  expect(factories.find(({ id }) => id === zero)!.last_day).toMatchObject({ attainment: null, gap: 5, goal: 0 })
  expect(factories.find(({ id }) => id === unknown)!.last_day).toMatchObject({ attainment: null, gap: null, actual: null, goal: 9 })
  for (const [id, readings] of [
    [empty, []],
    [noGoal, [{ time: 60, actual: 5, goal: null }]],
  ] as const)
    expect(await json(`/api/factory/${id}/summary`)).toEqual(summaryOf({ id, name: null }, 'UTC', [...readings]))
})

test('the summary counts a reading at the last second of the day', async () => {
  const readings = [-86_400, -86_399, -1].map((time) => ({ time, actual: 1, goal: 2 }))
  const id = await addFactory(readings)
  expect(await json(`/api/factory/${id}/summary`)).toEqual(summaryOf({ id, name: null }, 'UTC', readings))
})

test('the summary caps sums at the largest integer that JSON readers can represent', async () => {
  const max = Number.MAX_SAFE_INTEGER
  const id = await addFactory(Array.from({ length: 3_000 }, (_, n) => ({ time: n, actual: max, goal: max })))
  const summary = await json(`/api/factory/${id}/summary`)
  expect(summary).toMatchObject({
    window: { actual: max, attainment: 1, readings: 500 },
    last_hour: { actual: max, gap: 0 },
    last_day: { goal: max, readings: 3_000 },
    hours: [{ actual: max }],
  })
  expect(await json('/api/summary')).toMatchObject({ total: { actual: max, goal: max } })
})

test('a limited key gets a summary of its factories only, from D1', async () => {
  const limited = harness.as('limited')
  const response = await limited.get('/api/summary')
  expect(response.headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  const { factories, total } = await json('/api/summary', limited)
  expect(new Set(factories.map(({ id }) => id))).toEqual(new Set([0, 2]))
  expect(total).toEqual(totalOf(1611195959 - 86_400, 1611305959, [...seeded(0), ...seeded(2)]))
  expect((await limited.get('/api/factory/1/summary')).status).toBe(404)
  expect((await harness.viewer.get('/api/factory/99/summary')).status).toBe(404)
})

test('an organisation without factories has an empty summary', async () => {
  const nothing = totalOf(null, null, [])
  expect(await json('/api/summary', harness.otherOrganisation)).toEqual({ organisation: 'other', factories: [], total: nothing })
})

test('summaries come from KV after an appended reading, a new name and a deletion', async () => {
  const id = await addFactory([{ time: 60, actual: 1, goal: 1 }])
  const paths = ['/api/summary', `/api/factory/${id}/summary`]
  const elsewhere = () => harness.elsewhere(newIsolate(harness.clock)).viewer
  for (const path of paths) await harness.viewer.get(path)
  await harness.drain()
  const shown = async () => {
    await harness.drain()
    const [all, one] = await Promise.all(paths.map((path) => elsewhere().get(path)))
    expect(all!.headers.get('Cache-Status')).toBe('kv; hit')
    const { factories } = (await all!.json()) as { factories: { id: number }[] }
    return [factories.find((each) => each.id === id), one!.status === 200 ? await one!.json() : one!.status]
  }
  await harness.operator.post(`/api/factory/${id}/chart-data`, { time: 120, actual: 3, goal: 4 })
  expect(await shown()).toMatchObject([{ last_day: { actual: 4 } }, { last_hour: { actual: 4, gap: -1 } }])
  await harness.engineer.patch(`/api/factory/${id}`, { name: 'North' })
  expect(await shown()).toMatchObject([{ name: 'North' }, { name: 'North' }])
  await harness.engineer.delete(`/api/factory/${id}`)
  expect(await shown()).toEqual([undefined, 404])
})

test('the summary of a factory whose readings are all trimmed is empty, and adds nothing to the total', async () => {
  const readings = [60, 7_200].map((time) => ({ time, actual: 7, goal: 9 }))
  const id = await addFactory(readings)
  const always = [{ name: 'A', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], start: '00:00', end: '00:00' }]
  const schedule = { versions: [{ valid_from: '1960-01-01', shifts: always }], exceptions: [] }
  expect((await harness.engineer.put(`/api/factory/${id}/schedule`, schedule)).status).toBe(200)
  const elsewhere = () => harness.elsewhere(newIsolate(harness.clock)).viewer
  const readingsInTotal = async () => ((await json('/api/summary', elsewhere())).total as { readings: number }).readings
  const before = await readingsInTotal()
  await env.DB.prepare(
    `update chunks set times = null, actual = null, goal = null
      where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)`,
  )
    .bind(id)
    .run()
  await harness.engineer.patch(`/api/factory/${id}`, { name: 'Old' })
  await harness.drain()
  expect(await json(`/api/factory/${id}/summary`, elsewhere())).toEqual({ ...summaryOf({ id, name: 'Old' }, 'UTC', []), shift: null })
  expect(await readingsInTotal()).toBe(before - readings.length)
  const { factories } = await json('/api/summary', elsewhere())
  expect(factories.find((each) => each.id === id)).toEqual({
    id,
    name: 'Old',
    latest: null,
    last_day: totalOf(null, null, []),
    shift: null,
  })
})
