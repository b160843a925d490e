import type { Assembled, Found, Isolate, Kept, Label, RequestIsolate } from '../runtime/isolate.ts'
import { remember } from '../runtime/bounded-map.ts'
import { isRefusal, isUnavailable, NO_BOOKMARK, openSession } from '../db/client.ts'
import type { Session } from '../db/client.ts'
import { admit, hasPlace, LIGHT_ROWS, persist } from '../db/retry.ts'
import { assembleDocument } from './assemble.ts'
import type { Wanted } from './assemble.ts'
import { selectCopy } from './directory.ts'
import { getEntry } from './kv-store.ts'
import { join } from './single-flight.ts'
import { offerLease, renewBelow } from './lease.ts'
import { keep, keepEntry, recall } from './memory-store.ts'
import { findOverdue } from './overdue.ts'
import { findOwnCommit } from './recent-commits.ts'
import { pathOf, versionOf } from '../documents/path.ts'

/** What a read answers with, and how it came about (Cache-Status, RFC 9211). No body where the reader has it. */
export interface Served {
  body: Uint8Array | ArrayBuffer | undefined
  etag: string
  /** Where it goes on backwards. */
  before?: number | undefined
  status: CacheStatus
}
export type CacheStatus =
  | 'memory; hit'
  | 'kv; hit'
  | 'kv; hit; detail=unchecked'
  | 'kv; fwd=miss'
  | 'kv; fwd=stale; detail=bookmark'
  | 'kv; fwd=bypass'

/** Whether a copy is good for a reader without a bookmark, and its lease wants nothing. */
const isPlain = (isolate: Isolate, label: Label): boolean =>
  label.leasedUntil >= renewBelow(isolate) && leastFor(label, undefined, commitsOf(isolate, label.path)) === undefined

/** What memory has of a path, where that is plain. */
export const recallPlain = (isolate: Isolate, path: string): Kept | undefined => {
  const kept = recall(isolate, path)
  return kept && isPlain(isolate, kept.label) ? kept : undefined
}

/** What KV has of a path, and whether that is plain; then memory has it from now on. */
export const findPlain = async (
  isolate: Isolate,
  path: string,
  isKnown: Reader['isKnown'],
): Promise<{ found: Found; isPlain: boolean }> => {
  const found = await getEntry(isolate, path, isKnown)
  if (!found.entry || !isPlain(isolate, found.entry.label)) return { found, isPlain: false }
  keepEntry(isolate, found.entry.label, found.entry.body)
  return { found, isPlain: true }
}

/** What the reader brings along: what the answer must not be older than, and which tags are known already. */
export interface Reader {
  bookmark?: string | undefined
  isKnown?: ((etag: string) => boolean) | undefined
  /** What KV has told this reader already. */
  found?: Found | undefined
  /** True for a reader without a key, who is given fewer leases. */
  isAnonymous: boolean
}

type WaitUntil = (work: Promise<unknown>) => void

/** How long a replica is given to reach a bookmark before the primary is asked, which a forged bookmark would wait for in vain. */
const REPLICA_LIMIT_MS = 1_000
/** How long the database is given otherwise: an answer later than that helps nobody. */
const DATABASE_LIMIT_MS = 10_000

/** Serves a document: from memory or KV if the copy there is new enough, else from D1. Undefined where there is nothing. */
export const readDocument = async (
  isolate: RequestIsolate,
  waitUntil: WaitUntil,
  wanted: Wanted,
  { bookmark, isKnown, found: told, isAnonymous }: Reader,
): Promise<Served | undefined> => {
  const path = pathOf(wanted.organisation, wanted.document.route, wanted.params)
  const commits = commitsOf(isolate, path)
  const offer = () => waitUntil(offerLease(isolate, path, isAnonymous))
  const hit = (status: CacheStatus, { leasedUntil, etag, before }: Label, body: Served['body']): Served => {
    if (leasedUntil < renewBelow(isolate)) offer()
    return { body, etag, before, status }
  }

  const kept = recall(isolate, path)
  if (kept && (kept.body !== undefined || isKnown?.(kept.label.etag))) {
    const least = leastFor(kept.label, bookmark, commits)
    if (least === undefined || isKnownToBeProven(isolate, kept.label, least)) return hit('memory; hit', kept.label, kept.body)
  }

  const found = told ?? (await getEntry(isolate, path, isKnown))
  if (found.entry) {
    const { body, label } = found.entry
    const least = leastFor(label, bookmark, commits)
    try {
      if (least === undefined || (await isProven(isolate, label, least))) {
        keepEntry(isolate, label, body)
        return hit('kv; hit', label, body)
      }
      const fresh = await assembleFor(isolate, wanted, path, least, commits)
      // Its put is overdue: the readers of a copy publish it, so that those wanted most go first.
      if (fresh && findOverdue(isolate, path)) offer()
      return fresh ? { ...fresh, status: 'kv; fwd=stale; detail=bookmark' } : undefined
    } catch (error) {
      // What was promised is kept or the request refused; that an isolate minds its own commits is more than was promised.
      if (leastFor(label, bookmark, [findOverdue(isolate, path)]) !== undefined || !isUnavailable(error)) throw error
      return { body, etag: label.etag, before: label.before, status: 'kv; hit; detail=unchecked' }
    }
  }
  const start = latest([bookmark, ...commits.map((commit) => commit?.bookmark)])
  const fresh = await join(isolate, waitUntil, `${start ?? ''} ${path}`, () => assembleFor(isolate, wanted, path, start, commits))
  if (!fresh) return undefined
  if (!found.failed) offer()
  return { ...fresh, status: found.failed ? 'kv; fwd=bypass' : 'kv; fwd=miss' }
}

