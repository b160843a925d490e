import type { Isolate } from '../runtime/isolate.ts'
import { getEpochState } from '../runtime/state.ts'
import { deleteExpired, setBounded } from '../runtime/bounded-map.ts'
import { anyIdRange, anyParamsRange, exactRange, parseOrganisation } from '../documents/path.ts'
import type { PathRange } from '../documents/path.ts'

/** Time for which KV may show an older entry: a minute of propagation, and half a minute of `cacheTtl` at a location. */
const RECENT_MS = 90_000

/** The latest commit of this isolate that affected a path. Reads of that path must not be older. */
interface RecentCommit {
  seq: number
  bookmark: string
  until: number
}

/** Recent commits of this isolate by the upper bound of the range that they invalidated, and the latest one by organisation. */
export const createRecentCommits = () => ({ byRange: new Map<string, RecentCommit>(), seqByOrganisation: new Map<number, number>() })

/**
 * Records a commit of this isolate, so that the isolate serves no older payload of the paths that the commit invalidated.
 * Does nothing on the free plan: there puts are deferred, and each write would send the readers of these paths to D1.
 */
export const recordCommit = (isolate: Isolate, ranges: PathRange[], seq: number, bookmark: string): void => {
  if (isolate.config.deferMs > 0) return
  const { byRange, seqByOrganisation } = getEpochState(isolate, createRecentCommits)
  const commit = { seq, bookmark, until: isolate.clock.now() + RECENT_MS }
  for (const [, below] of ranges) setBounded(byRange, below, commit)
  const [first] = ranges
  if (first) setBounded(seqByOrganisation, parseOrganisation(first[0]), seq)
}

/** Returns the sequence number of the latest commit of this isolate to an organisation. */
export const latestCommitTo = (isolate: Isolate, organisationPk: number): number | undefined =>
  getEpochState(isolate, createRecentCommits).seqByOrganisation.get(organisationPk)

/** Returns the latest recent commit that invalidated the path. */
export const findRecentCommit = (isolate: Isolate, path: string): RecentCommit | undefined => {
  const { byRange } = getEpochState(isolate, createRecentCommits)
  deleteExpired(byRange, isolate.clock.now())
  if (byRange.size === 0) return undefined
  let latest: RecentCommit | undefined
  for (const range of [exactRange(path), anyParamsRange(path.split('?')[0]!), anyIdRange(path)]) {
    const commit = range && byRange.get(range[1])
    if (commit && (!latest || commit.seq > latest.seq)) latest = commit
  }
  return latest
}
