import { env } from 'cloudflare:workers'
import { countBindings } from './counting.ts'
import type { Counts } from './counting.ts'
import { createHarness, newIsolate } from './harness.ts'
import type { Harness } from './harness.ts'

/** Two isolates over bindings that count, one of which keeps nothing in memory. */
export interface Usage {
  world: Harness
  withMemory: Harness
  /** What an act uses, and what it leaves running. */
  usedBy(act: () => Promise<Response>): Promise<Counts & { status: number }>
  /** Has the isolates meet everybody: what waits for a copy's next put moves the clock on, and keys are forgotten. */
  introduce(): Promise<void>
  /** Forgets what was counted. */
  begin(): void
}

/** A reading of the seed, which is read from the database and of which nothing is kept. */
export const READER = '/api/factory/1/chart-data/1611204818'

export const makeUsage = async (): Promise<Usage> => {
  const counter = countBindings(env)
  const world = await createHarness({ ...counter.env, MEMORY_SECONDS: '0' })
  const withMemory = world.elsewhere(newIsolate(world.clock, { ...counter.env, MEMORY_SECONDS: '5' }))
  const introduce = async () => {
    for (const each of [world, withMemory]) {
      for (const actor of [each.anonymous, each.viewer, each.operator, each.engineer, each.admin]) await actor.get(READER)
      await each.settle()
    }
  }
  return {
    world,
    withMemory,
    introduce,
    begin: () => void counter.take(),
    usedBy: async (act) => {
      await introduce()
      counter.take()
      const { status } = await act()
      await world.settle()
      await withMemory.settle()
      return { status, ...counter.take() }
    },
  }
}
