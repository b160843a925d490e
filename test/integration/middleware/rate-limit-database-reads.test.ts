import { beforeEach, describe, expect, test } from 'vitest'
import type { Env } from '../../../src/runtime/env.ts'
import { makeFaultyKv } from '../../support/fault-injection.ts'
import { countLimits } from '../../support/count-limits.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: each read that the cache cannot serve consumes the rate limit of database reads.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

/** Returns a KV binding that fails, so that every read queries D1. */
const withoutKv = (): Partial<Env> => {
  const kv = makeFaultyKv()
  kv.reads = 'fails'
  return { CACHE: kv.binding }
}

describe('the rate limits of database reads', () => {
  const SERIES = '/api/factory/1/chart-data'
  const bookmark = `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}`

  test.each([
    ['a payload that is not cached', '/api/factory/1', {}, 'database'],
    ['a factory that does not exist', '/api/factory/9', {}, 'database'],
    ['a page of factories with their series', '/api/factories', {}, 'large'],
    ['a page of factories without their series', '/api/factories?chart_data=false', {}, 'database'],
    ['a page that starts inside a block', '/api/factories?cursor=1&limit=20', {}, 'large'],
    ['a short page of factories', '/api/factories?limit=2', {}, 'database'],
    ['a long page of factories without series', '/api/factories?limit=100&chart_data=false', {}, 'database'],
    ['one reading', `${SERIES}/1611204818`, {}, 'database'],
    ['a range', `${SERIES}?limit=500`, {}, 'database'],
    ['a long range', `${SERIES}?limit=5000`, {}, 'large'],
    ['points', `${SERIES}?points=100`, {}, 'large'],
    ['the last day', `${SERIES}?last=day`, {}, 'large'],
    ['the last year', `${SERIES}?last=year`, {}, 'database'],
    ['the summary of all factories', '/api/summary', {}, 'large'],
    ['an export', '/api/factory/1/export', {}, 'database'],
    ['a cache entry that is compared with a bookmark', '/api/sprockets', { 'x-d1-bookmark': bookmark }, 'database'],
    ['readiness', '/ready', {}, 'database'],
  ])('%s consumes the limit of database reads before the query, of the address or of the key', async (_, path, headers, size) => {
    for (const [actor, policy] of [
      ['anonymous', `anonymous-${size}`],
      ...(path === '/ready' ? [] : [['viewer', size === 'large' ? 'database-large' : size]]),
    ] as ['anonymous' | 'viewer', string][]) {
      const { clients, spent } = countLimits(harness, {}, withoutKv())
      await clients[actor].get(path, headers)
      expect(spent[policy], policy).toBeGreaterThan(0)
      const exceeded = countLimits(harness, { [policy]: 0 }, withoutKv())
      const response = await exceeded.clients[actor].get(path, headers)
      expect((await problemOf(response, 429)).detail).toContain(`(policy "${policy}")`)
    }
  })

  test('a 304 and a HEAD that read the database consume its limit too', async () => {
    const path = `${SERIES}?limit=3`
    const etag = (await harness.anonymous.get(path)).headers.get('ETag')!
    const { clients, spent } = countLimits(harness)
    expect((await clients.anonymous.get(path, { 'If-None-Match': etag })).status).toBe(304)
    expect((await clients.anonymous.send('HEAD', path)).status).toBe(200)
    expect(spent).toEqual({ anonymous: 2, 'anonymous-database': 2 })
  })

  test('a repeated range within 5 s comes from memory, until the isolate commits', async () => {
    const { clients: unlimited } = countLimits(harness)
    const clients = attachClients({ ...unlimited.isolate, config: { ...unlimited.isolate.config, memoryMs: 5_000 } }, harness.clock)
    const path = `${SERIES}?limit=3`
    const first = await clients.anonymous.get(path)
    const repeated = await clients.anonymous.get(path)
    expect([first.headers.get('Cache-Status'), repeated.headers.get('Cache-Status')]).toEqual(['kv; fwd=bypass', 'memory; hit'])
    for (const name of ['Link', 'X-Resolution', 'ETag', 'Content-Type'])
      expect(repeated.headers.get(name), name).toBe(first.headers.get(name))
    expect(await repeated.text()).toBe(await first.text())
    expect((await clients.anonymous.get(`${SERIES}?limit=4`)).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
    expect((await clients.as('limited').get(path)).status).toBe(401)
    await clients.operator.post(SERIES, { time: 1611206018, actual: 5 })
    const fresh = await clients.anonymous.get(path)
    expect(fresh.headers.get('Cache-Status')).toBe('kv; fwd=bypass')
    expect(((await fresh.json()) as { time: number[] }).time.at(-1)).toBe(1611206018)
    harness.clock.advance(5_000)
    expect((await clients.anonymous.get(path)).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  })

  test('an export that has started waits for its rate limit and then continues', async () => {
    await harness.engineer.post('/api/readings', {
      readings: Array.from({ length: 5_000 }, (_, n) => ({ factory: 2, time: n, actual: n })),
    })
    let spent = 0
    const limiter: RateLimit = { limit: async () => ({ success: ++spent !== 2 && spent !== 3 }) }
    const clients = attachClients(newIsolate(harness.clock, { ANONYMOUS_DATABASE_LIMIT: limiter }), harness.clock)
    const before = harness.clock.now()
    const lines = (await (await clients.anonymous.get('/api/factory/2/export?format=ndjson')).text()).trim().split('\n')
    expect(lines.length).toBeGreaterThan(5_000)
    expect(harness.clock.now() - before).toBe(2_000)
  })

  test('a page of factories with series has at most 20, and the error says how to get more', async () => {
    const { errors } = await problemOf(await harness.viewer.get('/api/factories?limit=21'), 400)
    expect(errors).toEqual([
      { pointer: '#/query/limit', detail: 'At most 20 factories with their series. Send chart_data=false for a larger page.' },
    ])
    expect((await harness.viewer.get('/api/factories?limit=100&chart_data=false')).status).toBe(200)
  })
})
