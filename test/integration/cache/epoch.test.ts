import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { advanceEpoch } from '../../../src/cache/epoch.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { startCacheEpoch } from '../../../src/commands/bump-cache-epoch.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

// Promise: after a restore of the database, a new cache epoch invalidates every entry in KV and in memory.

let harness: Harness
/** Another isolate, with a long memory. */
let elsewhere: Harness
const path = '/api/factory/1/profile'

beforeEach(async () => {
  harness = await createHarness({ MEMORY_SECONDS: '60' })
  elsewhere = harness.elsewhere(newIsolate(harness.clock, { MEMORY_SECONDS: '60' }))
})
afterEach(async () => {
  await harness.drain()
  await elsewhere.drain()
})

const read = async (reader: TestClient, headers: Record<string, string> = {}) => {
  const response = await reader.get(path, headers)
  const { name } = (await response.json()) as { name: string | null }
  await harness.drain()
  await elsewhere.drain()
  return [name, response.headers.get('Cache-Status')]
}
const rename = async (name: string | null, by = harness) => {
  const response = await by.engineer.patch('/api/factory/1', { name })
  await by.drain()
  return response.headers.get('x-d1-bookmark')!
}
const keysOfKv = async () => (await env.CACHE.list()).keys.map(({ name }) => name)
const startEpoch = async () => {
  for (const statement of startCacheEpoch()) await drizzle(env.DB).run(statement)
}

/** Returns a function that restores the tables of these tests to their current content. */
const saveState = async () => {
  const tables = ['factories', 'copies', 'changes', 'epochs', 'sqlite_sequence']
  const saved = await env.DB.batch<Record<string, unknown>>(tables.map((table) => env.DB.prepare(`select * from ${table}`)))
  return async () => {
    await env.DB.batch(
      tables.flatMap((table, index) => [
        env.DB.prepare(`delete from ${table}`),
        ...saved[index]!.results.map((row) =>
          env.DB.prepare(`insert into ${table} values (${Object.keys(row).fill('?').join(', ')})`).bind(...Object.values(row)),
        ),
      ]),
    )
  }
}

test('a new cache epoch after a restore invalidates entries in KV and memory that contain undone commits', async () => {
  await read(harness.viewer)
  const restore = await saveState()
  await rename('Future')
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'kv; hit'])
  await restore()
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'memory; hit'])
  harness.clock.advance(61_000)
  // The cache directory was restored too and agrees with KV, so only a new epoch helps.
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'kv; hit'])

  await startEpoch()
  harness.clock.advance(30_000)
  for (const { viewer } of [harness, elsewhere]) {
    const [name, status] = await read(viewer)
    expect([name, status]).toEqual([null, expect.stringMatching(/^kv; (hit|fwd=miss)$/)])
  }
  expect(await read(harness.viewer)).toEqual([null, 'memory; hit'])
})

test('an active isolate learns the new cache epoch in the background after 20 seconds', async () => {
  await read(harness.viewer)
  await startEpoch()
  harness.clock.advance(20_000)
  expect((await read(harness.viewer))[1]).toBe('memory; hit')
  expect((await read(harness.viewer))[1]).toBe('kv; fwd=miss')
})

test('writes after a new cache epoch are visible at once, also if the writing isolate does not know the epoch yet', async () => {
  await read(harness.viewer)
  for (const known of [elsewhere.viewer, elsewhere.engineer]) await read(known)
  await startEpoch()
  harness.clock.advance(30_000)
  // The first isolate refreshes its identity, which tells it the epoch. The other one has refreshed recently.
  elsewhere.isolate.memory.identityCache.forEach((known) =>
    Object.assign(known, { queriedAt: harness.clock.now(), nextQueryAt: harness.clock.now() + 20_000 }),
  )
  await read(harness.viewer)
  const bookmark = await rename('Present', elsewhere)
  expect(elsewhere.isolate.memory.epoch).toBe(0)
  expect((await read(harness.viewer, { 'x-d1-bookmark': bookmark }))[0]).toBe('Present')
  expect((await read(elsewhere.viewer))[0]).toBe('Present')
  await rename('Later')
  expect((await read(harness.viewer))[0]).toBe('Later')
  harness.clock.advance(30_000)
  expect((await read(elsewhere.viewer))[0]).toBe('Later')
})

test('reconcile deletes entries of the former epoch from KV, and an isolate that only runs cron learns the epoch', async () => {
  await read(harness.viewer)
  const before = await keysOfKv()
  await startEpoch()
  const { isolate } = harness.elsewhere(newIsolate(harness.clock))
  for (let minute = 0; minute < 5; minute++) {
    await runCron(isolate, minute * 60_000)
    harness.clock.advance(60_000)
  }
  const [{ epoch }] = (await env.DB.prepare('select max(number) as epoch from epochs').all<{ epoch: number }>()).results as [
    { epoch: number },
  ]
  expect(isolate.memory.epoch).toBe(epoch)
  const after = await keysOfKv()
  expect(before.length).toBeGreaterThan(0)
  expect(after.filter((key) => before.includes(key))).toEqual([])
  expect(after.length).toBeGreaterThan(0)
  for (const key of after) expect(key).toMatch(new RegExp(`^${epoch * 1_000 + PAYLOAD_VERSION}/1/api/`))
})

test('startCacheEpoch always increases the epoch, and advanceEpoch ignores an earlier one', async () => {
  await startEpoch()
  await startEpoch()
  const { results } = await env.DB.prepare('select number from epochs order by number').all<{ number: number }>()
  expect(new Set(results.map(({ number }) => number)).size).toBe(2)
  const { isolate } = harness
  advanceEpoch(isolate, 7)
  advanceEpoch(isolate, 5)
  expect(isolate.memory.epoch).toBe(7)
})
