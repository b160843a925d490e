import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { storedReadings } from '../../support/chunks.ts'
import { batchesThrough } from '../../support/fault-injection.ts'
import { createHarness, newIsolate, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { columnsOf } from '../../support/series-model.ts'
import { bucketsIn, summaryOf } from '../../support/summary-model.ts'

// Promise: retention deletes old readings in whole local days, and their sums stay unchanged.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness({ RETENTION_DAYS: '3' })
})

const ZONE = 'Europe/Berlin'
const { dayOf } = bucketsIn(ZONE)
const addFactory = async (readings: { time: number; actual: number; goal: number }[]) => {
  const created = await harness.engineer.post('/api/factories', { time_zone: ZONE })
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < readings.length; n += 5_000)
    await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: readings.slice(n, n + 5_000) })
  return id
}
const every = (seconds: number, from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / seconds) }, (_, n) => ({ time: from + n * seconds, actual: n % 40, goal: 30 }))
const runCronOnce = async () => {
  harness.clock.advance(60_000)
  const did = await runCron(harness.isolate, harness.clock.now())
  await harness.drain()
  return did
}
const json = async (path: string) => (await harness.elsewhere(newIsolate(harness.clock)).viewer.get(path)).json()
const now = () => Math.floor(harness.clock.now() / 1000)

test('retention deletes readings in whole local days, keeps their sums, and later writes before the edge get 422', async () => {
  const readings = every(120, now() - 12 * 86_400, now())
  const id = await addFactory(readings)
  const chart = `/api/factory/${id}/chart-data`
  const sums = () =>
    Promise.all(['hour', 'day'].map((resolution) => json(`${chart}?resolution=${resolution}&from=0&limit=5000&format=rows`)))
  const before = await sums()
  expect(await runCronOnce()).toMatchObject({ retain: 1 })
  const edge = dayOf(now() - 3 * 86_400)
  const expected = readings.filter(({ time }) => time >= edge)
  expect(await storedReadings(id)).toEqual(expected)
  expect(await sums()).toEqual(before)
  expect(await json(`/api/factory/${id}/summary`)).toEqual(summaryOf({ id, name: null }, ZONE, readings))
  expect(await runCronOnce()).toMatchObject({ retain: 0 })

  // Every write with a reading before the edge is rejected as a whole.
  const late = { time: edge - 60, actual: 1 }
  const send = (path: string, type: string, body: string) =>
    harness.operator.send('POST', path, { body, headers: { 'Content-Type': type } })
  const expectedDetail = expect.stringContaining('only sums remain')
  for (const [response, pointer, detail] of [
    [await harness.operator.post(chart, { readings: [{ time: edge + 60, actual: 1 }, late] }), '#/readings/1/time', expectedDetail],
    [await harness.operator.post(chart, { time: [late.time, edge + 60], sprocket_production_actual: [1, 1] }), '#/time/0', expectedDetail],
    [await harness.operator.post(chart, late), '#/time', expectedDetail],
    [
      await send(chart, 'text/csv', `time,actual\n${edge + 60},1\n${late.time},1\n`),
      '#line=3',
      expect.stringMatching(/^Line 3, time: .*sums remain/),
    ],
    [
      await harness.operator.post('/api/readings', {
        readings: [
          { factory: 0, time: 60, actual: 1 },
          { factory: id, ...late },
        ],
      }),
      '#/readings/1/time',
      expectedDetail,
    ],
    [await send('/api/v2/write?precision=s', 'text/plain', `production,factory=${id} actual=1i ${late.time}`), '#line=1', expectedDetail],
    [await harness.operator.put(`${chart}/${late.time}`, { actual: 1 }), '#/path/time', expectedDetail],
    [await harness.operator.put(`${chart}/${late.time}`, late), '#/time', expectedDetail],
  ] as const)
    expect((await problemOf(response, 422)).errors).toEqual([{ pointer, detail }])
  expect((await problemOf(await harness.operator.delete(`${chart}/${readings[0]!.time}`), 422)).detail).toContain('only sums remain')
  expect(await storedReadings(id)).toEqual(expected)
  await problemOf(await harness.engineer.put(chart, { readings: [] }), 409)
  await problemOf(await harness.engineer.patch(`/api/factory/${id}`, { time_zone: 'UTC' }), 409)
  expect((await harness.engineer.patch(`/api/factory/${id}`, { time_zone: ZONE, name: 'North' })).status).toBe(200)
  const untrimmed = `/api/factory/${await addFactory([])}`
  expect((await harness.engineer.patch(untrimmed, { time_zone: 'Asia/Tokyo' })).status).toBe(200)
  expect((await harness.engineer.put(`${untrimmed}/chart-data`, { time: edge, actual: 1 })).status).toBe(200)
  expect((await harness.operator.post(chart, { time: edge, actual: 39 })).status).toBe(200)
  await harness.operator.delete(`${chart}/${edge}`)
  const hours = (await json(`${chart}?resolution=hour&from=${edge - 3_600}&limit=1&format=rows`)) as unknown[]
  expect((before[0] as { time: number }[]).find(({ time }) => time === edge - 3_600)).toEqual(hours[0])
})

