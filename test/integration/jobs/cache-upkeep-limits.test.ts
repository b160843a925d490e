import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { cacheVersion } from '../../../src/cache/epoch.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { deleteExpired, keepPublicListsLeased, publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a run of cron publishes and deletes a bounded number of entries, and on the free plan none before they are due.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(() => env.DB.prepare('delete from cache_entries').run())

const FREE = { PLAN: 'free' }
const count = (condition = 'true') => env.DB.prepare(`select count(*) as n from cache_entries where ${condition}`).first<number>('n')
/** Adds entries that became stale at a time. A release that knows their paths no more deletes them when it publishes them. */
const addStale = (number: number, staleSince: number) =>
  env.DB.prepare(`with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1)
    insert into cache_entries (path, version, leased_until, stale_seq, published_seq, stale_since)
    select '1/api/unknown/' || n || '-' || ?3, ?2, ?4, 1, 0, ?3 from n`)
    .bind(number, PAYLOAD_VERSION, staleSince, harness.clock.now() + 3_600_000)
    .run()

test('publishStale publishes 600 entries at most, the longest stale first, and has published them when it resolves', async () => {
  const now = harness.clock.now()
  await addStale(100, now)
  await addStale(550, now - 1_000)
  expect(await publishStale(newIsolate(harness.clock))).toBe(600)
  const isLeft = 'stale_since is not null'
  expect([await count(isLeft), await count(`stale_since = ${now}`)]).toEqual([50, 50])
  expect(await publishStale(newIsolate(harness.clock))).toBe(50)
  expect(await count(isLeft)).toBe(0)
})

test.each([
  [46, 36],
  [45, 40],
  [6, 1],
  [5, 0],
  [-40, 0],
])('publishStale with operations for a batch and %i others claims the %i entries that they can publish', async (others, expected) => {
  await addStale(60, harness.clock.now())
  const isolate = measureIsolate(newIsolate(harness.clock))
  // A job leaves 16 operations to the jobs after it.
  isolate.usage.begun = isolate.config.maxOperations - 16 - 2 - others
  expect(await publishStale(isolate)).toBe(expected)
})

test('publishStale of the free plan publishes entries that have been stale for a quarter of an hour', async () => {
  const now = harness.clock.now()
  await addStale(2, now - 900_000)
  await addStale(3, now - 899_999)
  expect(await publishStale(newIsolate(harness.clock, FREE))).toBe(2)
  expect(await publishStale(newIsolate(harness.clock))).toBe(3)
})

test('deleteExpired deletes 5,000 rows at most, and reports them', async () => {
  await addStale(5_001, 0)
  await env.DB.prepare('update cache_entries set leased_until = 0').run()
  await addStale(1, 1)
  expect([await deleteExpired(newIsolate(harness.clock)), await count()]).toEqual([5_000, 2])
  expect([await deleteExpired(newIsolate(harness.clock)), await count()]).toEqual([1, 1])
})

test.each([publishStale, keepPublicListsLeased])('$name makes its isolate use the latest cache epoch', async (job) => {
  const isolate = newIsolate(harness.clock)
  await env.DB.prepare('insert into cache_epochs values (7), (5)').run()
  await job(isolate)
  expect(cacheVersion(isolate)).toBe(7_000 + PAYLOAD_VERSION)
  await env.DB.prepare('delete from cache_epochs').run()
})

test('keepPublicListsLeased leases the lists of factories and sprockets of the public organisation, and reports new leases', async () => {
  const isolate = newIsolate(harness.clock, { PUBLIC_ORGANISATION: 'other' })
  expect(await keepPublicListsLeased(isolate)).toBe(2)
  const { results } = await env.DB.prepare('select path from cache_entries order by path').all<{ path: string }>()
  expect(results.map(({ path }) => path)).toEqual(['2/api/factories', '2/api/sprockets'])
  expect(await keepPublicListsLeased(isolate)).toBe(0)
})

test('keepPublicListsLeased of the free plan asks D1 nothing', async () => {
  const counter = countBindings(env)
  expect(await keepPublicListsLeased(newIsolate(harness.clock, { ...FREE, DB: counter.env.DB }))).toBe(0)
  expect([counter.take().trips, await count()]).toEqual([0, 0])
})
