import type { Isolate, OverdueCommit } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'

/**
 * Publishing can fail for hours: KV refuses puts, or a write made more copies stale than can be put at once. KV then shows
 * old payloads that look like any other. Every look-up of an identity, at least each 30 s for every reader, tells whether the
 * organisation has such a copy. Until a later look-up says otherwise, the isolate treats each reader of the organisation as
 * one who sent the look-up's own bookmark: an entry is checked against its row, or the payload is assembled from D1.
 */

/** A copy that waits longer than this for its put is overdue. In the normal case a put takes a second. */
const OVERDUE_MS = 60_000

/** Returns the Unix ms before which a copy must have become stale to be overdue now. */
export const overdueBefore = ({ clock, config }: Isolate): number => clock.now() - OVERDUE_MS - config.deferMs

/**
 * Notes what a look-up said of an organisation. What an earlier look-up said, but told later, changes nothing.
 * @param seq the latest commit, if the organisation has an overdue copy
 * @param bookmark of the session that looked it up on the primary
 */
export const recordOverdue = ({ memory }: Isolate, organisation: number, seq: number | null, bookmark: string): void => {
  const known = memory.overdue.get(organisation)
  if (seq === null && !known) return
  if (!known || known.bookmark <= bookmark) setBounded(memory.overdue, organisation, { seq: seq ?? 0, bookmark, isOverdue: seq !== null })
}

/** Returns the commit that a payload at this path must contain because copies of its organisation are overdue. */
export const findOverdueCommit = ({ memory }: Isolate, path: string): OverdueCommit | undefined => {
  if (memory.overdue.size === 0) return undefined
  const known = memory.overdue.get(Number(path.slice(0, path.indexOf('/'))))
  return known?.isOverdue ? known : undefined
}
