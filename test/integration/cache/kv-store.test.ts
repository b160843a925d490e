import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { putEntry, SKEW_MS } from '../../../src/cache/kv-store.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { KV_PUTS, makeFaultyKv } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: an invalid entry in KV counts as missing, a forged bookmark has no effect on others, and a put whose outcome
// is unknown is reported as such.

let harness: Harness
const path = '/api/factory/1/profile'
const key = kvKey(`1${path}`, PAYLOAD_VERSION)
const metadataOf = async () => (await env.CACHE.getWithMetadata<EntryMetadata>(key)).metadata!

beforeEach(async () => {
  harness = await createHarness()
  await harness.viewer.get(path)
  await harness.drain()
})
afterEach(() => harness.drain())

describe('an entry in KV counts as missing', () => {
  const invalid: [string, (metadata: EntryMetadata) => unknown][] = [
    ['without metadata', () => undefined],
    ['with metadata of another type', () => 'metadata'],
    ['with another payload version', (metadata) => ({ ...metadata, version: PAYLOAD_VERSION + 1 })],
    ['of another organisation', (metadata) => ({ ...metadata, path: `2${path}` })],
    ['of another path', (metadata) => ({ ...metadata, path: '1/api/factory/2/profile' })],
    ['without a sequence number', ({ seq: _, ...metadata }) => metadata],
    ['without an entity tag', ({ etag: _, ...metadata }) => metadata],
    ['without a bookmark', ({ bookmark: _, ...metadata }) => metadata],
    ['with an invalid bookmark', (metadata) => ({ ...metadata, bookmark: 'now' })],
    ['with a text as the end of the previous page', (metadata) => ({ ...metadata, previousPageEnd: '60' })],
    ['without a lease', ({ leasedUntil: _, ...metadata }) => metadata],
    ['past its lease', (metadata) => ({ ...metadata, leasedUntil: harness.clock.now() + SKEW_MS })],
  ]

  test.each(invalid)('an entry %s counts as missing', async (_, spoil) => {
    const metadata = spoil(await metadataOf())
    await env.CACHE.put(key, '{"name":"wrong"}', metadata === undefined ? {} : { metadata })
    // With If-None-Match, the metadata is checked before the body is read.
    for (const headers of [{}, { 'If-None-Match': '"another"' }] as Record<string, string>[]) {
      const response = await harness.viewer.get(path, headers)
      expect([response.status, response.headers.get('Cache-Status')]).toEqual([200, 'kv; fwd=miss'])
      expect(await response.json()).toMatchObject({ id: 1, name: null })
      await env.CACHE.put(key, '{"name":"wrong"}', metadata === undefined ? {} : { metadata })
    }
  })

  test('an entry with an expired lease counts as missing for a client that has its entity tag', async () => {
    const metadata = await metadataOf()
    await env.CACHE.put(key, '{"name":"wrong"}', { metadata: { ...metadata, leasedUntil: 0 } })
    const response = await harness.viewer.get(path, { 'If-None-Match': metadata.etag })
    expect([response.status, response.headers.get('Cache-Status')]).toEqual([304, 'kv; fwd=miss'])
  })
})

describe('a forged bookmark of the future', () => {
  const forged = `0fffffff-ffffffff-ffffffff-${'f'.repeat(32)}`
  const statusOf = async (headers: Record<string, string>, reader = harness.viewer) => {
    const response = await reader.get(path, headers)
    await response.text()
    await harness.drain()
    return [response.status, response.headers.get('Cache-Status')]
  }

  test('a forged bookmark gets 200 and does not enter entry metadata', async () => {
    const [status] = await statusOf({ 'x-d1-bookmark': forged })
    expect(status).toBe(200)
    await harness.engineer.patch('/api/factory/1', { name: 'x' })
    await harness.drain()
    expect((await metadataOf()).bookmark < forged).toBe(true)
    await env.CACHE.delete(key)
    expect(await statusOf({ 'x-d1-bookmark': forged })).toEqual([200, 'kv; fwd=miss'])
  })

  test('a forged bookmark validates no entry: a later read with a real bookmark sees the write', async () => {
    const elsewhere = harness.elsewhere(newIsolate(harness.clock, { MEMORY_SECONDS: '60' }))
    await statusOf({ 'x-d1-bookmark': forged }, elsewhere.viewer)
    const bookmark = (await harness.engineer.patch('/api/factory/1', { name: 'Later' })).headers.get('x-d1-bookmark')!
    const response = await elsewhere.viewer.get(path, { 'x-d1-bookmark': bookmark })
    expect(await response.json()).toMatchObject({ name: 'Later' })
  })

  test('a forged bookmark does not bypass rate limits', async () => {
    const exhausted = newIsolate(harness.clock, { READ_LIMIT: { limit: async () => ({ success: false }) } })
    expect((await statusOf({ 'x-d1-bookmark': forged }, harness.elsewhere(exhausted).viewer))[0]).toBe(429)
  })

  test.each(['', 'now', forged.toUpperCase(), `${forged}0`, `${forged} or 1`])(
    'an invalid bookmark gets 400: %j',
    async (invalidBookmark) => {
      const response = await harness.viewer.get(path, { 'x-d1-bookmark': invalidBookmark })
      expect(response.status).toBe(400)
    },
  )
})

describe('putEntry', () => {
  test.each([
    ['done', 'none', ''],
    ['rejected', 'fails', 'KV PUT failed: 429 Too Many Requests'],
    ['rejected', 'fails', KV_PUTS],
    ['unknown', 'fails', 'KV PUT failed: 500 Internal Server Error'],
    ['unknown', 'fails', 'Internal error; reference = 4298e1a429'],
    ['unknown', 'fails', 'lost after KV PUT failed: 429 Too Many Requests'],
  ] as const)('putEntry returns "%s" when KV %s: %s', async (outcome, fault, message) => {
    const kv = makeFaultyKv()
    Object.assign(kv, { writes: fault, message })
    const isolate = newIsolate(harness.clock, { CACHE: kv.binding })
    expect(await putEntry(isolate, new Uint8Array(1), await metadataOf())).toBe(outcome)
  })

  test('putEntry returns "unknown" when KV exceeds the time limit, even if the timeout message contains 429', async () => {
    const within = vi.spyOn(harness.clock, 'withTimeout').mockRejectedValue(new TimeoutError('longer than 429 ms'))
    const outcome = putEntry(harness.isolate, new Uint8Array(1), await metadataOf())
    expect(await outcome.finally(() => within.mockRestore())).toBe('unknown')
  })
})
