import { beforeEach, expect, test } from 'vitest'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { createPayloads, getPayload, MAX_BYTES, setFromKv, setPayload } from '../../../src/cache/memory-store.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState, getEpochState } from '../../../src/runtime/state.ts'

// Promise: memory keeps payloads for MEMORY_SECONDS and within MAX_BYTES, and never replaces one by an older one.

let now: number
let isolate: Isolate
beforeEach(() => {
  now = 1_000_000
  isolate = { state: createState(), clock: { now: () => now }, config: { memoryMs: 5_000 } } as unknown as Isolate
})

const metadataOf = (path: string, more: Partial<EntryMetadata> = {}): EntryMetadata => ({
  version: PAYLOAD_VERSION,
  path,
  seq: 1,
  bookmark: '',
  etag: '"a"',
  leasedUntil: Number.MAX_SAFE_INTEGER,
  ...more,
})
const isStored = (...paths: string[]) => paths.map((path) => getPayload(isolate, path) !== undefined)
const bytes = () => getEpochState(isolate, createPayloads).bytes
const body = new Uint8Array(10)

test('getPayload returns a payload for MEMORY_SECONDS', () => {
  setPayload(isolate, metadataOf('a'), body)
  now += 4_999
  expect(getPayload(isolate, 'a')).toMatchObject({ metadata: { path: 'a' }, body })
  now += 1
  expect(isStored('a', 'b')).toEqual([false, false])
})

test('getPayload returns no payload of another version', () => {
  setPayload(isolate, metadataOf('a', { version: PAYLOAD_VERSION + 1 }), body)
  setPayload(isolate, metadataOf('b'), body)
  expect(isStored('a', 'b')).toEqual([false, true])
})

test('setPayload keeps a payload of a later commit, and one with bytes of the same commit', () => {
  const later = new Uint8Array(1)
  setPayload(isolate, metadataOf('a', { seq: 2 }), body)
  for (const [seq, sent] of [
    [1, later],
    [2, undefined],
  ] as const)
    setPayload(isolate, metadataOf('a', { seq }), sent)
  expect(getPayload(isolate, 'a')).toMatchObject({ metadata: { seq: 2 }, body })
  setPayload(isolate, metadataOf('a', { seq: 2 }), later)
  expect(getPayload(isolate, 'a')!.body).toBe(later)
  setPayload(isolate, metadataOf('a', { seq: 3 }), undefined)
  expect(getPayload(isolate, 'a')).toMatchObject({ metadata: { seq: 3 }, body: undefined })
  setPayload(isolate, metadataOf('a', { seq: 3 }), body)
  expect(getPayload(isolate, 'a')!.body).toBe(body)
})

test('setPayload stores nothing that is valid for no time', () => {
  setPayload(isolate, metadataOf('a'), body, 0)
  isolate = { ...isolate, config: { memoryMs: 0 } as Isolate['config'] }
  setPayload(isolate, metadataOf('b'), body)
  expect(bytes()).toBe(0)
})

test('setFromKv stores a payload up to 5 s before the end of its lease, the maximum difference of clocks', () => {
  setFromKv(isolate, metadataOf('a', { leasedUntil: now + 6_000 }), body)
  setFromKv(isolate, metadataOf('b', { leasedUntil: now + 5_000 }), body)
  setFromKv(isolate, metadataOf('c', { leasedUntil: now + 60_000 }), body)
  now += 999
  expect(isStored('a', 'b', 'c')).toEqual([true, false, true])
  now += 1
  expect(isStored('a', 'c')).toEqual([false, true])
  now += 4_000
  expect(isStored('c')).toEqual([false])
})

test('setPayload keeps at most 16 MiB, of which each payload takes 1 KiB more than its bytes, and deletes the oldest first', () => {
  setPayload(isolate, metadataOf('a'), body)
  setPayload(isolate, metadataOf('b'), undefined)
  expect([MAX_BYTES, bytes()]).toEqual([16_777_216, 2 * 1_024 + 10])
  const third = new Uint8Array(MAX_BYTES / 3)
  for (const path of ['c', 'd', 'e']) setPayload(isolate, metadataOf(path), third)
  expect(isStored('a', 'b', 'c', 'd', 'e')).toEqual([false, false, false, true, true])
  setPayload(isolate, metadataOf('f'), new Uint8Array(MAX_BYTES))
  expect(isStored('e', 'f')).toEqual([true, false])
})
