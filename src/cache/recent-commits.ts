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

/** Maximum number of ranges with a commit. A write to 2,000 factories has 16,000, and must not displace those of other writes. */
const MAX_RANGES = 30_000

/** Recent commits of this isolate by the upper bound of the range that they invalidated, and the number of its commits by organisation. */
export const createRecentCommits = () => ({ byRange: new Map<string, RecentCommit>(), counts: new Map<number, number>() })

/**
 * Records a commit of this isolate, so that the isolate serves no older payload of the paths that the commit invalidated. The response of
 * D1 may arrive after that of a later commit, which then stays.
 * Does nothing on the free plan: there puts are deferred, and each write would send the readers of these paths to D1.
 */
export const recordCommit = (isolate: Isolate, ranges: PathRange[], seq: number, bookmark: string): void => {
  if (isolate.config.deferMs > 0) return
  const { byRange, counts } = getEpochState(isolate, createRecentCommits)
  const now = isolate.clock.now()
  deleteExpired(byRange, now)
  const commit = { seq, bookmark, until: now + RECENT_MS }
  for (const [, below] of ranges) if ((byRange.get(below)?.seq ?? 0) < seq) setBounded(byRange, below, commit, MAX_RANGES)
  const [first] = ranges
  if (!first) return
  const organisationPk = parseOrganisation(first[0])
  setBounded(counts, organisationPk, (counts.get(organisationPk) ?? 0) + 1)
}

/** Returns the number of commits of this isolate to an organisation. */
export const countCommitsTo = (isolate: Isolate, organisationPk: number): number =>
  getEpochState(isolate, createRecentCommits).counts.get(organisationPk) ?? 0

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
