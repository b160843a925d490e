import type { Isolate, OwnCommit } from '../isolate.ts'
import { remember } from '../remember.ts'
import { exactly, withAnyParams } from './paths.ts'
import type { PathRange } from './paths.ts'

/** How long KV may go on showing what it had: its own minute, and half a minute that a location keeps an entry. */
const REMEMBER_MS = 90_000

/** Notes a commit of this isolate, so that its own reads of what the commit made stale are not older. */
export const noteOwnCommit = (isolate: Isolate, ranges: PathRange[], seq: number, bookmark: string): void => {
  const until = isolate.clock.now() + REMEMBER_MS
  for (const [, below] of ranges) remember(isolate.memory.ownCommits, below, { seq, bookmark, until })
}

/** The latest commit of this isolate that made a path stale, if it is recent. A range is known by its upper bound. */
export const findOwnCommit = (isolate: Isolate, path: string): OwnCommit | undefined => {
  if (isolate.memory.ownCommits.size === 0) return undefined
  const found = [exactly(path), withAnyParams(path.split('?')[0]!)]
    .map(([, below]) => isolate.memory.ownCommits.get(below))
    .filter((own) => own !== undefined && own.until > isolate.clock.now())
  return found.toSorted((a, b) => b!.seq - a!.seq)[0]
}
