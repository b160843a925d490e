import { expect, test } from 'vitest'
import { advanceEpoch, cacheVersion } from '../../../src/cache/epoch.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: entries of two cache epochs never have the same key.

test('cacheVersion is the latest known cache epoch times 1,000, plus the payload version', () => {
  const isolate = { state: createState() } as unknown as Isolate
  expect(cacheVersion(isolate)).toBe(PAYLOAD_VERSION)
  for (const epoch of [7, 6]) {
    advanceEpoch(isolate, epoch)
    expect(cacheVersion(isolate)).toBe(7_000 + PAYLOAD_VERSION)
  }
})
