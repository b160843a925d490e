import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Env } from '../../../src/runtime/env.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

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

let home: Harness
let lines: string[] = []
const at = (bindings: Partial<Env>) =>
  attachClients(
    newIsolate(home.clock, bindings, (line) => lines.push(line)),
    home.clock,
  )
const told = () => lines.map((line) => JSON.parse(line) as Line)
beforeAll(async () => {
  home = await createHarness()
  await addKey(1, 'revoked', 'admin', { revoked_at: 1 })
})
beforeEach(() => {
  lines = []
})

test('a line says what a request was, how it was answered, what it took and who asked', async () => {
  const harness = at({ LOG_SAMPLE: '1' })
  await harness.operator.post(
    '/api/factory/1/chart-data?debug=1',
    { time: 60, actual: 1 },
    { 'User-Agent': 'gateway/2', 'X-Request-Id': 'abc' },
  )
  await harness.settle()
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
  const harness = at({ LOG_SAMPLE: '1', MEMORY_SECONDS: '5' })
  for (let n = 0; n < 3; n++) {
    await harness.viewer.get('/api/factory/0')
    await harness.settle()
    if (n === 1) harness.clock.advance(6_000)
  }
  await harness.viewer.get('/api/factory/0')
  const [miss, ...hits] = told()
  // The key and the document; the lease follows the answer.
  expect([miss!.cache, miss!.kv.reads]).toEqual(['kv; fwd=miss', 1])
  expect(miss!.d1.queries).toBe(2)
  expect(hits.map(({ cache, d1, kv }) => [cache, d1.queries, kv.reads])).toEqual([
    ['memory; hit', 0, 0],
    ['kv; hit', 0, 1],
    ['memory; hit', 0, 0],
  ])
})

test('rows are those that the database read and wrote, of statements that stand alone too', async () => {
  const harness = at({ LOG_SAMPLE: '1' })
  for (const path of ['/api/factory/1/chart-data?limit=5', '/api/factory/1/chart-data?from=0&limit=20', '/api/factories?limit=1'])
    await harness.viewer.get(path)
  const rows = told().map(({ d1 }) => d1)
  // The first asked for its key as well. Each gives one row back, and has read every reading in it.
  expect(rows.map(({ queries }) => queries)).toEqual([2, 1, 1])
  expect(rows[0]!.rows_read).toBeGreaterThan(5)
  expect(rows[1]!.rows_read).toBeGreaterThanOrEqual(20)
  expect(rows[2]!.rows_read).toBeGreaterThanOrEqual(20)
  expect(rows.map(({ rows_written }) => rows_written)).toEqual([0, 0, 0])
})

test('what comes after the answer is not in it, and what stands before is, an Idempotency-Key too', async () => {
  const harness = at({ LOG_SAMPLE: '1' })
  const send = async (headers: Record<string, string>) => {
    await harness.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 }, headers)
    await harness.settle()
  }
  await send({})
  await send({})
  await send({ 'Idempotency-Key': 'a' })
  await send({ 'Idempotency-Key': 'a' })
  await harness.operator.get('/ready')
  await harness.operator.get('/api/factory/2/export')
  const [, plain, first, replayed, ready, exported] = told()
  // The record is looked up before the commit, and noted and counted in it. The answer is stored after it was sent.
  expect(first!.d1.queries).toBe(plain!.d1.queries + 3)
  // A write that changed nothing has no stored answer: it is made out again from the present state.
  expect(replayed!.d1).toEqual({ queries: 3, rows_read: 3, rows_written: 0 })
  expect(ready!.d1.queries).toBe(2)
  expect(exported!.d1).toMatchObject({ queries: 1, rows_written: 0 })
  expect(exported!.d1.rows_read).toBeGreaterThan(20)
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
  const harness = at({ LOG_SAMPLE: '1' })
  const secret = apiKeyOf('admin')
  const headers = { 'User-Agent': `app ${secret}`, 'X-Request-Id': secret, Prefer: secret }
  await harness.admin.get(`/api/factories?key=${secret}`, headers)
  await harness.admin.get(`/${secret}`, headers)
  const made = (await (await harness.admin.post('/api/keys', { name: 'x', role: 'viewer' })).json()) as { key: string }
  expect(lines).toHaveLength(3)
  for (const leaked of [secret, made.key]) expect(lines.join()).not.toContain(leaked.slice(4))
})
