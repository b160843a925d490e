import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { TestClock } from '../../support/clock.ts'
import { documentOf } from '../../support/contract.ts'
import { attachClients, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { resetStorage } from '../../support/storage.ts'

// Promise: without its migrations, the API answers 503 with the command to run.

let harness: Harness
let log: ReturnType<typeof vi.spyOn>
beforeEach(async () => {
  await resetStorage()
  const clock = new TestClock()
  harness = attachClients(newIsolate(clock), clock)
  log = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => log.mockRestore())

const COMMAND = 'npx wrangler d1 migrations apply'
const routes = (at: Harness) =>
  Object.entries(documentOf(createApp(at.isolate)).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [method.toUpperCase(), path.replace('{id}', '0').replace('{time}', '60')] as const),
  )

const expectNotMigrated = async () => {
  for (const [method, path] of routes(harness).filter(([, path]) => path.startsWith('/api/') && path !== '/api/v2/ping')) {
    const sent = method === 'GET' || method === 'DELETE' ? {} : { body: '{}', headers: { 'Content-Type': 'application/json' } }
    const problem = await problemOf(await harness.admin.send(method, path, sent), 503)
    expect([problem.type, problem.detail], `${method} ${path}`).toEqual([
      expect.stringMatching(/#not-migrated$/),
      expect.stringContaining(COMMAND),
    ])
  }
  await problemOf(await harness.anonymous.get('/api/factory/0'), 503)
}
const ready = async () => {
  const response = await harness.anonymous.get('/ready')
  return [response.status, ((await response.json()) as { database: string }).database]
}

test('an empty database gives 503 with the command to run, on every API route and on /ready', async () => {
  await expectNotMigrated()
  expect(await ready()).toEqual([503, 'not-migrated'])
  expect((await harness.anonymous.get('/health')).status).toBe(200)
})

test('a request to localhost gets the command for the local database', async () => {
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
  const response = await createApp(harness.isolate).fetch(new Request('http://localhost:8787/api/factories'), env, context)
  expect((await problemOf(response, 503)).detail).toContain(`${COMMAND} sprocket-telemetry --local`)
})

test('cron on an empty database reports each job as failed, and does not fail itself', async () => {
  const did = await runCron(harness.isolate, 0)
  expect(did).toMatchObject({ publish: { failed: expect.stringContaining('no such table') }, beat: { failed: expect.any(String) } })
})

test.each([
  ['that has no cache epochs', 'CREATE TABLE `epochs`'],
  ['with the former names of tables', 'RENAME TO `cache_epochs`'],
])('a database of an earlier release %s gives 503, also on /ready', async (_, statement) => {
  const earlier = env.MIGRATIONS.findIndex(({ queries }) => queries.some((query) => query.includes(statement)))
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, earlier))
  await expectNotMigrated()
  expect(await ready()).toEqual([503, 'not-migrated'])
})

test('/ready reports that the newest migration is missing, although every statement works', async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  await runCron(harness.isolate, harness.clock.now())
  expect(await ready()).toEqual([200, 'ok'])
  await env.DB.prepare('delete from d1_migrations where name = ?').bind(env.MIGRATIONS.at(-1)!.name).run()
  harness.clock.advance(1_000)
  expect(await ready()).toEqual([503, 'not-migrated'])
})
