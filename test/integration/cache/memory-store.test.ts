import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setPayload, setFromKv, MAX_BYTES, getPayload } from '../../../src/cache/memory-store.ts'
import { SKEW_MS } from '../../../src/cache/kv-store.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { EntryMetadata } from '../../../src/runtime/isolate.ts'
import { setBounded } from '../../../src/runtime/bounded-map.ts'
import { makeFaultyD1, makeFaultyKv } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

let world: Harness
let d1: ReturnType<typeof makeFaultyD1>
let kv: ReturnType<typeof makeFaultyKv>
beforeEach(async () => {
  d1 = makeFaultyD1()
  kv = makeFaultyKv()
  world = await createHarness({ DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' })
})

afterEach(() => world.settle())

const path = '/api/factory/1'
const statusOf = async (reader: TestClient, headers: Record<string, string> = {}) => {
  const response = await reader.get(path, headers)
  await response.text()
  await world.settle()
  return `${response.status} ${response.headers.get('Cache-Status')}`
}
/** Reads until the copy is in KV and everybody's memory has ended. */
const warm = async () => {
  await statusOf(world.viewer)
  await world.settle()
  world.clock.advance(6_000)
}

test('reads in a row ask neither KV nor the database; after some seconds KV is asked again', async () => {
  await warm()
  expect(await statusOf(world.viewer)).toBe('200 kv; hit')
  const [gets, trips] = [kv.gets, d1.trips.length]
  for (const reader of [world.viewer, world.viewer]) expect(await statusOf(reader)).toBe('200 memory; hit')
  expect([kv.gets, d1.trips.length]).toEqual([gets, trips])
  world.clock.advance(5_000)
  expect(await statusOf(world.viewer)).toBe('200 kv; hit')
})

test('with MEMORY_SECONDS 0 nothing is kept', async () => {
  await warm()
  const isolate = newIsolate(world.clock, { CACHE: kv.binding, MEMORY_SECONDS: '0' })
  const { viewer } = world.elsewhere(isolate)
  for (const _ of [1, 2]) expect(await statusOf(viewer)).toBe('200 kv; hit')
  expect(isolate.memory.payloads.size).toBe(0)
})

test('what a miss was served is kept, and says nothing about its age: a bookmark is looked up', async () => {
  kv.writes = 'fails'
  expect(await statusOf(world.viewer)).toBe('200 kv; fwd=miss')
  expect(await statusOf(world.viewer)).toBe('200 memory; hit')
  const elsewhere = world.elsewhere(newIsolate(world.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  expect(await statusOf(elsewhere.viewer)).toBe('200 kv; fwd=miss')
  const bookmark = (await world.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  expect(await statusOf(elsewhere.viewer, { 'x-d1-bookmark': bookmark })).toBe('200 kv; fwd=miss')
})

test('304 is answered from a label alone: KV is not asked for the same tag again, and a reader without it gets the bytes', async () => {
  await warm()
  const tag = { 'If-None-Match': (await world.viewer.get(path)).headers.get('ETag')! }
  expect(await statusOf(world.viewer, tag)).toBe('304 memory; hit')
  world.clock.advance(6_000)
  expect(await statusOf(world.viewer, tag)).toBe('304 kv; hit')
  expect(await statusOf(world.viewer, tag)).toBe('304 memory; hit')
  expect(await statusOf(world.viewer, { ...tag, 'Want-Repr-Digest': 'sha-256' }), 'by the general way').toBe('304 memory; hit')
  expect(await statusOf(world.viewer)).toBe('200 kv; hit')
  expect(await statusOf(world.viewer, { 'If-None-Match': '"another"' })).toBe('200 memory; hit')
  world.clock.advance(6_000)
  expect(await statusOf(world.viewer, { 'If-None-Match': '"another"' })).toBe('200 kv; hit')
})

test('an isolate sees its own write at once, and without asking anybody once it is published', async () => {
  await warm()
  await statusOf(world.viewer)
  await world.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  await world.settle()
  const gets = kv.gets
  const response = await world.viewer.get(path)
  expect(response.headers.get('Cache-Status')).toBe('memory; hit')
  expect(kv.gets).toBe(gets)
  expect(((await response.json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time).toContain(7)
})

test('a deleted factory is forgotten at once where it was deleted, and elsewhere within seconds', async () => {
  await warm()
  const elsewhere = world.elsewhere(newIsolate(world.clock, { CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  await statusOf(world.viewer)
  await statusOf(elsewhere.viewer)
  await world.engineer.delete(path)
  await world.settle()
  expect(await statusOf(world.viewer)).toContain('404')
  world.clock.advance(5_000)
  expect(await statusOf(elsewhere.viewer)).toContain('404')
})

test('another isolate sees a write within seconds, and at once with its bookmark', async () => {
  await warm()
  const elsewhere = world.elsewhere(newIsolate(world.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '30' }))
  await statusOf(elsewhere.viewer)
  const write = await world.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  const timesOf = async (headers = {}) =>
    ((await (await elsewhere.viewer.get(path, headers)).json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time
  expect(await timesOf()).not.toContain(7)
  expect(await timesOf(bookmark)).toContain(7)
  await world.settle()
  world.clock.advance(30_000)
  expect(await timesOf()).toContain(7)
})

test.each([
  ['5', '200 memory; hit'],
  ['0', '200 kv; hit'],
])('with MEMORY_SECONDS %s a bookmark that a copy was proven good as of is not looked up again: %s', async (seconds, status) => {
  await warm()
  const elsewhere = world.elsewhere(newIsolate(world.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: seconds }))
  const write = await world.operator.post('/api/factory/2/chart-data', { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  await statusOf(elsewhere.viewer)
  expect(await statusOf(elsewhere.viewer, bookmark)).toBe('200 kv; hit')
  const trips = d1.trips.length
  expect(await statusOf(elsewhere.viewer, bookmark)).toBe(status)
  expect(d1.trips.length).toBe(trips)
})

test('a copy of what is no more is not served to who knows of its end', async () => {
  await warm()
  kv.writes = 'fails'
  const elsewhere = world.elsewhere(newIsolate(world.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  const end = await world.engineer.delete(path)
  expect(await statusOf(elsewhere.viewer)).toBe('200 kv; hit')
  expect((await elsewhere.viewer.get(path, { 'x-d1-bookmark': end.headers.get('x-d1-bookmark')! })).status).toBe(404)
})

test('an entry without a sound label answers nobody, not even one who has what it says', async () => {
  await warm()
  const tag = { 'If-None-Match': (await world.viewer.get(path)).headers.get('ETag')! }
  const key = kvKey(`1${path}`, PAYLOAD_VERSION)
  const { value, metadata } = await env.CACHE.getWithMetadata<EntryMetadata>(key, 'text')
  await env.CACHE.delete(key)
  expect(await statusOf(world.elsewhere(newIsolate(world.clock, { CACHE: kv.binding })).viewer, tag)).toBe('304 kv; fwd=miss')
  for (const wrong of [null, { ...metadata, bookmark: 'none' }, { ...metadata, bookmark: undefined }, { ...metadata, leasedUntil: 1 }]) {
    await env.CACHE.put(key, value!, { metadata: wrong })
    const elsewhere = world.elsewhere(newIsolate(world.clock, { CACHE: kv.binding }))
    expect(await statusOf(elsewhere.viewer, tag)).toBe('304 kv; fwd=miss')
    await elsewhere.settle()
  }
})

test('what an isolate remembers of one kind has a bound, and the oldest is forgotten first', () => {
  const memory = new Map<number, string>()
  for (let n = 0; n < 10_000; n++) setBounded(memory, n, 'first')
  setBounded(memory, 0, 'again')
  setBounded(memory, 10_000, 'one more')
  expect([memory.size, memory.get(0), memory.has(1), memory.has(2)]).toEqual([10_000, 'again', false, true])
})

test('what an isolate had to assemble for its own commit is kept as being of that commit', async () => {
  await warm()
  kv.writes = 'fails'
  const other = world.elsewhere(newIsolate(world.clock, { DB: d1.binding, CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  // The first takes the claim and cannot put; the second's copies are nobody's to publish.
  await world.operator.post(`${path}/chart-data`, { time: 7, actual: 1 })
  await other.operator.post(`${path}/chart-data`, { time: 8, actual: 1 })
  expect(await statusOf(other.viewer)).toBe('200 kv; fwd=stale; detail=bookmark')
  expect(await statusOf(other.viewer)).toBe('200 memory; hit')
})

test('nobody is served what is kept for another organisation', async () => {
  await warm()
  await statusOf(world.viewer)
  expect(await statusOf(world.stranger)).toContain('404')
})

const label = (name: string, seq = 1, leasedUntil = Number.MAX_SAFE_INTEGER) => ({
  version: PAYLOAD_VERSION,
  path: name,
  seq,
  bookmark: '',
  etag: `"${seq}"`,
  leasedUntil,
})

test('memory has a bound in bytes: the oldest goes first, and what is larger than all is not kept', () => {
  const isolate = newIsolate(world.clock, { MEMORY_SECONDS: '5' })
  const third = new Uint8Array(MAX_BYTES / 3)
  for (const name of ['a', 'b', 'c']) setPayload(isolate, label(name), third)
  expect(['a', 'b', 'c'].map((name) => getPayload(isolate, name) !== undefined)).toEqual([false, true, true])
  expect(isolate.memory.payloadBytes).toBeLessThanOrEqual(MAX_BYTES)
  setPayload(isolate, label('d'), new Uint8Array(MAX_BYTES))
  expect(getPayload(isolate, 'd')).toBeUndefined()
})

test('what is kept never goes back, and is kept no longer than its lease', () => {
  const isolate = newIsolate(world.clock, { MEMORY_SECONDS: '5' })
  const bytes = new Uint8Array(1)
  setPayload(isolate, label('a', 2), bytes)
  setPayload(isolate, label('a', 1), bytes)
  setPayload(isolate, label('a', 2), undefined)
  expect([getPayload(isolate, 'a')?.metadata.seq, getPayload(isolate, 'a')?.body]).toEqual([2, bytes])
  setFromKv(isolate, label('b', 1, world.clock.now() + SKEW_MS + 1_000), bytes)
  setFromKv(isolate, label('c', 1, world.clock.now() + SKEW_MS), bytes)
  expect([getPayload(isolate, 'b') !== undefined, getPayload(isolate, 'c')]).toEqual([true, undefined])
  world.clock.advance(1_000)
  expect(getPayload(isolate, 'b')).toBeUndefined()
})
