import type { Isolate, RecentCommit } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { exactRange, anyParamsRange, organisationOf } from '../documents/path.ts'
import type { PathRange } from '../documents/path.ts'

/** Time for which KV may show an older entry: a minute of propagation, and half a minute of `cacheTtl` at a location. */
const RECENT_MS = 90_000

/**
 * Records a commit of this isolate, so that the isolate serves no older payload of the paths that the commit invalidated.
 * Does nothing on the free plan: there puts are deferred, and each write would send the readers of these paths to D1.
 */
export const recordCommit = (isolate: Isolate, ranges: PathRange[], seq: number, bookmark: string): void => {
  if (isolate.config.deferMs > 0) return
  const until = isolate.clock.now() + RECENT_MS
  for (const [, below] of ranges) {
    setBounded(isolate.memory.recentCommits, below, { seq, bookmark, until })
    setBounded(isolate.memory.commits, organisationOf(below), seq)
  }
}

/** Returns the latest recent commit that invalidated the path. Ranges are stored by their upper bound. */
export const findRecentCommit = (isolate: Isolate, path: string): RecentCommit | undefined => {
  const { recentCommits } = isolate.memory
  if (recentCommits.size === 0) return undefined
  const now = isolate.clock.now()
  const find = ([, below]: PathRange) => {
    const commit = recentCommits.get(below)
    return commit && commit.until > now ? commit : undefined
  }
  const query = path.indexOf('?')
  const exact = find(exactRange(path))
  const anyParams = find(anyParamsRange(query < 0 ? path : path.slice(0, query)))
  return exact && (!anyParams || exact.seq > anyParams.seq) ? exact : anyParams
}