test('retention adds an audit entry with the number and the span of the deleted readings', async () => {
  const readings = every(600, now() - 5 * 86_400, now())
  const id = await addFactory(readings)
  await runCronOnce()
  const edge = dayOf(now() - 3 * 86_400)
  const deleted = readings.filter(({ time }) => time < edge)
  const { entries } = await (await harness.admin.get('/api/audit-log?limit=1')).json<{ entries: object[] }>()
  expect(entries).toMatchObject([
    {
      subject: 'readings',
      verb: 'trimmed',
      target: `/api/factory/${id}/chart-data`,
      after: { changed: deleted.length, from: deleted[0]!.time, to: deleted.at(-1)!.time, before: edge },
    },
  ])
})

test('a lenient request stores the readings after the retention edge, and reports each older one with its pointer', async () => {
  const readings = every(600, now() - 8 * 86_400, now() - 600)
  const id = await addFactory(readings)
  const chart = `/api/factory/${id}/chart-data`
  await runCronOnce()
  const edge = dayOf(now() - 3 * 86_400)
  const lenient = { Prefer: 'handling=lenient' }
  const rejection = (pointer: string) => ({ pointer, detail: expect.stringContaining('only sums remain') as unknown })
  const at = async (time: number) => (await storedReadings(id)).find((reading) => reading.time === time)?.actual
  const sent = [edge + 60, edge - 60, -1, edge + 120, edge - 120].map((time, n) => ({ time, actual: n === 2 ? -1 : n }))

  const first = await harness.operator.post(chart, { readings: sent }, lenient)
  expect(await first.json()).toMatchObject({
    received: 5,
    changed: 2,
    refused: [{ pointer: '#/readings/2/actual' }, rejection('#/readings/1/time'), rejection('#/readings/4/time')],
  })
  expect([await at(edge + 60), await at(edge + 120), await at(edge - 60)]).toEqual([0, 3, undefined])

  // With return=representation, rejected readings are reported instead of the chart. Without any, the chart is returned.
  const both = { Prefer: 'handling=lenient, return=representation' }
  const second = await harness.operator.post(chart, { readings: [{ time: edge + 180, actual: 7 }, sent[1]] }, both)
  expect(await second.json()).toMatchObject({ received: 2, changed: 1, refused: [rejection('#/readings/1/time')] })
  const third = await harness.operator.post(chart, { time: edge + 240, actual: 8 }, both)
  expect(await third.json()).toEqual(await json(chart))
  expect([await at(edge + 180), await at(edge + 240)]).toEqual([7, 8])

  // For several factories, one of which has no trimmed readings. Then without any valid reading.
  const many = [
    { factory: id, time: edge - 60, actual: 1 },
    { factory: 0, time: 60, actual: 1 },
    { factory: 99, time: 60, actual: 1 },
    { factory: id, time: edge + 300, actual: 9 },
  ]
  expect(await (await harness.operator.post('/api/readings', { readings: many }, lenient)).json()).toMatchObject({
    received: 4,
    changed: 2,
    refused: [{ pointer: '#/readings/2/factory' }, rejection('#/readings/0/time')],
  })
  const before = await storedReadings(id)
  const line = `production,factory=${id} actual=1i ${edge - 60}`
  const lines = await harness.operator.send('POST', '/api/v2/write?precision=s', {
    body: line,
    headers: { ...lenient, 'Content-Type': 'text/plain' },
  })
  expect([lines.status, lines.headers.get('X-Refused-Count')]).toEqual([204, '1'])
  expect(lines.headers.get('X-Refused-Lines')).toContain('1')
  expect(await storedReadings(id)).toEqual(before)

  // A replay under the same Idempotency-Key gets the first response.
  const once = { ...lenient, 'Idempotency-Key': 'late' }
  const body = { readings: [{ time: edge + 360, actual: 1 }, sent[1]] }
  const answers = [await harness.operator.post(chart, body, once), await harness.operator.post(chart, body, once)]
  const [one, two] = await Promise.all(answers.map((answer) => answer.json()))
  expect(one).toMatchObject({ changed: 1, refused: [rejection('#/readings/1/time')] })
  expect(two).toEqual(one)
})

