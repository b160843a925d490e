import { beforeEach, expect, test } from 'vitest'
import { env } from 'cloudflare:workers'
import { makeWorld, SEED } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
beforeEach(async () => { world = await makeWorld() })

test('tour', async () => {
  const show = async (r: Response) => { const t = await r.text(); console.log(r.status, JSON.stringify(Object.fromEntries(r.headers)), t.slice(0, 300)); return t }
  for (let i = 0; i < 2; i++) for (const path of ['/api/factories', '/api/factories?chart_data=false', '/api/factories?limit=2', '/api/factory/1', '/api/factory/1/profile', '/api/factory/1/chart-data', '/api/factory/1/time', '/api/sprockets', '/api/sprocket/0', '/api/factory/1/chart-data/1611204818', '/health', '/ready', '/openapi.json', '/api/factory/9', '/api/factories/1', '/nothing']) {
    console.log(path); await show(await world.anonymous.get(path)); await world.settle() }
  console.log(JSON.stringify((await env.DB.prepare('select * from copies').all()).results))
  await show(await world.operator.post('/api/factory/1/chart-data', { time: 1611206018, actual: 31, goal: 30 })); await world.settle()
  await show(await world.operator.post('/api/factory/1/chart-data', { time: 1611206018, actual: 32 })); await world.settle()
  await show(await world.operator.put('/api/factory/1/chart-data/1611206018', { actual: 33 })); await world.settle()
  await show(await world.operator.delete('/api/factory/1/chart-data/1611206018')); await world.settle()
  await show(await world.operator.post('/api/readings', { readings: [{ factory: 0, time: 1, actual: 31, goal: 30 }, { factory: 1, time: 2, actual: 5 }] })); await world.settle()
  await show(await world.engineer.put('/api/factory/1/chart-data', { time: [1, 2], sprocket_production_actual: [1, 2] })); await world.settle()
  await show(await world.engineer.patch('/api/factory/1', { name: 'x', time_zone: 'Europe/Berlin' })); await world.settle()
  await show(await world.engineer.delete('/api/factory/1')); await world.settle()
  await show(await world.engineer.put('/api/sprocket/1', SEED.sprockets[0])); await world.settle()
  await show(await world.engineer.patch('/api/sprocket/1', { teeth: 6 })); await world.settle()
  await show(await world.engineer.delete('/api/sprocket/1')); await world.settle()
  await show(await world.engineer.send('PUT', '/api/factories')); await world.settle()
  await show(await world.anonymous.get('/api/factories')); await world.settle()
  console.log(JSON.stringify((await env.DB.prepare('select * from changes').all()).results.slice(-11), null, 0).replaceAll('},{', '},\n{'))
  console.log(JSON.stringify((await env.DB.prepare('select path, leased_until > 0 l, stale_seq, published_seq,claimed_until,claimed_by,etag from copies').all()).results).replaceAll('},{', '},\n{'))
  expect(1).toBe(1)
})
