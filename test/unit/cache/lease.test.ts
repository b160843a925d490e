import { expect, test } from 'vitest'
import { renewalThreshold } from '../../../src/cache/lease.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'

// Promise: a lease is renewed in its last quarter, so that a path that is read often is put rarely.

test('renewalThreshold is a quarter of a lease from now', () => {
  const isolate = { clock: { now: () => 1_000_000 }, config: { leaseMs: 400_000 } } as unknown as Isolate
  expect(renewalThreshold(isolate)).toBe(1_100_000)
})
