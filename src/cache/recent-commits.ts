import type { Isolate, RecentCommit } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { exactRange, anyParamsRange } from '../documents/path.ts'
import type { PathRange } from '../documents/path.ts'

/** How long KV may go on showing what it had: its own minute, and half a minute that a location keeps an entry. */
const REMEMBER_MS = 90_000

/**
 * Notes a commit of this isolate, so that its own reads of what the commit made stale are not older. Not on the free plan,
 * where each reading would then have the database asked for every payload that somebody watches.
 */
export const recordCommit = (isolate: Isolate, ranges: PathRange[], seq: number, bookmark: string): void => {
  if (isolate.config.deferMs > 0) return
  const until = isolate.clock.now() + REMEMBER_MS
  for (const [, below] of ranges) {
    setBounded(isolate.memory.recentCommits, below, { seq, bookmark, until })
    // A path begins with the number of its organisation.
    setBounded(isolate.memory.commits, Number.parseInt(below, 10), seq)
  }
}

/** The latest commit of this isolate that made a path stale, if it is recent. A range is known by its upper bound. */
export const findRecentCommit = (isolate: Isolate, path: string): RecentCommit | undefined => {
  const { recentCommits } = isolate.memory
  if (recentCommits.size === 0) return undefined
  const now = isolate.clock.now()
  const recent = ([, below]: PathRange) => {
    const own = recentCommits.get(below)
    return own && own.until > now ? own : undefined
  }
  const query = path.indexOf('?')
  const one = recent(exactRange(path))
  const all = recent(anyParamsRange(query < 0 ? path : path.slice(0, query)))
  return one && (!all || one.seq > all.seq) ? one : all
}
