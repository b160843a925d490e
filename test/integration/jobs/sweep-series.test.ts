import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { sweepSeries } from '../../../src/jobs/sweep-series.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { REASON } from '../../support/annotations.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: cron deletes the data of dropped series in bounded steps, the first dropped ones first, and no other data.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  await harness.otherOrganisation.put('/api/stop-reasons', { reasons: [REASON] })
})
beforeEach(() => sweepAll())

const run = (sql: string) => env.DB.prepare(sql).run()
const count = async (from: string) => (await env.DB.prepare(`select count(*) as n from ${from}`).first<number>('n'))!
const sweepAll = () => sweepSeries(newIsolate(harness.clock))
/** Runs a job that has no operations left, so that it runs only its reserved step. */
const sweepOnce = () => {
  const isolate = measureIsolate(newIsolate(harness.clock))
  isolate.usage.begun = isolate.config.maxOperations
  return sweepSeries(isolate)
}
const upTo = (to: number) => `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${to})`
/** The columns of a chunk, with the values of an empty one after its series and its start. */
const CHUNK_COLUMNS = `(series_pk, start, last, ${[0, 1, 2, 3].flatMap((quarter) => [`readings_${quarter}`, `goal_readings_${quarter}`]).join(', ')})`
const EMPTY = '0, 0, 0, 0, 0, 0, 0, 0, 0'

const READINGS = { time: [60, 90_000], sprocket_production_actual: [1, 2] }
const addFactory = async (client = harness.engineer) => {
  const path = (await client.post('/api/factories', { chart_data: READINGS })).headers.get('Location')!
  for (const from of [60, 600])
    expect((await client.post(`${path}/stop-annotations`, { from, to: from + 60, reason: REASON.code })).status).toBe(201)
  await harness.drain()
  return path
}
const idIn = (path: string) => path.split('/').at(-1)!

test('sweepSeries deletes the readings and annotations of a deleted factory, and none of another factory or organisation', async () => {
  const [deleted, kept] = [await addFactory(), await addFactory()]
  for (;;) if (idIn(await addFactory(harness.otherOrganisation)) === idIn(deleted)) break
  const rows = async () => [await count('chunks'), await count('daily_sums'), await count('stop_annotations'), await count('series')]
  const before = await rows()
  await harness.engineer.delete(deleted)
  // Two hours with readings, one day that is not the newest, two annotations.
  expect(await sweepAll()).toBe(5)
  expect(await rows()).toEqual(before.map((number, index) => number - [2, 1, 2, 1][index]!))
  expect(await count(`stop_annotations where organisation_pk = 1 and factory_id = ${idIn(deleted)}`)).toBe(0)
  expect(await (await harness.viewer.get(`${kept}/time`)).json()).toEqual(READINGS.time)
  expect(await sweepAll()).toBe(0)
})

test('sweepSeries deletes a replaced series, and keeps the annotations and the new readings of its factory', async () => {
  const path = await addFactory()
  const annotations = await count('stop_annotations')
  const series = await count('series')
  expect((await harness.engineer.put(`${path}/chart-data`, { time: 120, actual: 1 })).status).toBe(200)
  expect(await sweepAll()).toBe(3)
  expect([await count('stop_annotations'), await count('series')]).toEqual([annotations, series])
  expect(await (await harness.viewer.get(`${path}/time`)).json()).toEqual([120])
})

test('a step of sweepSeries deletes 10,000 rows of each table at most, and keeps a series until its rows are gone', async () => {
  await run('insert into series (organisation_pk, factory_id, dropped_at) values (1, 9000, 0)')
  const pk = (await env.DB.prepare('select max(pk) as pk from series').first<number>('pk'))!
  await run(`${upTo(10_001)} insert into chunks ${CHUNK_COLUMNS} select ${pk}, n, ${EMPTY} from n`)
  await run(`${upTo(10_001)} insert into daily_sums (series_pk, start, readings, goal_readings) select ${pk}, n, 0, 0 from n`)
  await run(`${upTo(10_002)} insert into stop_annotations (organisation_pk, id, factory_id, start, until, reason, manual)
    select 1, 100000 + n, 9000, n, n + 1, 'jam', 0 from n`)
  expect(await sweepOnce()).toBe(30_000)
  expect(await count(`series where pk = ${pk}`)).toBe(1)
  await run(`delete from chunks where series_pk = ${pk}`)
  await run(`delete from daily_sums where series_pk = ${pk}`)
  await run(`${upTo(10_000)} insert into stop_annotations (organisation_pk, id, factory_id, start, until, reason, manual)
    select 1, 200000 + n, 9000, 20000 + n, 20001 + n, 'jam', 0 from n`)
  // Only annotations are left, more than a step deletes.
  expect(await sweepOnce()).toBe(10_000)
  expect(await count(`series where pk = ${pk}`)).toBe(1)
  expect(await sweepOnce()).toBe(2)
  expect(await count(`series where pk = ${pk}`)).toBe(0)
})

test('a step of sweepSeries looks at 1,000 series, those that were dropped first, and later steps at the others', async () => {
  await run(`${upTo(1_500)} insert into series (organisation_pk, factory_id, dropped_at) select 1, 10000 + n, 5000 - n from n`)
  await run(`insert into chunks ${CHUNK_COLUMNS} select pk, 0, ${EMPTY} from series where factory_id > 10000`)
  expect(await sweepOnce()).toBe(1_000)
  // A later number means an earlier drop.
  expect(await count('series where factory_id > 10500')).toBe(0)
  expect(await count('series where factory_id > 10000')).toBe(500)
  await run('delete from chunks where series_pk in (select pk from series where factory_id > 10000)')
  await run(`${upTo(1_000)} insert into series (organisation_pk, factory_id, dropped_at) select 1, 20000 + n, 9000 from n`)
  // Series without rows are deleted too, also by more than one step.
  expect(await sweepAll()).toBe(0)
  expect(await count('series where dropped_at is not null')).toBe(0)
})
