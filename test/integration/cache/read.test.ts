// Promise: a read with a bookmark is never older than it, and asks D1 only if the metadata of the entry does not show that.
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { PLACES } from '../../../src/db/pending-queries.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { countBindings } from '../../support/counting.ts'
import { makeFaultyKv } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { takePlaces } from '../../support/take-places.ts'

let harness: Harness
/** Clients of another isolate, which has made no commit and keeps no payload in memory. */
let reader: Harness
const counter = countBindings(env)
const path = '/api/factory/1/time'
const key = kvKey(`1${path}`, PAYLOAD_VERSION)

beforeEach(async () => {
  harness = await createHarness()
  reader = harness.elsewhere(newIsolate(harness.clock, counter.env))
  for (let time = 0; time < 2; time++) {
    await reader.viewer.get(path)
    await reader.drain()
  }
})

/** Appends a reading. Returns its bookmark, after the publisher has finished. */
const append = async (reading: { time: number; actual?: number; goal?: number }) => {
  const response = await harness.operator.post('/api/factory/1/chart-data', reading)
  await harness.drain()
  return { 'x-d1-bookmark': response.headers.get('x-d1-bookmark')! }
}
const read = async (headers: Record<string, string>) => {
  counter.take()
  const response = await reader.viewer.get(path, headers)
  const { statements } = counter.take()
  return { status: response.headers.get('Cache-Status'), statements, times: (await response.json()) as number[] }
}
const KNOWN_TIME = 1611204818

test('a read with the bookmark of a published write asks D1 nothing', async () => {
  expect(await read(await append({ time: 60, actual: 1 }))).toMatchObject({ status: 'kv; hit', statements: 0 })
})

test('a read with the bookmark of a write that left the bytes unchanged is served from KV after one look at the directory', async () => {
  expect(await read(await append({ time: KNOWN_TIME, goal: 99 }))).toMatchObject({ status: 'kv; hit', statements: 1 })
})

test('a read with a bookmark is served an entry whose put is not yet confirmed, if no later commit has invalidated it', async () => {
  await env.DB.prepare('update cache_entries set published_seq = -1, etag = null where path = ?').bind(`1${path}`).run()
  const other = await harness.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 })
  const bookmark = { 'x-d1-bookmark': other.headers.get('x-d1-bookmark')! }
  expect(await read(bookmark)).toMatchObject({ status: 'kv; hit', statements: 1 })
})

test('a read with a bookmark is not served an older entry that its location still shows', async () => {
  const { value, metadata } = await env.CACHE.getWithMetadata(key, 'text')
  const bookmark = await append({ time: 60, actual: 1 })
  await env.CACHE.put(key, value!, { metadata })
  // An isolate offers a lease once in 5 s.
  harness.clock.advance(5_000)
  const { status, statements, times } = await read(bookmark)
  expect([status, times[0]]).toEqual(['kv; fwd=stale; detail=bookmark', 60])
  // The entry is not overdue, so the reader does not lease it: the statements are a look at the directory and the rendering.
  await reader.drain()
  expect(statements + counter.take().statements).toBe(2)
})

test('a read with a bookmark later than the commit of its isolate is not older than the bookmark', async () => {
  await reader.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
  await reader.drain()
  const { value, metadata } = await env.CACHE.getWithMetadata(key, 'text')
  const bookmark = await append({ time: 120, actual: 1 })
  await env.CACHE.put(key, value!, { metadata })
  expect((await read(bookmark)).times.slice(0, 2)).toEqual([60, 120])
})

test('a payload that an isolate renders after its own commit because KV has no entry is stored in memory with that commit', async () => {
  const kv = makeFaultyKv()
  const writer = harness.elsewhere(newIsolate(harness.clock, { CACHE: kv.binding, MEMORY_SECONDS: '5' }))
  kv.writes = 'fails'
  const other = '/api/factory/2/time'
  await writer.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 })
  const statusOf = async () => (await writer.viewer.get(other)).headers.get('Cache-Status')
  expect([await statusOf(), await statusOf()]).toEqual(['kv; fwd=miss', 'memory; hit'])
  await writer.drain()
})

test.each([
  ['/api/summary', 503],
  ['/api/factories?chart_data=false', 200],
  ['/api/factory/2/profile', 200],
])('a read of %s on an isolate with one free place in its queue gets %i: a large query takes two places', async (large, status) => {
  await reader.viewer.get('/api/sprocket/1')
  takePlaces(reader.isolate, 'read', PLACES.read - 1)
  expect((await reader.viewer.get(large)).status).toBe(status)
})

test('a read that KV fails leases no entry', async () => {
  const kv = makeFaultyKv()
  kv.reads = 'fails'
  const failing = harness.elsewhere(newIsolate(harness.clock, { CACHE: kv.binding }))
  const other = '/api/factory/2/time'
  for (let time = 0; time < 2; time++) expect((await failing.viewer.get(other)).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  await failing.drain()
  expect(await env.DB.prepare('select path from cache_entries where path = ?').bind(`1${other}`).first()).toBeNull()
})