test('a write gets 404 if its factory is deleted while the retention edge is read', async () => {
  const id = await addFactory(every(600, now() - 8 * 86_400, now()))
  await runCronOnce()
  const edge = dayOf(now() - 3 * 86_400)
  let batches = Number.NEGATIVE_INFINITY
  // The deletion comes after the append in order, the upsert, and the query of its guards, and before that of the retention edge.
  const database = batchesThrough(async (run) => {
    if (++batches === 4) await env.DB.prepare('delete from factories where organisation_pk = 1 and id = ?').bind(id).run()
    return run()
  })
  const here = harness.elsewhere(newIsolate(harness.clock, { DB: database, RETENTION_DAYS: '3' }))
  await here.operator.get('/api/sprocket/1?')
  await here.drain()
  batches = 0
  const response = await here.operator.post(`/api/factory/${id}/chart-data`, { time: edge - 60, actual: 1 })
  await problemOf(response, 404)
  expect(batches).toBeGreaterThan(4)
})

test('retention keeps the last day of data of every series, and what payloads show of it', async () => {
  expect(await storedReadings(1)).toHaveLength(20)
  const readings = every(3_600, now() - 400 * 86_400, now() - 390 * 86_400)
  const id = await addFactory(readings)
  await json(`/api/factory/${id}/chart-data`)
  await json(`/api/factory/${id}/time`)
  await runCronOnce()
  const expected = readings.filter(({ time }) => time >= dayOf(readings.at(-1)!.time - 86_400))
  expect(expected.length).toBeGreaterThanOrEqual(24)
  expect(await json(`/api/factory/${id}/chart-data`)).toEqual(columnsOf(expected))
  expect(await json(`/api/factory/${id}/time`)).toEqual(expected.map(({ time }) => time))
  expect(await json('/api/factory/1/chart-data')).toEqual(SEED.factories[1]!.factory.chart_data)
})

test('trimOldReadings finds old readings behind more series without any than one step postpones', async () => {
  const id = await addFactory(every(600, now() - 8 * 86_400, now()))
  await env.DB.prepare(
    `with recursive n(n) as (select 1000 union all select n + 1 from n where n < 1250)
    insert into series (organisation_pk, factory_id, retention_due_at) select 1, n, -1 from n`,
  ).run()
  expect(await runCronOnce()).toMatchObject({ retain: 3 })
  expect((await storedReadings(id))[0]!.time).toBeGreaterThanOrEqual(dayOf(now() - 3 * 86_400))
})

test('all readings are kept if RETENTION_DAYS is not set', async () => {
  const readings = every(86_400, now() - 100 * 86_400, now())
  const id = await addFactory(readings)
  harness.clock.advance(60_000)
  expect(await runCron(newIsolate(harness.clock), harness.clock.now())).toMatchObject({ retain: 0 })
  expect(await storedReadings(id)).toHaveLength(100)
})
