import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { batchesThrough, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createIdentityCache } from '../../../src/auth/identity-cache.ts'
import { advanceEpoch, cacheVersion } from '../../../src/cache/epoch.ts'
import { getPayload, setPayload } from '../../../src/cache/memory-store.ts'
import { findOverdueCommit, recordOverdue } from '../../../src/cache/overdue.ts'
import { findRecentCommit, countCommitsTo, recordCommit } from '../../../src/cache/recent-commits.ts'
import { getState } from '../../../src/runtime/state.ts'
import { exactRange, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
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
  const tables = ['factories', 'cache_entries', 'audit_log', 'cache_epochs', 'sqlite_sequence']
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
  getState(elsewhere.isolate, createIdentityCache).identities.forEach((known) =>
    Object.assign(known, { queriedAt: harness.clock.now(), nextQueryAt: harness.clock.now() + 20_000 }),
  )
  await read(harness.viewer)
  const bookmark = await rename('Present', elsewhere)
  expect(cacheVersion(elsewhere.isolate)).toBe(PAYLOAD_VERSION)
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
  const [{ epoch }] = (await env.DB.prepare('select max(epoch) as epoch from cache_epochs').all<{ epoch: number }>()).results as [
    { epoch: number },
  ]
  expect(cacheVersion(isolate)).toBe(epoch * 1_000 + PAYLOAD_VERSION)
  const after = await keysOfKv()
  expect(before.length).toBeGreaterThan(0)
  expect(after.filter((key) => before.includes(key))).toEqual([])
  expect(after.length).toBeGreaterThan(0)
  for (const key of after) expect(key).toMatch(new RegExp(`^${epoch * 1_000 + PAYLOAD_VERSION}/1/api/`))
})

test('startCacheEpoch always increases the epoch, and advanceEpoch ignores an earlier one', async () => {
  await startEpoch()
  await startEpoch()
  const { results } = await env.DB.prepare('select epoch from cache_epochs order by epoch').all<{ epoch: number }>()
  expect(new Set(results.map(({ epoch }) => epoch)).size).toBe(2)
  const { isolate } = harness
  advanceEpoch(isolate, 7)
  advanceEpoch(isolate, 5)
  expect(cacheVersion(isolate)).toBe(7_000 + PAYLOAD_VERSION)
})

test('a new cache epoch discards recent commits, overdue organisations and payloads of the isolate', () => {
  const { isolate } = harness.elsewhere(newIsolate(harness.clock, { MEMORY_SECONDS: '60' }))
  const bookmark = 'f'.repeat(60)
  const find = () => [
    findRecentCommit(isolate, '1/a'),
    countCommitsTo(isolate, 1) || undefined,
    findOverdueCommit(isolate, '1/a'),
    getPayload(isolate, '1/a'),
  ]
  const known = () => find().map((found) => found !== undefined)
  recordCommit(isolate, [exactRange('1/a')], 5, bookmark)
  recordOverdue(isolate, 1, 5, bookmark)
  setPayload(isolate, { version: cacheVersion(isolate), path: '1/a', seq: 5, bookmark, etag: '"a"', leasedUntil: 0 }, new Uint8Array(1))
  expect(known()).toEqual([true, true, true, true])
  advanceEpoch(isolate, 0)
  expect(known(), 'the same epoch').toEqual([true, true, true, true])
  advanceEpoch(isolate, 1)
  expect(known()).toEqual([false, false, false, false])
})

test('a new cache epoch discards responses from D1 that contain undone commits', async () => {
  const reading = '/api/factory/1/chart-data/1611204818'
  const statusOf = async () => (await elsewhere.viewer.get(reading)).headers.get('Cache-Status')
  await statusOf()
  expect(await statusOf()).toBe('memory; hit')
  advanceEpoch(elsewhere.isolate, 1)
  expect(await statusOf()).toBe('kv; fwd=bypass')
})

test('a response from D1 that was read in a former cache epoch is not served in the new one', async () => {
  const held = Promise.withResolvers<void>()
  let isHeld = false
  const database = batchesThrough(async (run) => {
    const results = await run()
    if (isHeld) await held.promise
    return results
  })
  const slow = harness.elsewhere(newIsolate(harness.clock, { DB: database, MEMORY_SECONDS: '60' }))
  const statusOf = async () => (await slow.viewer.get('/api/factory/1/chart-data?from=0')).headers.get('Cache-Status')
  await slow.viewer.get('/api/sprocket/1')
  isHeld = true
  const first = statusOf()
  await new Promise((resolve) => setTimeout(resolve, 50))
  advanceEpoch(slow.isolate, 1)
  isHeld = false
  held.resolve()
  expect([await first, await statusOf(), await statusOf()]).toEqual(['kv; fwd=bypass', 'kv; fwd=bypass', 'memory; hit'])
})

test('a payload that was rendered in a former cache epoch is not served in the new one', async () => {
  const d1 = makeFaultyD1()
  // A read that KV fails leases nothing, so no publisher renders the payload again.
  const failing = { getWithMetadata: async () => Promise.reject(new Error('failing')) } as unknown as KVNamespace
  const slow = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: failing, MEMORY_SECONDS: '60' }))
  await slow.viewer.get('/api/sprocket/1')
  await slow.drain()
  d1.decide = () => {
    advanceEpoch(slow.isolate, 1)
    return undefined
  }
  await slow.viewer.get('/api/factory/1/profile')
  expect(getPayload(slow.isolate, '1/api/factory/1/profile')).toBeUndefined()
})
