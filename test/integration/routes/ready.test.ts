import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const told = async (at: Harness) => {
  const response = await at.anonymous.get('/ready')
  return [response.status, ((await response.json()) as { seconds_since_cron: number | null }).seconds_since_cron]
}

test('the service is ready once cron has run, and no longer when it has not for three minutes', async () => {
  expect(await told(harness)).toEqual([503, null])
  await runCron(harness.isolate, harness.clock.now())
  harness.clock.advance(1_000)
  expect(await told(harness)).toEqual([200, 1])
  harness.clock.advance(180_000)
  expect(await told(harness)).toEqual([503, 181])
})

test('however often it is asked, an isolate asks the database once a second', async () => {
  const counter = countBindings(env)
  const here = attachClients(newIsolate(harness.clock, counter.env), harness.clock)
  await runCron(harness.isolate, harness.clock.now())
  counter.take()
  for (let n = 0; n < 20; n++) await told(here)
  expect(counter.take()).toMatchObject({ trips: 2, kvReads: 1 })
  harness.clock.advance(1_000)
  await told(here)
  expect(counter.take()).toMatchObject({ trips: 2, kvReads: 1 })
})

test('an address has as many as it has reads, whoever it says it is', async () => {
  const asked: string[] = []
  const spent: RateLimit = {
    limit: async ({ key }) => {
      asked.push(key)
      return { success: false }
    },
  }
  const here = harness.elsewhere(newIsolate(harness.clock, { ANONYMOUS_LIMIT: spent }))
  const response = await here.admin.get('/ready', { 'CF-Connecting-IP': '192.0.2.7' })
  await problemOf(response, 429)
  expect(response.headers.get('Retry-After')).toBe('60')
  expect(asked).toEqual(['address 192.0.2.7'])
  expect((await here.anonymous.get('/health')).status).toBe(429)
})

test('a database that does not answer is told, and so is a namespace', async () => {
  const broken = () => {
    throw new Error('gone')
  }
  const withoutDatabase = harness.elsewhere(
    newIsolate(harness.clock, { DB: { withSession: broken, prepare: broken } as unknown as D1Database }),
  )
  const withoutCache = harness.elsewhere(newIsolate(harness.clock, { CACHE: { get: async () => broken() } as unknown as KVNamespace }))
  await runCron(harness.isolate, harness.clock.now())
  const nothing = { limits: [], copies: null, database_bytes: null, seconds_since_cron: null }
  expect(await (await withoutDatabase.anonymous.get('/ready')).json()).toEqual({
    status: 'not ready',
    problems: ['The database is in the state "failed".'],
    database: 'failed',
    kv: 'ok',
    ...nothing,
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
