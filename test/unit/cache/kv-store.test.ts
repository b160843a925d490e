import { beforeEach, expect, test } from 'vitest'
import { deleteEntry, getEntry, putEntry } from '../../../src/cache/kv-store.ts'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: a call of KV ends within its time limit, and a stream of bytes that no caller reads is cancelled.

/** The metadata that KV returns, its calls, the time limit of each, and the number of cancelled streams. */
let stored: unknown
let calls: unknown[][]
let limits: number[]
let cancelled: number
let isolate: Isolate
const path = '1/api/factory/1'
const key = kvKey(path, PAYLOAD_VERSION)
const metadata: EntryMetadata = {
  version: PAYLOAD_VERSION,
  path,
  seq: 1,
  bookmark: `00000001-00000000-00000000-${'0'.repeat(32)}`,
  etag: '"a"',
  leasedUntil: 2_000_500,
}

beforeEach(() => {
  stored = metadata
  calls = []
  limits = []
  cancelled = 0
  const kv = {
    getWithMetadata: async (...args: unknown[]) => {
      calls.push(args)
      const value = new ReadableStream(
        {
          pull(controller) {
            controller.enqueue(new TextEncoder().encode('abc'))
            controller.close()
          },
          cancel: () => void cancelled++,
        },
        { highWaterMark: 0 },
      )
      return { value, metadata: stored }
    },
    put: async (...args: unknown[]) => void calls.push(args),
    delete: async (...args: unknown[]) => void calls.push(args),
  }
  const clock = {
    now: () => 1_000_000,
    withTimeout: async <T>(ms: number, work: Promise<T>) => {
      limits.push(ms)
      return work
    },
  }
  isolate = { state: createState(), clock, kv } as unknown as Isolate
})

test('getEntry reads KV for at most 500 ms, and accepts what its location has read within 30 s', async () => {
  await getEntry(isolate, path)
  await getEntry(isolate, path, () => false)
  expect(limits).toEqual([500, 500])
  expect(calls).toEqual(['arrayBuffer', 'stream'].map((type) => [key, { type, cacheTtl: 30 }]))
})

test('getEntry reads the bytes only if the reader does not have them', async () => {
  const sent: string[] = []
  const lookUp = async (isKnown: boolean) => {
    const { entry } = await getEntry(isolate, path, (etag) => {
      sent.push(etag)
      return isKnown
    })
    return entry?.body && new TextDecoder().decode(entry.body)
  }
  expect([await lookUp(false), cancelled, await lookUp(true), cancelled, sent]).toEqual(['abc', 0, undefined, 1, ['"a"', '"a"']])
})

test.each<[string, object | null, boolean]>([
  ['complete metadata', metadata, true],
  ['the end of the previous page', { ...metadata, previousPageEnd: 60 }, true],
  ['a text as the end of the previous page', { ...metadata, previousPageEnd: '60' }, false],
  ['a lease of more than 5 s', { ...metadata, leasedUntil: 1_005_001 }, true],
  ['a lease of 5 s, the maximum difference of clocks', { ...metadata, leasedUntil: 1_005_000 }, false],
  ['a text as the end of its lease', { ...metadata, leasedUntil: '2000500' }, false],
  ['no metadata', null, false],
  ...Object.keys(metadata).map((name): [string, object, boolean] => [
    `metadata without ${name}`,
    { ...metadata, [name]: undefined },
    false,
  ]),
])('getEntry returns an entry with %s only if it is valid', async (_, found, isValid) => {
  stored = found
  for (const isKnown of [undefined, () => true, () => false])
    expect((await getEntry(isolate, path, isKnown)).entry !== undefined, String(isKnown)).toBe(isValid)
})

test('putEntry lets KV delete the entry a minute after its lease, and waits for at most 20 s', async () => {
  const body = new Uint8Array(1)
  expect(await putEntry(isolate, body, metadata)).toBe('done')
  expect(await deleteEntry(isolate, { path, version: 3 })).toBe('done')
  expect(limits).toEqual([20_000, 20_000])
  expect(calls).toEqual([[key, body, { metadata, expiration: 2_061 }], [kvKey(path, 3)]])
})

test.each<[string, Error, string]>([
  ['rejects a second put within a second', new Error('KV PUT failed: 429 Too Many Requests'), 'rejected'],
  ['rejects puts for the rest of the day', new Error('KV put() limit exceeded for the day.'), 'rejected'],
  ['fails', new Error('KV PUT failed: 500 Internal Server Error'), 'unknown'],
  ['takes too long', new TimeoutError('longer than 429 ms'), 'unknown'],
])('putEntry knows whether the entry is unchanged if KV %s', async (_, error, outcome) => {
  Object.assign(isolate.kv, { put: () => Promise.reject(error) })
  expect(await putEntry(isolate, new Uint8Array(1), metadata)).toBe(outcome)
})
