import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Env } from '../../../src/runtime/env.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: every request has at most one line in the log, with the resources that it used and without secrets.

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

let base: Harness
let lines: string[] = []
/** Returns clients of a new isolate that logs into `lines`. */
const attach = (bindings: Partial<Env>) =>
  attachClients(
    newIsolate(base.clock, bindings, (line) => lines.push(line)),
    base.clock,
  )
const entries = () => lines.map((line) => JSON.parse(line) as Line)
beforeAll(async () => {
  base = await createHarness()
  await addKey(1, 'revoked', 'admin', { revoked_at: 1 })
})
beforeEach(() => {
  lines = []
})

test('a log line contains the request, the response, the resources used, and the client', async () => {
  const harness = attach({ LOG_SAMPLE: '1' })
  await harness.operator.post(
    '/api/factory/1/chart-data?debug=1',
    { time: 60, actual: 1 },
    { 'User-Agent': 'gateway/2', 'X-Request-Id': 'abc' },
  )
  await harness.drain()
  const { ms, spent, d1, kv, ...line } = entries()[0]!
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

test('a log line counts reads of D1 and KV, and none for a read from memory', async () => {
  const harness = attach({ LOG_SAMPLE: '1', MEMORY_SECONDS: '5' })
  for (let n = 0; n < 3; n++) {
    await harness.viewer.get('/api/factory/0')
    await harness.drain()
    if (n === 1) harness.clock.advance(6_000)
  }
  await harness.viewer.get('/api/factory/0')
  const [miss, ...hits] = entries()
  // One query for the key, one for the document. The lease is written after the response.
  expect([miss!.cache, miss!.kv.reads]).toEqual(['kv; fwd=miss', 1])
  expect(miss!.d1.queries).toBe(2)
  expect(hits.map(({ cache, d1, kv }) => [cache, d1.queries, kv.reads])).toEqual([
    ['memory; hit', 0, 0],
    ['kv; hit', 0, 1],
    ['memory; hit', 0, 0],
  ])
})

test('a log line counts the rows that D1 read and wrote, also of single statements', async () => {
  const harness = attach({ LOG_SAMPLE: '1' })
  for (const path of ['/api/factory/1/chart-data?limit=5', '/api/factory/1/chart-data?from=0&limit=20', '/api/factories?limit=1'])
    await harness.viewer.get(path)
  const rows = entries().map(({ d1 }) => d1)
  // The first request also looks up its key. Each query returns one row, and reads the chunks of its readings.
  expect(rows.map(({ queries }) => queries)).toEqual([2, 1, 1])
  expect(rows[0]!.rows_read).toBeGreaterThan(5)
  expect(rows[1]!.rows_read).toBeGreaterThan(3)
  expect(rows[2]!.rows_read).toBeGreaterThan(5)
  expect(rows.map(({ rows_written }) => rows_written)).toEqual([0, 0, 0])
})

test('a log line counts work before the response, including idempotency, and no work after it', async () => {
  const harness = attach({ LOG_SAMPLE: '1' })
  const send = async (headers: Record<string, string>) => {
    await harness.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 }, headers)
    await harness.drain()
  }
  await send({})
  await send({})
  await send({ 'Idempotency-Key': 'a' })
  await send({ 'Idempotency-Key': 'a' })
  await harness.operator.get('/ready')
  await harness.operator.get('/api/factory/2/export')
  const [, plain, first, replayed, ready, exported] = entries()
  // The record is looked up before the commit, and inserted and counted in its batch. The response is stored after it was sent.
  expect(first!.d1.queries).toBe(plain!.d1.queries + 3)
  // A write without effect has no stored response, so the response is built again from the current state.
  expect(replayed!.d1).toEqual({ queries: 3, rows_read: 3, rows_written: 0 })
  expect(ready!.d1.queries).toBe(2)
  expect(exported!.d1).toMatchObject({ queries: 1, rows_written: 0 })
  expect(exported!.d1.rows_read).toBeGreaterThan(5)
})

test('writes and errors are always logged, and successful reads as often as LOG_SAMPLE says', async () => {
  const unsampled = attach({ LOG_SAMPLE: '0' })
  await unsampled.viewer.get('/api/factory/0')
  const { headers } = await unsampled.viewer.get('/api/factory/0')
  await unsampled.viewer.get('/api/factory/0', { 'If-None-Match': headers.get('ETag')! })
  await unsampled.viewer.send('HEAD', '/api/sprockets')
  await unsampled.viewer.send('OPTIONS', '/api/sprockets')
  expect(entries()).toEqual([])
  await unsampled.engineer.delete('/api/sprocket/2')
  await unsampled.viewer.get('/api/factory/9')
  await unsampled.viewer.get('/nowhere')
  await unsampled.viewer.delete('/api/sprocket/1')
  await unsampled.as('revoked').get('/api/sprockets')
  await unsampled.anonymous.send('GET', '/api/sprockets', { headers: { Authorization: 'Bearer garbage', 'User-Agent': 'prober' } })
  expect(entries().map(({ route, status, organisation, key, user_agent }) => [route, status, organisation, key, user_agent])).toEqual([
    ['/api/sprocket/{id}', 204, 'demo', 2, null],
    ['/api/factory/{id}', 404, 'demo', 0, null],
    [null, 404, null, null, null],
    ['/api/sprocket/{id}', 403, 'demo', 0, null],
    ['/api/sprockets', 401, null, null, null],
    ['/api/sprockets', 401, null, null, 'prober'],
  ])
  lines = []
  const sampled = attach({ LOG_SAMPLE: '0.5' })
  for (let n = 0; n < 200; n++) await sampled.viewer.get('/api/factory/0')
  expect(lines.length).toBeGreaterThan(50)
  expect(lines.length).toBeLessThan(150)
})

test('a log line contains no API key, wherever the client sends it', async () => {
  const harness = attach({ LOG_SAMPLE: '1' })
  const secret = apiKeyOf('admin')
  const headers = { 'User-Agent': `app ${secret}`, 'X-Request-Id': secret, Prefer: secret }
  await harness.admin.get(`/api/factories?key=${secret}`, headers)
  await harness.admin.get(`/${secret}`, headers)
  const created = (await (await harness.admin.post('/api/keys', { name: 'x', role: 'viewer' })).json()) as { key: string }
  expect(lines).toHaveLength(3)
  for (const leaked of [secret, created.key]) expect(lines.join()).not.toContain(leaked.slice(4))
})
