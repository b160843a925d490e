import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { createRecentCommits } from '../../../src/cache/recent-commits.ts'
import { createResponses } from '../../../src/http/cached-read.ts'
import { getEpochState, getState } from '../../../src/runtime/state.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { countBindings } from '../../support/counting.ts'
import type { Counter } from '../../support/counting.ts'
import { contentOf, tookFastPath } from '../../support/fast-path.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the fast path sends what the router would send, and keeps every rule of the router.

/** The harness whose isolate keeps no payloads in memory. */
let base: Harness
/** The harness under test: an isolate that keeps payloads for 5 s. */
let harness: Harness
let lines: string[] = []
const path = '/api/factory/1'

/** Returns clients of a new isolate that keeps payloads in memory for 5 s. KV has the payload of `path`. */
const attach = (bindings: Partial<Env> = {}) =>
  attachClients(
    newIsolate(base.clock, { MEMORY_SECONDS: '5', LOG_SAMPLE: '0', ...bindings }, (line) => lines.push(line)),
    base.clock,
  )
beforeEach(async () => {
  base = await createHarness()
  await addKey(1, 'limited', 'viewer', { factories: '[1]' })
  await base.viewer.get(path)
  await base.drain()
  lines = []
  harness = attach()
})

/** Sends a read three times through the router, so that the fast path has its response. */
const warmUp = async (client = harness.viewer, headers: Record<string, string> = {}) => {
  for (let time = 0; time < 3; time++) {
    await client.get(path, headers)
    await harness.drain()
  }
}
test('the fast path sends the bytes and headers of the router, with a separate request id', async () => {
  await warmUp()
  const repeated = await harness.viewer.get(path)
  expect(await tookFastPath(harness, () => harness.viewer.get(path))).toBe(true)
  const other = attach()
  await other.viewer.get(path)
  await other.drain()
  const routed = await other.viewer.get(path)
  expect(repeated.headers.get('X-Request-Id')).not.toBe(routed.headers.get('X-Request-Id'))
  expect(await contentOf(repeated)).toEqual(await contentOf(routed))
  const tag = { 'If-None-Match': repeated.headers.get('ETag')! }
  expect(await contentOf(await harness.viewer.get(path, tag))).toEqual(await contentOf(await other.viewer.get(path, tag)))
  expect((await harness.viewer.get(path, tag)).status).toBe(304)
  expect((await harness.viewer.get(path, { 'X-Request-Id': 'gateway-7' })).headers.get('X-Request-Id')).toBe('gateway-7')
  expect((await harness.viewer.get(path, { 'X-Request-Id': 'a b' })).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
})

test.each(['*', '"other"', '"other", ETAG', 'W/ETAG', ' ETAG ', 'other', ''])(
  'the fast path evaluates If-None-Match: %s like the router',
  async (template) => {
    await warmUp()
    const etag = (await harness.viewer.get(path)).headers.get('ETag')!
    const tag = { 'If-None-Match': template.replace('ETAG', etag) }
    let fast: Response | undefined
    expect(await tookFastPath(harness, async () => (fast = await harness.viewer.get(path, tag)))).toBe(true)
    getState(harness.isolate, createResponses).clear()
    expect(await contentOf(fast!)).toEqual(await contentOf(await harness.viewer.get(path, tag)))
  },
)

test.each(['bearer KEY', 'Bearer  KEY', 'Bearer KEY x', 'Basic KEY', 'KEY'])(
  'the fast path evaluates Authorization: %s like the router',
  async (template) => {
    await warmUp()
    const headers = { Authorization: template.replace('KEY', apiKeyOf('viewer')) }
    const fast = await harness.anonymous.get(path, headers)
    getState(harness.isolate, createResponses).clear()
    expect(fast.status).toBe((await harness.anonymous.get(path, headers)).status)
  },
)

test('the fast path keeps responses to anonymous clients and to keys apart', async () => {
  await warmUp()
  await warmUp(harness.anonymous)
  expect(await tookFastPath(harness, () => harness.anonymous.get(path))).toBe(true)
  expect((await harness.anonymous.get(path)).headers.get('Cache-Control')).toBe('no-cache')
  expect((await harness.viewer.get(path)).headers.get('Cache-Control')).toBe('private, no-cache')
})

test('a request with a digest, CSV, a bookmark, HEAD or a limited key takes the router', async () => {
  await warmUp()
  const bookmark = (await harness.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 })).headers.get('x-d1-bookmark')!
  for (const headers of [{ 'Want-Repr-Digest': 'sha-256' }, { Accept: 'text/csv' }])
    expect(await tookFastPath(harness, () => harness.viewer.get(path, headers)), JSON.stringify(headers)).toBe(false)
  expect((await harness.viewer.get(path, { 'x-d1-bookmark': bookmark })).headers.get('Cache-Status')).toBe('kv; hit')
  expect(await tookFastPath(harness, () => harness.viewer.send('HEAD', path))).toBe(false)
  const limited = harness.as('limited')
  await warmUp(limited)
  expect(await tookFastPath(harness, () => limited.get(path))).toBe(false)
  const token = { headers: { Authorization: `Token ${apiKeyOf('operator')}` } }
  await harness
    .as(undefined)
    .send('POST', '/api/v2/write?precision=s', { ...token, method: 'POST', body: 'production,factory=0 actual=1i 60' })
  expect((await harness.as(undefined).send('GET', path, token)).status).toBe(401)
})

