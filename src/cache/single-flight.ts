import type { Assembled, Isolate } from '../runtime/isolate.ts'

type WaitUntil = (work: Promise<unknown>) => void

/** How long a follower waits for another request's work: that request may be stopped, and this one must not be. */
const FOLLOW_MS = 1_000

/**
 * Lets concurrent misses share one assembly. The work is its leader's, kept alive by the leader's waitUntil; only plain
 * bytes pass between requests. A follower that waits in vain does the work itself.
 * @param name what is assembled, from which state on: readers of different bookmarks do not share
 */
export const join = async (
  isolate: Isolate,
  waitUntil: WaitUntil,
  name: string,
  assemble: () => Promise<Assembled | null>,
): Promise<Assembled | null> => {
  const { assembling } = isolate.memory
  const leader = assembling.get(name)
  if (leader) return isolate.clock.within(FOLLOW_MS, leader).catch(assemble)
  const work = assemble().finally(() => assembling.delete(name))
  assembling.set(name, work)
  waitUntil(work.catch(() => {}))
  return work
}
