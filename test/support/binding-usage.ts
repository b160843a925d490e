import { env } from 'cloudflare:workers'
import { countBindings } from './counting.ts'
import type { Counts } from './counting.ts'
import { createHarness, newIsolate } from './harness.ts'
import type { Harness } from './harness.ts'

/** Two isolates over counting bindings. The first has no memory. */
export interface Usage {
  harness: Harness
  withMemory: Harness
  /** Returns the operations of a request, with its background work. */
  usedBy(act: () => Promise<Response>): Promise<Counts & { status: number }>
  /**
   * Sends a read of every role to both isolates, so that identities are cached. Waiting for the next put of an entry
   * advances the clock, and cached identities expire.
   */
  warmUp(): Promise<void>
  /** Resets the counters. */
  reset(): void
}

/** A reading of the seed. It is always read from D1, and never cached. */
export const READER = '/api/factory/1/chart-data/1611204818'

export const createUsage = async (): Promise<Usage> => {
  const counter = countBindings(env)
  const harness = await createHarness({ ...counter.env, MEMORY_SECONDS: '0' })
  const withMemory = harness.elsewhere(newIsolate(harness.clock, { ...counter.env, MEMORY_SECONDS: '5' }))
  const warmUp = async () => {
    for (const each of [harness, withMemory]) {
      for (const actor of [each.anonymous, each.viewer, each.operator, each.engineer, each.admin]) await actor.get(READER)
      await each.drain()
    }
  }
  return {
    harness,
    withMemory,
    warmUp,
    reset: () => void counter.take(),
    usedBy: async (act) => {
      await warmUp()
      counter.take()
      const { status } = await act()
      await harness.drain()
      await withMemory.drain()
      return { status, ...counter.take() }
    },
  }
}
