import type { Assembled, Isolate } from '../isolate.ts'

type WaitUntil = (work: Promise<unknown>) => void

/** How long a follower waits for another request's work: that request may be stopped, and this one must not be. */
const FOLLOW_MS = 1_000

/**
 * Lets concurrent misses of one path share one assembly. The work is its leader's, kept alive by the leader's waitUntil; only
 * plain bytes pass between requests. A follower that waits in vain does the work itself.
 * @param start bookmark that the reader must see at least; readers of different ones do not share
 */
export const join = async (
  isolate: Isolate,
  waitUntil: WaitUntil,
  path: string,
  start: string | undefined,
  assemble: (start: string | undefined) => Promise<Assembled | null>,
): Promise<Assembled | null> => {
  const { assembling } = isolate.memory
  const name = `${start ?? ''} ${path}`
  const leader = assembling.get(name)
  if (leader) return isolate.clock.within(FOLLOW_MS, leader).catch(() => assemble(start))
  const work = assemble(start)
  assembling.set(name, work)
  const cleared = work.finally(() => { if (assembling.get(name) === work) assembling.delete(name) })
  waitUntil(cleared.catch(() => {}))
  return cleared
}