test.each(['text/csv', 'text/*', 'TEXT/*;q=0.9, application/*;q=0.1', '*/*;q=0.5, application/json;q=0.1', 'application/json;q=0, */*'])(
  'a client that prefers CSV by %s gets CSV, and a client without preference gets JSON',
  async (accept) => {
    const chart = '/api/factory/1/chart-data'
    const typesOf = async (headers: Record<string, string>) => {
      const types: (string | null)[] = []
      for (let time = 0; time < 3; time++) {
        types.push((await harness.viewer.get(chart, headers)).headers.get('Content-Type')!.split(';')[0]!)
        await harness.drain()
      }
      return new Set(types)
    }
    for (let round = 0; round < 2; round++) {
      expect(await typesOf({ Accept: accept })).toEqual(new Set(['text/csv']))
      expect(await typesOf({ Accept: '*/*' })).toEqual(new Set(['application/json']))
    }
  },
)

test('the isolate of a write sees it at once, and its fast path serves the new payload', async () => {
  await warmUp()
  await harness.operator.post(`${path}/chart-data`, { time: 60, actual: 1 })
  const timesOf = async () =>
    ((await (await harness.viewer.get(path)).json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time
  expect(await timesOf()).toContain(60)
  await harness.drain()
  await warmUp()
  expect(await tookFastPath(harness, timesOf)).toBe(true)
  expect(await timesOf()).toContain(60)
})

test('the fast path does not serve memory while a recent commit is in no cache entry', async () => {
  await warmUp()
  getEpochState(harness.isolate, createRecentCommits).byRange.set('1/api/factory/1!', {
    seq: 1e9,
    bookmark: 'f'.repeat(60),
    until: harness.clock.now() + 1_000,
  })
  expect((await harness.viewer.get(path)).headers.get('Cache-Status')).not.toBe('memory; hit')
})

test.each([
  ['KV', '0'],
  ['memory', '60'],
])(
  'the fast path does not serve an entry from %s in the last quarter of its lease, so that the router renews the lease',
  async (_, seconds) => {
    harness = attach({ MEMORY_SECONDS: seconds })
    const leasedUntil = async () =>
      (await env.DB.prepare('select leased_until from cache_entries where path = ?').bind(`1${path}`).first<number>('leased_until'))!
    const end = await leasedUntil()
    harness.clock.advance(end - 905_000 - harness.clock.now())
    await warmUp()
    expect(await tookFastPath(harness, () => harness.viewer.get(path))).toBe(true)
    harness.clock.advance(10_000)
    expect(await tookFastPath(harness, () => harness.viewer.get(path))).toBe(false)
    await harness.drain()
    expect(await leasedUntil()).toBeGreaterThan(end)
  },
)

describe('the fast path from KV', () => {
  let counter: Counter
  /** Returns clients of an isolate that keeps no payload in memory and reads KV each time. */
  const withoutMemory = (bindings: Partial<Env> = {}) => {
    counter = countBindings(env as unknown as Env)
    return attach({ MEMORY_SECONDS: '0', CACHE: counter.env.CACHE, ...bindings })
  }

  test('the fast path from KV sends the bytes and headers of the router, with one read of KV', async () => {
    harness = withoutMemory()
    await warmUp()
    counter.take()
    expect(await tookFastPath(harness, () => harness.viewer.get(path))).toBe(true)
    expect(counter.take().kvReads).toBe(1)
    const repeated = await harness.viewer.get(path)
    const tag = { 'If-None-Match': repeated.headers.get('ETag')! }
    const known = await harness.viewer.get(path, tag)
    expect(known.status).toBe(304)
    getState(harness.isolate, createResponses).clear()
    expect(await contentOf(repeated)).toEqual(await contentOf(await harness.viewer.get(path)))
    getState(harness.isolate, createResponses).clear()
    expect(await contentOf(known)).toEqual(await contentOf(await harness.viewer.get(path, tag)))
    expect(repeated.headers.get('Cache-Status')).toBe('kv; hit')
  })

  test('the fast path refills memory that has expired', async () => {
    await warmUp()
    harness.clock.advance(5_000)
    expect(await tookFastPath(harness, () => harness.viewer.get(path))).toBe(true)
    expect((await harness.viewer.get(path)).headers.get('Cache-Status')).toBe('memory; hit')
  })

  test.each([
    ['has another payload', (): Promise<unknown> => base.operator.post(`${path}/chart-data`, { time: 60, actual: 1 }), 'kv; hit'],
    ['has no entry', () => env.CACHE.delete(kvKey('1/api/factory/1', PAYLOAD_VERSION)), 'kv; fwd=miss'],
  ] as const)('a fast-path read from KV that %s takes one read of KV and one unit of the rate limit', async (_, change, status) => {
    const spent: string[] = []
    const limiter: RateLimit = {
      limit: async ({ key }) => {
        spent.push(key)
        return { success: true }
      },
    }
    harness = withoutMemory({ READ_LIMIT: limiter, LOG_SAMPLE: '1' })
    await warmUp()
    await change()
    await base.drain()
    counter.take()
    spent.length = 0
    lines = []
    expect((await harness.viewer.get(path)).headers.get('Cache-Status')).toBe(status)
    expect(counter.take().kvReads).toBe(1)
    expect(spent).toHaveLength(1)
    expect((JSON.parse(lines[0]!) as { kv: { reads: number } }).kv.reads).toBe(1)
    expect(await (await harness.viewer.get(path)).text()).toBe(await (await base.viewer.get(path)).text())
  })

  test('a client over its rate limit causes no read of KV', async () => {
    let success = true
    harness = withoutMemory({ READ_LIMIT: { limit: () => Promise.resolve({ success }) } })
    await warmUp()
    success = false
    counter.take()
    expect((await harness.viewer.get(path)).status).toBe(429)
    expect(counter.take().kvReads).toBe(0)
  })

  test('a sampled request from KV is logged like a request through the router', async () => {
    harness = withoutMemory({ LOG_SAMPLE: '1' })
    await warmUp()
    const logLine = async (): Promise<object> => {
      lines = []
      await harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' })
      return JSON.parse(lines[0]!) as object
    }
    const fast = await logLine()
    getState(harness.isolate, createResponses).clear()
    expect(fast).toEqual(await logLine())
  })
})

test('the fast path rejects a revoked key after 30 s, like the router', async () => {
  await warmUp()
  await env.DB.prepare("update api_keys set revoked_at = 1 where name = 'viewer'").run()
  harness.clock.advance(30_000)
  expect((await harness.viewer.get(path)).status).toBe(401)
  expect((await harness.viewer.get(path)).status).toBe(401)
})

test('the fast path consumes rate limits, and responds 429 when they are exceeded', async () => {
  const spent: string[] = []
  let maxSpent = Number.POSITIVE_INFINITY
  const limiter = (name: string): RateLimit => ({
    limit: async ({ key }) => {
      spent.push(`${name} ${key}`)
      return { success: spent.length <= maxSpent }
    },
  })
  harness = attach({ READ_LIMIT: limiter('read'), BODY_LIMIT: limiter('body') })
  await warmUp()
  spent.length = 0
  const response = await harness.viewer.get(path)
  expect(spent).toEqual(['read key 1', 'body key 1'])
  await harness.viewer.get(path, { 'If-None-Match': response.headers.get('ETag')! })
  expect(spent).toEqual(['read key 1', 'body key 1', 'read key 1'])
  maxSpent = 3
  expect((await harness.viewer.get(path)).status).toBe(429)
  const broken: RateLimit = { limit: () => Promise.reject(new Error('down')) }
  harness = attach({ READ_LIMIT: broken })
  await warmUp()
  expect((await harness.viewer.get(path)).status).toBe(200)
})

test('a sampled request of the fast path is logged like a request through the router', async () => {
  harness = attach({ LOG_SAMPLE: '1' })
  await warmUp()
  lines = []
  expect(await tookFastPath(harness, () => harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' }))).toBe(true)
  const [fast] = lines.map((line) => JSON.parse(line) as object)
  getState(harness.isolate, createResponses).clear()
  lines = []
  await harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' })
  expect(fast).toEqual(JSON.parse(lines[0]!))
})