/** Commits that a payload must contain whoever reads it, where there are any. */
type Commits = readonly ({ seq: number; bookmark: string } | undefined)[]

/** The isolate's own commit that made the path stale, and the latest one where copies of the organisation are overdue. */
const commitsOf = (isolate: Isolate, path: string): Commits => [findOwnCommit(isolate, path), findOverdue(isolate, path)]

/** What a copy with this label would have to be proven good as of; undefined where its label says that it is. */
const leastFor = (label: Label, bookmark: string | undefined, commits: Commits): string | undefined => {
  const least = latest([bookmark, ...commits.map((commit) => (commit && commit.seq > label.seq ? commit.bookmark : undefined))])
  return least !== undefined && least > label.bookmark ? least : undefined
}

/**
 * Assembles a document in a session that has seen `start`, and keeps it in memory. What is known of its age is the
 * commit where the session started, if it started at one; a reader's bookmark, which may be forged, says nothing.
 */
const assembleFor = async (
  isolate: RequestIsolate,
  wanted: Wanted,
  path: string,
  start: string | undefined,
  commits: Commits,
): Promise<Assembled | null> => {
  const fresh = await askDatabase(isolate, start, wanted.document.isLarge?.(wanted.params) ? LIGHT_ROWS + 1 : LIGHT_ROWS, (session) =>
    assembleDocument(session, wanted),
  )
  if (fresh) {
    const { seq, bookmark } = commits.find((commit) => commit?.bookmark === start) ?? { seq: 0, bookmark: NO_BOOKMARK }
    keep(isolate, { version: versionOf(isolate), path, seq, bookmark, etag: fresh.etag, before: fresh.before, leasedUntil: 0 }, fresh.body)
  }
  return fresh
}

/** The latest of bookmarks: they sort as text. */
const latest = (bookmarks: (string | undefined)[]): string | undefined =>
  bookmarks.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined)

/**
 * Asks the database what at least the bookmark knows, or the nearest replica without one. A bookmark that the isolate has not
 * seen may be forged, so the primary is asked. A question that waits for a replica has a place of its own, for a second.
 * @param rows maximum number of rows that the question reads
 */
export const askDatabase = async <T>(
  isolate: RequestIsolate,
  bookmark: string | undefined,
  rows: number,
  question: (session: Session) => Promise<T>,
): Promise<T> => {
  await isolate.request.pay(rows)
  const ask = (start: string, limitMs: number) =>
    isolate.clock.within(
      limitMs,
      persist(isolate, () => question(openSession(isolate, start))),
    )
  const askAt = (start: string) => admit(isolate, isolate.request.queue, () => ask(start, DATABASE_LIMIT_MS), rows)
  if (bookmark === undefined) return askAt('first-unconstrained')
  if (bookmark > isolate.memory.latestBookmark || !hasPlace(isolate, 'replica', rows)) return askAt('first-primary')
  try {
    return await admit(isolate, 'replica', () => ask(bookmark, REPLICA_LIMIT_MS), rows)
  } catch (error) {
    if (isRefusal(error) || !isUnavailable(error)) throw error
    return askAt('first-primary')
  }
}

/** Whether a copy was found good as of a bookmark before. Only the very same counts: a forged one from the future must not vouch for what comes before it. */
const isKnownToBeProven = ({ memory }: Isolate, { path, etag }: Label, bookmark: string): boolean => {
  const known = memory.proven.get(path)
  return known?.etag === etag && known.bookmark === bookmark
}

/**
 * Whether a copy with an older label is good as of a bookmark: one point read of its row there. It is if nothing is pending
 * and these are the bytes, or if no commit since its label touched it.
 */
const isProven = async (isolate: RequestIsolate, label: Label, bookmark: string): Promise<boolean> => {
  if (isKnownToBeProven(isolate, label, bookmark)) return true
  const [row] = await askDatabase(isolate, bookmark, 1, async ({ db }) => selectCopy(db, label.path, label.version, isolate.clock.now()))
  const good = row !== undefined && ((row.stale <= row.published && row.etag === label.etag) || row.stale <= label.seq)
  if (good) remember(isolate.memory.proven, label.path, { etag: label.etag, bookmark })
  return good
}
