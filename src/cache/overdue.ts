import type { Isolate } from '../runtime/isolate.ts'
import { getEpochState } from '../runtime/state.ts'
import { parseOrganisation } from '../documents/path.ts'
import { setBounded } from '../runtime/bounded-map.ts'

/**
 * Publishing can be late for hours: KV rejects puts, or a write invalidates more entries than one invocation can put. KV then
 * shows old payloads, and an entry alone does not tell that it is old. Every look-up of an identity, at least every 30 s for
 * each reader, returns whether the organisation has an overdue entry. Until a later look-up finds none, the isolate treats each
 * read of the organisation as if it had the bookmark of that look-up: an entry is checked against its row in the cache
 * directory, or the payload is rendered from D1.
 */

/** An entry that has been stale for longer than this is overdue. Normally a put takes a second. */
const OVERDUE_MS = 60_000

/** The latest commit at the time when cache entries of an organisation were found overdue. */
interface OverdueCommit {
  seq: number
  bookmark: string
  /** False if a later look-up found no overdue entry. */
  isOverdue: boolean
}

/** Organisations with overdue cache entries, by primary key. */
export const createOverdue = () => new Map<number, OverdueCommit>()

/** Returns the time (Unix ms) before which an entry must have become stale to be overdue now. */
export const overdueBefore = ({ clock, config }: Isolate): number => clock.now() - OVERDUE_MS - config.deferMs

/**
 * Records the result of a look-up. Ignores it if the isolate already knows the result of a later look-up.
 * @param seq the latest commit if the organisation has an overdue entry, else null
 * @param bookmark of the session on the primary that ran the look-up
 */
export const recordOverdue = (isolate: Isolate, organisationPk: number, seq: number | null, bookmark: string): void => {
  const overdue = getEpochState(isolate, createOverdue)
  const known = overdue.get(organisationPk)
  if (seq === null && !known) return
  if (!known || known.bookmark <= bookmark) setBounded(overdue, organisationPk, { seq: seq ?? 0, bookmark, isOverdue: seq !== null })
}

/** Returns the commit that a payload of this path must contain because its organisation has overdue entries. */
export const findOverdueCommit = (isolate: Isolate, path: string): OverdueCommit | undefined => {
  const known = getEpochState(isolate, createOverdue).get(parseOrganisation(path))
  return known?.isOverdue ? known : undefined
}
