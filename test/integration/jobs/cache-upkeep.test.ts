import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { publishStale, reconcile, keepPublicListsLeased } from '../../../src/jobs/cache-upkeep.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: cron repairs the cache directory and KV, whatever their size.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
  await harness.viewer.get(path)
  await harness.drain()
})
afterEach(() => harness.drain())

const path = '/api/factory/1/time'
const chart = '/api/factory/1/chart-data'
const stored = () => env.CACHE.get<number[]>(kvKey(`1${path}`, PAYLOAD_VERSION), 'json')
const append = (time: number) => harness.operator.post(chart, { time, actual: 1 })

/** Returns an isolate whose KV lists its keys with `list`. */
const withList = (list: (options: { cursor?: string }) => Promise<unknown>) => {
  const CACHE = new Proxy(env.CACHE, {
    get: (kv, name) => {
      if (name === 'list') return list
      const member: unknown = Reflect.get(kv, name)
      return typeof member === 'function' ? (member.bind(kv) as unknown) : member
    },
  })
  return newIsolate(harness.clock, { CACHE })
}

test('a write deletes entries of another payload version, and entries of unknown paths', async () => {
  const stray = (key: string, version: number) =>
    env.DB.prepare('insert into cache_entries (path, version, leased_until, stale_seq, published_seq) values (?, ?, ?, 0, 0)')
      .bind(key, version, harness.clock.now() + 600_000)
      .run()
  await stray(`1${path}`, 0)
  await stray('1/api/factory/1/chart-data?moon=full', PAYLOAD_VERSION)
  await env.CACHE.put(kvKey(`1${path}`, 0), 'old')
  await env.CACHE.put(kvKey('1/api/factory/1/chart-data?moon=full', PAYLOAD_VERSION), 'odd')
  await append(60)
  await harness.drain()
  const { keys } = await env.CACHE.list()
  expect(keys.map(({ name }) => name)).toEqual([kvKey(`1${path}`, PAYLOAD_VERSION)])
})

test('reconcile lists KV page by page, and repairs entries without metadata or without a row', async () => {
  await env.CACHE.put(kvKey(`1${path}`, PAYLOAD_VERSION), 'no metadata')
  await env.CACHE.put('ready', 'unknown')
  await env.CACHE.put(kvKey('1/api/factory/7/time', PAYLOAD_VERSION), 'stray')
  const isolate = withList(({ cursor }) => env.CACHE.list({ limit: 1, ...(cursor && { cursor }) }))
  harness.clock.advance(100_000)
  expect(await reconcile(isolate)).toEqual({ differing: 1, unknown: 1 })
  expect(await publishStale(isolate)).toBe(1)
  expect((await stored())![0]).toBe(1611204818)
  expect(await reconcile(isolate)).toEqual({ differing: 0, unknown: 0 })
})

test('reconcile reads a cache directory of any length, and judges no entry beyond the last listed key', async () => {
  const leaseEnd = harness.clock.now() + 3_600_000
  await env.DB.prepare(
    `with recursive n(n) as (select 10000 union all select n + 1 from n where n < 16000)
    insert into cache_entries (path, version, leased_until, stale_seq, published_seq, published_at, etag)
    select '1/api/factory/' || n || '/time', ?, ?, 0, 0, 0, '"missing"' from n`,
  )
    .bind(PAYLOAD_VERSION, leaseEnd)
    .run()
  const [first, last] = [11_000, 12_000].map((id) => kvKey(`1/api/factory/${id}/time`, PAYLOAD_VERSION))
  const listing = (pages: { keys: { name: string }[]; list_complete: boolean }[]) =>
    withList(async () => ({ ...(pages.length > 1 ? pages.shift()! : pages[0]!), cursor: 'next' }))
  harness.clock.advance(100_000)
  // Endless lists: every page repeats the last key, so only the entries up to it can be judged.
  const endless = listing([{ keys: [{ name: first! }, { name: last! }], list_complete: false }])
  // The entry that every test of this file reads comes before them.
  const upToLast = 1 + (12_000 - 10_000 + 1)
  expect((await reconcile(endless)).differing).toBe(upToLast)
  const complete = listing([{ keys: [], list_complete: true }])
  expect((await reconcile(complete)).differing).toBe(6_002 - upToLast)
})

test('keepPublicListsLeased leases nothing without a public organisation', async () => {
  expect(await keepPublicListsLeased(newIsolate(harness.clock, { PUBLIC_ORGANISATION: '' }))).toBe(0)
  expect(await keepPublicListsLeased(newIsolate(harness.clock, { PUBLIC_ORGANISATION: 'nobody' }))).toBe(0)
})
