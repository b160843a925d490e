import type { Payload, Isolate } from '../runtime/isolate.ts'

type WaitUntil = (work: Promise<unknown>) => void

/** How long a follower waits for another request's work: that request may be stopped, and this one must not be. */
const FOLLOW_MS = 1_000

/**
 * Lets concurrent misses share one assembly. The work is its leader's, kept alive by the leader's waitUntil; only plain
 * bytes pass between requests. A follower that waits in vain does the work itself.
 * @param name what is assembled, from which state on: readers of different bookmarks do not share
 */
export const singleFlight = async (
  isolate: Isolate,
  waitUntil: WaitUntil,
  name: string,
  assemble: () => Promise<Payload | null>,
): Promise<Payload | null> => {
  const { inFlight } = isolate.memory
  const leader = inFlight.get(name)
  if (leader) return isolate.clock.withTimeout(FOLLOW_MS, leader).catch(assemble)
  const work = assemble().finally(() => inFlight.delete(name))
  inFlight.set(name, work)
  waitUntil(work.catch(() => {}))
  return work
}
