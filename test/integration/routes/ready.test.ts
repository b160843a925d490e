import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: `GET /ready` says whether the service is ready, and lists its problems. Frequent requests cost no more than one a second.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const readiness = async (at: Harness) => {
  const response = await at.anonymous.get('/ready')
  return [response.status, ((await response.json()) as { seconds_since_cron: number | null }).seconds_since_cron]
}

test('GET /ready responds 200 after a cron run, and 503 when the last run was 3 minutes ago', async () => {
  expect(await readiness(harness)).toEqual([503, null])
  await runCron(harness.isolate, harness.clock.now())
  harness.clock.advance(1_000)
  expect(await readiness(harness)).toEqual([200, 1])
  harness.clock.advance(180_000)
  expect(await readiness(harness)).toEqual([503, 181])
})

test('GET /ready queries the database once a second per isolate, however often it is requested', async () => {
  const counter = countBindings(env)
  const here = attachClients(newIsolate(harness.clock, counter.env), harness.clock)
  await runCron(harness.isolate, harness.clock.now())
  counter.take()
  for (let n = 0; n < 20; n++) await readiness(here)
  expect(counter.take()).toMatchObject({ trips: 2, kvReads: 1 })
  harness.clock.advance(1_000)
  await readiness(here)
  expect(counter.take()).toMatchObject({ trips: 2, kvReads: 1 })
})

test('GET /ready consumes the rate limit of the address, also when the request has a key', async () => {
  const keys: string[] = []
  const limiter: RateLimit = {
    limit: async ({ key }) => {
      keys.push(key)
      return { success: false }
    },
  }
  const here = harness.elsewhere(newIsolate(harness.clock, { ANONYMOUS_LIMIT: limiter }))
  const response = await here.admin.get('/ready', { 'CF-Connecting-IP': '192.0.2.7' })
  await problemOf(response, 429)
  expect(response.headers.get('Retry-After')).toBe('60')
  expect(keys).toEqual(['address 192.0.2.7'])
  expect((await here.anonymous.get('/health')).status).toBe(429)
})

test('GET /ready reports a database or a KV namespace that fails', async () => {
  const broken = () => {
    throw new Error('gone')
  }
  const withoutDatabase = harness.elsewhere(
    newIsolate(harness.clock, { DB: { withSession: broken, prepare: broken } as unknown as D1Database }),
  )
  const withoutCache = harness.elsewhere(newIsolate(harness.clock, { CACHE: { get: async () => broken() } as unknown as KVNamespace }))
  await runCron(harness.isolate, harness.clock.now())
  const unknown = { limits: [], copies: null, database_bytes: null, seconds_since_cron: null }
  expect(await (await withoutDatabase.anonymous.get('/ready')).json()).toEqual({
    status: 'not ready',
    problems: ['The database has the status "failed".'],
    database: 'failed',
    kv: 'ok',
    ...unknown,
  })
  const response = await withoutCache.anonymous.get('/ready')
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '30'])
  expect(await response.json()).toMatchObject({
    status: 'not ready',
    database: 'ok',
    kv: 'failed',
    copies: { dirty: 0, oldest_dirty_seconds: null },
  })
})
