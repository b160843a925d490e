import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let world: Harness
beforeEach(async () => {
  world = await createHarness()
})

const told = async (at: Harness) => {
  const response = await at.anonymous.get('/ready')
  return [response.status, ((await response.json()) as { seconds_since_cron: number | null }).seconds_since_cron]
}

test('the service is ready once cron has run, and no longer when it has not for three minutes', async () => {
  expect(await told(world)).toEqual([503, null])
  await runCron(world.isolate, world.clock.now())
  world.clock.advance(1_000)
  expect(await told(world)).toEqual([200, 1])
  world.clock.advance(180_000)
  expect(await told(world)).toEqual([503, 181])
})

test('however often it is asked, an isolate asks the database once a second', async () => {
  const counter = countBindings(env)
  const here = attachClients(newIsolate(world.clock, counter.env), world.clock)
  await runCron(world.isolate, world.clock.now())
  counter.take()
  for (let n = 0; n < 20; n++) await told(here)
  expect(counter.take()).toMatchObject({ trips: 2, kvReads: 1 })
  world.clock.advance(1_000)
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
  const here = world.elsewhere(newIsolate(world.clock, { ANONYMOUS_LIMIT: spent }))
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
  const withoutDatabase = world.elsewhere(
    newIsolate(world.clock, { DB: { withSession: broken, prepare: broken } as unknown as D1Database }),
  )
  const withoutCache = world.elsewhere(newIsolate(world.clock, { CACHE: { get: async () => broken() } as unknown as KVNamespace }))
  await runCron(world.isolate, world.clock.now())
  const nothing = { limits: [], copies: null, database_bytes: null, seconds_since_cron: null }
  expect(await (await withoutDatabase.anonymous.get('/ready')).json()).toEqual({
    status: 'not ready',
    problems: ['The database has the status "failed".'],
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
