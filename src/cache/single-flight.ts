import type { RequestIsolate } from '../runtime/isolate.ts'
import { getEpochState } from '../runtime/state.ts'
import type { Payload } from './assemble.ts'

/** Time that a follower waits for the leader. The platform may stop the leader's request, which must not stop the follower. */
const FOLLOW_MS = 1_000

/** Pending renderings by name. */
export const createInFlight = () => new Map<string, Promise<Payload | null>>()

/**
 * Lets concurrent misses share one rendering. The first request is the leader: it renders, and its request keeps the work
 * alive. Only bytes pass between requests. A follower renders the payload itself if the leader fails or takes too long. Later requests then
 * do not wait for that leader, because it may never end.
 * @param name identifies the path and the bookmark: readers with different bookmarks do not share
 */
export const singleFlight = async (
  isolate: RequestIsolate,
  name: string,
  render: () => Promise<Payload | null>,
): Promise<Payload | null> => {
  const inFlight = getEpochState(isolate, createInFlight)
  const leader = inFlight.get(name)
  const forget = (rendering: Promise<unknown>) => {
    if (inFlight.get(name) === rendering) inFlight.delete(name)
  }
  if (leader)
    return isolate.clock.withTimeout(FOLLOW_MS, leader).catch(() => {
      forget(leader)
      return render()
    })
  const work = render().finally(() => forget(work))
  inFlight.set(name, work)
  isolate.request.waitUntil(work.catch(() => {}))
  return work
}
