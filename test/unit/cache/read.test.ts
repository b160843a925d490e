import { beforeEach, describe, expect, test } from 'vitest'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { getPayload, setPayload } from '../../../src/cache/memory-store.ts'
import { recordOverdue } from '../../../src/cache/overdue.ts'
import { getUnconditional, getUnconditionalFromKv } from '../../../src/cache/read.ts'
import { recordCommit } from '../../../src/cache/recent-commits.ts'
import { exactRange, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: a reader without a bookmark gets a payload without a query only if its metadata shows that it contains every commit that it must.

const now = 1_000_000
const path = '1/api/factory/1'
const body = new Uint8Array(3).buffer
/** The entry in KV. */
let stored: EntryMetadata | undefined
let isolate: Isolate
beforeEach(() => {
  stored = undefined
  isolate = {
    state: createState(),
    clock: { now: () => now, withTimeout: <T>(_: number, work: Promise<T>) => work },
    config: { memoryMs: 5_000, leaseMs: 400_000, deferMs: 0 },
    kv: { getWithMetadata: async () => ({ value: stored ? body : null, metadata: stored ?? null }) },
  } as unknown as Isolate
})

const bookmarkOf = (n: number) => `0000000${n}-00000000-00000000-${'0'.repeat(32)}`
const metadataOf = (seq: number, bookmark: number, leasedUntil = now + 100_000): EntryMetadata => ({
  version: PAYLOAD_VERSION,
  path,
  seq,
  bookmark: bookmarkOf(bookmark),
  etag: '"a"',
  leasedUntil,
})
const commit = (n: number) => recordCommit(isolate, [exactRange(path)], n, bookmarkOf(n))
const findOverdue = (n: number) => recordOverdue(isolate, 1, n, bookmarkOf(n))

test('getUnconditional returns a payload up to the last quarter of its lease', () => {
  expect(getUnconditional(isolate, path)).toBeUndefined()
  setPayload(isolate, metadataOf(4, 4), body)
  expect(getUnconditional(isolate, path)).toMatchObject({ body, metadata: { seq: 4 } })
  setPayload(isolate, metadataOf(5, 5, now + 99_999), body)
  expect(getUnconditional(isolate, path)).toBeUndefined()
})

describe.each([
  ['a recent commit of the isolate', commit],
  ['the commit of a look-up that found overdue entries', findOverdue],
])('getUnconditional after %s', (_, record) => {
  test.each<[string, number, number, boolean]>([
    ['no payload with an earlier number and an earlier bookmark', 4, 4, false],
    ['a payload with the same number and an earlier bookmark', 5, 4, true],
    ['a payload with an earlier number and the same bookmark', 4, 5, true],
    ['a payload with an earlier number and a later bookmark', 4, 6, true],
  ])('getUnconditional returns %s', (_name, seq, bookmark, isReturned) => {
    setPayload(isolate, metadataOf(seq, bookmark), body)
    record(5)
    expect(getUnconditional(isolate, path) !== undefined).toBe(isReturned)
  })
})

test.each([
  [3, 5, 4],
  [5, 3, 4],
  [5, 6, 5],
  [6, 5, 5],
])('getUnconditional returns no payload that lacks one of two commits: recent %i, overdue %i, bookmark %i', (recent, overdue, bookmark) => {
  setPayload(isolate, metadataOf(4, bookmark), body)
  commit(recent)
  findOverdue(overdue)
  expect(getUnconditional(isolate, path)).toBeUndefined()
})

test('getUnconditionalFromKv stores an entry that needs no revalidation in memory', async () => {
  stored = metadataOf(4, 4)
  expect(await getUnconditionalFromKv(isolate, path, undefined)).toEqual({
    isServable: true,
    lookup: { entry: { body, metadata: stored }, failed: false },
  })
  expect(getPayload(isolate, path)).toMatchObject({ body, metadata: stored })
})

test('getUnconditionalFromKv returns another entry and a miss for the router, and stores neither', async () => {
  expect(await getUnconditionalFromKv(isolate, path, undefined)).toEqual({ isServable: false, lookup: { entry: undefined, failed: false } })
  stored = metadataOf(4, 4, now + 99_999)
  expect(await getUnconditionalFromKv(isolate, path, undefined)).toMatchObject({
    isServable: false,
    lookup: { entry: { metadata: stored } },
  })
  expect(getPayload(isolate, path)).toBeUndefined()
})
