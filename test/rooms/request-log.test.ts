import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Env } from '../../src/isolate.ts'
import { addKey, inhabit, makeWorld, newIsolate, secretOf } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Line {
  request_id: string
  method: string
  route: string | null
  status: number
  ms: number
  spent: Record<string, number>
  cache: string | null
  d1: { queries: number; rows_read: number; rows_written: number }
  kv: { reads: number; writes: number }
  organisation: string | null
  key: number | null
  user_agent: string | null
  country: string | null
}

let home: World
let lines: string[] = []
const at = (bindings: Partial<Env>) =>
  inhabit(
    newIsolate(home.clock, bindings, (line) => lines.push(line)),
    home.clock,
  )
const told = () => lines.map((line) => JSON.parse(line) as Line)
beforeAll(async () => {
  home = await makeWorld()
  await addKey(1, 'revoked', 'admin', { revoked_at: 1 })
})
beforeEach(() => {
  lines = []
})

test('a line says what a request was, how it was answered, what it took and who asked', async () => {
  const world = at({ LOG_SAMPLE: '1' })
  await world.operator.post(
    '/api/factory/1/chart-data?debug=1',
    { time: 60, actual: 1 },
    { 'User-Agent': 'gateway/2', 'X-Request-Id': 'abc' },
  )
  await world.settle()
  const { ms, spent, d1, kv, ...line } = told()[0]!
  expect(line).toEqual({
    request_id: 'abc',
    method: 'POST',
    route: '/api/factory/{id}/chart-data',
    status: 200,
    cache: null,
    organisation: 'demo',
    key: 1,
    user_agent: 'gateway/2',
    country: null,
  })
  expect(ms).toBeGreaterThanOrEqual(0)
  expect(Object.keys(spent)).toEqual(['d1'])
  expect(d1.queries).toBeGreaterThan(5)
  expect(d1.rows_written).toBeGreaterThan(2)
  expect(kv.reads).toBe(0)
})

test('what a read asks of database and KV is counted: nothing for what memory has', async () => {
  const world = at({ LOG_SAMPLE: '1', MEMORY_SECONDS: '5' })
  for (let n = 0; n < 3; n++) {
    await world.viewer.get('/api/factory/0')
    await world.settle()
    if (n === 1) world.clock.advance(6_000)
  }
  await world.viewer.get('/api/factory/0')
  const [miss, ...hits] = told()
  // The key, the document, and what follows the answer as far as it has begun.
  expect([miss!.cache, miss!.kv.reads]).toEqual(['kv; fwd=miss', 1])
  expect(miss!.d1.queries).toBeGreaterThanOrEqual(2)
  expect(hits.map(({ cache, d1, kv }) => [cache, d1.queries, kv.reads])).toEqual([
    ['memory; hit', 0, 0],
    ['kv; hit', 0, 1],
    ['memory; hit', 0, 0],
  ])
})

test('writes, refusals and failures are always written down, reads that went well as often as is wished', async () => {
  const none = at({ LOG_SAMPLE: '0' })
  await none.viewer.get('/api/factory/0')
  const { headers } = await none.viewer.get('/api/factory/0')
  await none.viewer.get('/api/factory/0', { 'If-None-Match': headers.get('ETag')! })
  await none.viewer.send('HEAD', '/api/sprockets')
  await none.viewer.send('OPTIONS', '/api/sprockets')
  expect(told()).toEqual([])
  await none.engineer.delete('/api/sprocket/2')
  await none.viewer.get('/api/factory/9')
  await none.viewer.get('/nowhere')
  await none.viewer.delete('/api/sprocket/1')
  await none.as('revoked').get('/api/sprockets')
  await none.anonymous.send('GET', '/api/sprockets', { headers: { Authorization: 'Bearer garbage', 'User-Agent': 'prober' } })
  expect(told().map(({ route, status, organisation, key, user_agent }) => [route, status, organisation, key, user_agent])).toEqual([
    ['/api/sprocket/{id}', 204, 'demo', 2, null],
    ['/api/factory/{id}', 404, 'demo', 0, null],
    [null, 404, null, null, null],
    ['/api/sprocket/{id}', 403, 'demo', 0, null],
    ['/api/sprockets', 401, null, null, null],
    ['/api/sprockets', 401, null, null, 'prober'],
  ])
  lines = []
  const some = at({ LOG_SAMPLE: '0.5' })
  for (let n = 0; n < 200; n++) await some.viewer.get('/api/factory/0')
  expect(lines.length).toBeGreaterThan(50)
  expect(lines.length).toBeLessThan(150)
})

test('no secret is in it, wherever a client puts one', async () => {
  const world = at({ LOG_SAMPLE: '1' })
  const secret = secretOf('admin')
  const headers = { 'User-Agent': `app ${secret}`, 'X-Request-Id': secret, Prefer: secret }
  await world.admin.get(`/api/factories?key=${secret}`, headers)
  await world.admin.get(`/${secret}`, headers)
  const made = (await (await world.admin.post('/api/keys', { name: secret, role: 'viewer' })).json()) as { key: string }
  expect(lines).toHaveLength(3)
  for (const leaked of [secret, made.key]) expect(lines.join()).not.toContain(leaked.slice(4))
})
