// Promise: readers decide what is cached in KV, but a reader without a key cannot make writes expensive.
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const path = '/api/factory/1/chart-data'
const isLeased = async (of: string) => (await env.DB.prepare('select 1 from cache_entries where path = ?').bind(`1${of}`).first()) !== null
const read = async (actor: TestClient, of: string, times: number) => {
  for (let n = 0; n < times; n++) {
    await actor.get(of)
    await harness.drain()
    harness.clock.advance(6_000)
  }
}
const countOf = async () =>
  (await env.DB.prepare('select cache_entry_count from organisations where pk = 1').first<number>('cache_entry_count'))!
const fill = (rows: number) =>
  env.DB.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
    insert into cache_entries (path, version, leased_until, stale_seq, published_seq) select '1/x/' || i, 1, ${harness.clock.now() + 900_000}, 0, 0 from n`,
  ).run()

test('a reader with a key gets a lease at the first read', async () => {
  await read(harness.viewer, path, 1)
  expect(await isLeased(path)).toBe(true)
})

test('a reader without a key gets a lease at the second read within five minutes', async () => {
  await read(harness.anonymous, path, 1)
  expect(await isLeased(path)).toBe(false)
  // The first read was 6 s ago.
  harness.clock.advance(294_000)
  await read(harness.anonymous, path, 1)
  expect(await isLeased(path)).toBe(false)
  harness.clock.advance(293_999)
  await read(harness.anonymous, path, 1)
  expect(await isLeased(path)).toBe(true)
})

test('an isolate offers a lease to a path once in 5 s, however many of its readers miss the entry', async () => {
  const d1 = makeFaultyD1()
  const { viewer, drain } = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding }))
  const startedAt = harness.clock.now()
  const offersAt = async (ms: number) => {
    harness.clock.advance(startedAt + ms - harness.clock.now())
    await env.CACHE.delete(kvKey(`1${path}`, PAYLOAD_VERSION))
    d1.trips.length = 0
    await viewer.get(path)
    await drain()
    return d1.trips.filter(({ sql }) => sql.includes('insert into "cache_entries"')).length
  }
  expect([await offersAt(0), await offersAt(4_999), await offersAt(5_000)]).toEqual([1, 0, 1])
})

test.each(['format=rows', 'format=csv', 'format=csv&last=day'])('a reader without a key gets no lease of %s', async (query) => {
  await read(harness.anonymous, `${path}?${query}`, 3)
  expect(await isLeased(`${path}?${query}`)).toBe(false)
  await read(harness.viewer, `${path}?${query}`, 1)
  expect(await isLeased(`${path}?${query}`)).toBe(true)
})

test('a reader without a key gets no lease if the organisation has 200 cache entries, a reader with a key does', async () => {
  await fill(200)
  await read(harness.anonymous, path, 3)
  expect(await isLeased(path)).toBe(false)
  await read(harness.viewer, path, 1)
  expect(await isLeased(path)).toBe(true)
})

test('a reader without a key gets a lease if the organisation has 199 cache entries', async () => {
  await fill(199)
  await read(harness.anonymous, path, 2)
  expect(await isLeased(path)).toBe(true)
})

test('if the organisation has 20,000 cache entries, new entries get no lease, but existing leases are renewed', async () => {
  await read(harness.viewer, path, 1)
  await fill(20_000)
  await read(harness.viewer, '/api/factory/1/time', 2)
  expect(await isLeased('/api/factory/1/time')).toBe(false)
  const until = () => env.DB.prepare('select leased_until from cache_entries where path = ?').bind(`1${path}`).first<number>('leased_until')
  const before = (await until())!
  harness.clock.advance(3_000_000)
  await read(harness.viewer, path, 2)
  expect(await until()).toBeGreaterThan(before)
})

test('cache_entry_count follows inserted and deleted rows of the cache directory', async () => {
  await read(harness.viewer, path, 1)
  await read(harness.viewer, '/api/factory/1/time', 1)
  expect(await countOf()).toBe(2)
  await env.DB.prepare(`delete from cache_entries where path like '%/time'`).run()
  expect(await countOf()).toBe(1)
})
