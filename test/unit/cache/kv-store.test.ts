import { expect, test } from 'vitest'
import { getEntry } from '../../../src/cache/kv-store.ts'
import { activePlatformLimits } from '../../../src/db/platform-limits.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: a read of KV that fails is a miss, and a limit of KV is reported.

test('getEntry returns no entry at the daily limit of KV, and records the limit', async () => {
  const isolate = {
    state: createState(),
    clock: { now: () => 1_000_000, withTimeout: <T>(_: number, work: Promise<T>) => work },
    kv: { getWithMetadata: () => Promise.reject(new Error('KV get() limit exceeded for the day.')) },
  } as unknown as Isolate
  expect(await getEntry(isolate, '1/api/factory/1')).toEqual({ entry: undefined, failed: true })
  expect(activePlatformLimits(isolate)).toEqual(['kv-operations'])
})
