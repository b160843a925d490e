import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPayloads } from '../../../src/cache/memory-store.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { getEpochState } from '../../../src/runtime/state.ts'
import { makeFaultyD1, makeFaultyKv } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

// Promise: an isolate serves recent payloads from memory within MEMORY_SECONDS, never older than its commits and never
// across organisations.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
let kv: ReturnType<typeof makeFaultyKv>
beforeEach(async () => {
  d1 = makeFaultyD1()
  kv = makeFaultyKv()
  harness = await createHarness({ DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' })
})

afterEach(() => harness.drain())

const path = '/api/factory/1'
const statusOf = async (reader: TestClient, headers: Record<string, string> = {}) => {
  const response = await reader.get(path, headers)
  await response.text()
  await harness.drain()
  return `${response.status} ${response.headers.get('Cache-Status')}`
}
/** Reads until the entry is in KV and the memory of every isolate has expired. */
const warm = async () => {
  await statusOf(harness.viewer)
  await harness.drain()
  harness.clock.advance(6_000)
}

test('consecutive reads are served from memory, and KV is read again after MEMORY_SECONDS', async () => {
  await warm()
  expect(await statusOf(harness.viewer)).toBe('200 kv; hit')
  const [gets, trips] = [kv.gets, d1.trips.length]
  for (const reader of [harness.viewer, harness.viewer]) expect(await statusOf(reader)).toBe('200 memory; hit')
  expect([kv.gets, d1.trips.length]).toEqual([gets, trips])
  harness.clock.advance(5_000)
  expect(await statusOf(harness.viewer)).toBe('200 kv; hit')
})

test('with MEMORY_SECONDS 0, an isolate stores no payload in memory', async () => {
  await warm()
  const isolate = newIsolate(harness.clock, { CACHE: kv.binding, MEMORY_SECONDS: '0' })
  const { viewer } = harness.elsewhere(isolate)
  for (const _ of [1, 2]) expect(await statusOf(viewer)).toBe('200 kv; hit')
  expect(getEpochState(isolate, createPayloads).entries.size).toBe(0)
})

test('a payload from D1 is stored in memory, but does not satisfy a bookmark', async () => {
  kv.writes = 'fails'
  expect(await statusOf(harness.viewer)).toBe('200 kv; fwd=miss')
  expect(await statusOf(harness.viewer)).toBe('200 memory; hit')
  const elsewhere = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  expect(await statusOf(elsewhere.viewer)).toBe('200 kv; fwd=miss')
  const bookmark = (await harness.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  expect(await statusOf(elsewhere.viewer, { 'x-d1-bookmark': bookmark })).toBe('200 kv; fwd=miss')
})

test('an entry known by its metadata alone answers 304 from memory, and a reader without the tag gets the bytes from KV', async () => {
  await warm()
  const tag = { 'If-None-Match': (await harness.viewer.get(path)).headers.get('ETag')! }
  expect(await statusOf(harness.viewer, tag)).toBe('304 memory; hit')
  harness.clock.advance(6_000)
  expect(await statusOf(harness.viewer, tag)).toBe('304 kv; hit')
  expect(await statusOf(harness.viewer, tag)).toBe('304 memory; hit')
  expect(await statusOf(harness.viewer, { ...tag, 'Want-Repr-Digest': 'sha-256' }), 'through the router').toBe('304 memory; hit')
  expect(await statusOf(harness.viewer)).toBe('200 kv; hit')
  expect(await statusOf(harness.viewer, { 'If-None-Match': '"another"' })).toBe('200 memory; hit')
  harness.clock.advance(6_000)
  expect(await statusOf(harness.viewer, { 'If-None-Match': '"another"' })).toBe('200 kv; hit')
})

test('an isolate sees its own write at once, and serves it from memory once it is published', async () => {
  await warm()
  await statusOf(harness.viewer)
  await harness.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  await harness.drain()
  const gets = kv.gets
  const response = await harness.viewer.get(path)
  expect(response.headers.get('Cache-Status')).toBe('memory; hit')
  expect(kv.gets).toBe(gets)
  expect(((await response.json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time).toContain(7)
})

test('a deleted factory gets 404 at once from the deleting isolate, and within MEMORY_SECONDS from others', async () => {
  await warm()
  const elsewhere = harness.elsewhere(newIsolate(harness.clock, { CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  await statusOf(harness.viewer)
  await statusOf(elsewhere.viewer)
  await harness.engineer.delete(path)
  await harness.drain()
  expect(await statusOf(harness.viewer)).toContain('404')
  harness.clock.advance(5_000)
  expect(await statusOf(elsewhere.viewer)).toContain('404')
})

test('another isolate sees a write within MEMORY_SECONDS, and at once with the bookmark of the write', async () => {
  await warm()
  const elsewhere = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '30' }))
  await statusOf(elsewhere.viewer)
  const write = await harness.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  const timesOf = async (headers = {}) =>
    ((await (await elsewhere.viewer.get(path, headers)).json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time
  expect(await timesOf()).not.toContain(7)
  expect(await timesOf(bookmark)).toContain(7)
  await harness.drain()
  harness.clock.advance(30_000)
  expect(await timesOf()).toContain(7)
})

test.each([
  ['5', '200 memory; hit'],
  ['0', '200 kv; hit'],
])('with MEMORY_SECONDS %s, a bookmark that validated an entry needs no second query: %s', async (seconds, status) => {
  await warm()
  const elsewhere = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: seconds }))
  const write = await harness.operator.post('/api/factory/2/chart-data', { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  await statusOf(elsewhere.viewer)
  expect(await statusOf(elsewhere.viewer, bookmark)).toBe('200 kv; hit')
  const trips = d1.trips.length
  expect(await statusOf(elsewhere.viewer, bookmark)).toBe(status)
  expect(d1.trips.length).toBe(trips)
})

test('a read with the bookmark of a deletion gets 404, although the deleted entry is still in KV', async () => {
  await warm()
  kv.writes = 'fails'
  const elsewhere = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  const end = await harness.engineer.delete(path)
  expect(await statusOf(elsewhere.viewer)).toBe('200 kv; hit')
  expect((await elsewhere.viewer.get(path, { 'x-d1-bookmark': end.headers.get('x-d1-bookmark')! })).status).toBe(404)
})

test('an entry with invalid metadata is never served, not even as 304 to a client that has its tag', async () => {
  await warm()
  const tag = { 'If-None-Match': (await harness.viewer.get(path)).headers.get('ETag')! }
  const key = kvKey(`1${path}`, PAYLOAD_VERSION)
  const { value, metadata } = await env.CACHE.getWithMetadata<EntryMetadata>(key, 'text')
  await env.CACHE.delete(key)
  expect(await statusOf(harness.elsewhere(newIsolate(harness.clock, { CACHE: kv.binding })).viewer, tag)).toBe('304 kv; fwd=miss')
  for (const wrong of [null, { ...metadata, bookmark: 'none' }, { ...metadata, bookmark: undefined }, { ...metadata, leasedUntil: 1 }]) {
    await env.CACHE.put(key, value!, { metadata: wrong })
    const elsewhere = harness.elsewhere(newIsolate(harness.clock, { CACHE: kv.binding }))
    expect(await statusOf(elsewhere.viewer, tag)).toBe('304 kv; fwd=miss')
    await elsewhere.drain()
  }
})

test('a payload that an isolate renders after its own commit is stored in memory with that commit', async () => {
  await warm()
  kv.writes = 'fails'
  const other = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  // The first isolate holds the claim and cannot put. So the second has no claim on the entries of its commit.
  await harness.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  await other.operator.post(`${path}/chart-data`, { time: 8, actual: 1 })
  expect(await statusOf(other.viewer)).toBe('200 kv; fwd=stale; detail=bookmark')
  expect(await statusOf(other.viewer)).toBe('200 memory; hit')
})

test('a payload that an isolate renders for the bookmark of a reader does not satisfy its own commit, because the bookmark may be forged', async () => {
  await warm()
  kv.writes = 'fails'
  const other = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  await harness.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  await other.operator.post(`${path}/chart-data`, { time: 8, actual: 1 })
  const later = await harness.operator.post(`${path}/chart-data`, { time: 9, actual: 1 })
  const bookmark = { 'x-d1-bookmark': later.headers.get('x-d1-bookmark')! }
  for (const headers of [bookmark, {}]) expect(await statusOf(other.viewer, headers)).toBe('200 kv; fwd=stale; detail=bookmark')
})

test('a payload that was rendered before the first commit of an organisation is not served after it', async () => {
  // A read that KV fails leases no entry, so no publisher replaces the payload.
  kv.reads = 'fails'
  const isListed = async () => (await (await harness.otherOrganisation.get('/api/factories')).text()).includes('first')
  expect(await isListed()).toBe(false)
  await harness.otherOrganisation.post('/api/factories', { name: 'first' })
  expect(await isListed()).toBe(true)
})

test('a payload in memory is not served to another organisation', async () => {
  await warm()
  await statusOf(harness.viewer)
  expect(await statusOf(harness.otherOrganisation)).toContain('404')
})
