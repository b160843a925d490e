import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { tick } from '../../src/cron.ts'
import { makeWorld, newIsolate, SEED } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { problemOf } from './problem.ts'
import { columnsOf } from './series-model.ts'
import { bucketsIn, summaryOf } from './summary-model.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld({ RETENTION_DAYS: '3' })
})

const ZONE = 'Europe/Berlin'
const { dayOf } = bucketsIn(ZONE)
const addFactory = async (readings: { time: number; actual: number; goal: number }[]) => {
  const created = await world.engineer.post('/api/factories', { time_zone: ZONE })
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < readings.length; n += 5_000)
    await world.operator.post(`/api/factory/${id}/chart-data`, { readings: readings.slice(n, n + 5_000) })
  return id
}
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / seconds) }, (_, n) => ({ time: from + n * seconds, actual: n % 40, goal: 30 }))
const runTick = async () => {
  world.clock.advance(60_000)
  const did = await tick(world.isolate, world.clock.now())
  await world.settle()
  return did
}
const json = async (path: string) => (await world.elsewhere(newIsolate(world.clock)).viewer.get(path)).json()
const stored = async (id: number) => {
  const { results } = await env.DB.prepare(
    `select time, actual, goal from readings where series = (select series from factories where organisation = 1 and id = ?) order by time`,
  )
    .bind(id)
    .all()
  return results
}
const now = () => Math.floor(world.clock.now() / 1000)

test('readings older than is kept go in whole local days, and their sums and the summary stay', async () => {
  const readings = every(120, now() - 12 * 86_400, now())
  const id = await addFactory(readings)
  const chart = `/api/factory/${id}/chart-data`
  const sums = () =>
    Promise.all(['hour', 'day'].map((resolution) => json(`${chart}?resolution=${resolution}&from=0&limit=5000&format=rows`)))
  const before = await sums()
  expect(await runTick()).toMatchObject({ retain: 2 })
  const edge = dayOf(now() - 3 * 86_400)
  const kept = readings.filter(({ time }) => time >= edge)
  expect(await stored(id)).toEqual(kept)
  expect(await sums()).toEqual(before)
  expect(await json(`/api/factory/${id}/summary`)).toEqual(summaryOf({ id, name: null }, ZONE, readings))
  expect(await runTick()).toMatchObject({ retain: 0 })

  // What is before the edge is taken no more, in no way, and nothing of a request that has it.
  const late = { time: edge - 60, actual: 1 }
  for (const refused of [
    await world.operator.post(chart, { readings: [{ time: edge + 60, actual: 1 }, late] }),
    await world.operator.post('/api/readings', {
      readings: [
        { factory: 0, time: 60, actual: 1 },
        { factory: id, ...late },
      ],
    }),
    await world.operator.put(`${chart}/${late.time}`, { actual: 1 }),
  ])
    expect((await problemOf(refused, 422)).detail).toContain('only sums remain')
  expect(await stored(id)).toEqual(kept)
  await problemOf(await world.engineer.put(chart, { readings: [] }), 409)
  await problemOf(await world.engineer.patch(`/api/factory/${id}`, { time_zone: 'UTC' }), 409)
  expect((await world.engineer.patch(`/api/factory/${id}`, { time_zone: ZONE, name: 'North' })).status).toBe(200)
  expect((await world.operator.post(chart, { time: edge, actual: 39 })).status).toBe(200)
  await world.operator.delete(`${chart}/${edge}`)
  const hours = (await json(`${chart}?resolution=hour&from=${edge - 3_600}&limit=1&format=rows`)) as unknown[]
  expect((before[0] as { time: number }[]).find(({ time }) => time === edge - 3_600)).toEqual(hours[0])
})

test('the last day of data stays, however old, and what is shown of it too', async () => {
  expect(await stored(1)).toHaveLength(20)
  const readings = every(3_600, now() - 400 * 86_400, now() - 390 * 86_400)
  const id = await addFactory(readings)
  await json(`/api/factory/${id}/chart-data`)
  await json(`/api/factory/${id}/time`)
  await runTick()
  const kept = readings.filter(({ time }) => time >= dayOf(readings.at(-1)!.time - 86_400))
  expect(kept.length).toBeGreaterThanOrEqual(24)
  expect(await json(`/api/factory/${id}/chart-data`)).toEqual(columnsOf(kept))
  expect(await json(`/api/factory/${id}/time`)).toEqual(kept.map(({ time }) => time))
  expect(await json('/api/factory/1/chart-data')).toEqual(SEED.factories[1]!.factory.chart_data)
})

test('everything is kept unless something else is said', async () => {
  const readings = every(86_400, now() - 100 * 86_400, now())
  const id = await addFactory(readings)
  world.clock.advance(60_000)
  expect(await tick(newIsolate(world.clock), world.clock.now())).toMatchObject({ retain: 0 })
  expect(await stored(id)).toHaveLength(100)
})
