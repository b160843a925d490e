import { afterEach, beforeEach } from 'vitest'
import { makeFaultyD1 } from './fault-injection.ts'
import { createHarness } from './harness.ts'
import type { Harness } from './harness.ts'

/** A harness, and its D1 with the faults that a test injects. */
export interface FaultyHarness {
  harness: Harness
  d1: ReturnType<typeof makeFaultyD1>
}

/** Creates a new harness before each test of a file. After each test, D1 has no more faults, and the work of the isolate ends. */
export const useFaultyHarness = (assign: (created: FaultyHarness) => unknown): void => {
  let current: FaultyHarness
  beforeEach(async () => {
    const d1 = makeFaultyD1()
    current = { d1, harness: await createHarness({ DB: d1.binding }) }
    assign(current)
  })
  afterEach(async () => {
    current.d1.decide = () => undefined
    await current.harness.drain()
  })
}
