import type { Payload, KvLookup, Isolate, MemoryEntry, EntryMetadata, RequestIsolate } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { EARLIEST_BOOKMARK, isUnavailable } from '../db/client.ts'
import { queryDatabase } from '../db/query-database.ts'
import { LIGHT_ROWS } from '../db/retry.ts'
import { renderDocument } from './assemble.ts'
import type { DocumentKey } from './assemble.ts'
import { selectEntry } from './directory.ts'
import { getEntry } from './kv-store.ts'
import { singleFlight } from './single-flight.ts'
import { offerLease, renewalThreshold } from './lease.ts'
import { setPayload, setFromKv, getPayload } from './memory-store.ts'
import { findOverdueCommit } from './overdue.ts'
import { findRecentCommit } from './recent-commits.ts'
import { buildPath, cacheVersion } from '../documents/path.ts'

/** What a read answers with, and how it came about (Cache-Status, RFC 9211). No body where the reader has it. */
export interface CacheReadResult {
  body: Uint8Array | ArrayBuffer | undefined
  etag: string
  /** Where it goes on backwards. */
  previousPageEnd?: number | undefined
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
const needsNoRevalidation = (isolate: Isolate, label: EntryMetadata): boolean =>
  label.leasedUntil >= renewalThreshold(isolate) && requiredBookmark(label, undefined, requiredCommits(isolate, label.path)) === undefined

/** What memory has of a path, where that is plain. */
export const getUnconditional = (isolate: Isolate, path: string): MemoryEntry | undefined => {
  const kept = getPayload(isolate, path)
  return kept && needsNoRevalidation(isolate, kept.metadata) ? kept : undefined
}

/** What KV has of a path, and whether that is plain; then memory has it from now on. */
export const getUnconditionalFromKv = async (
  isolate: Isolate,
  path: string,
  isKnown: ReadConditions['hasETag'],
): Promise<{ found: KvLookup; isPlain: boolean }> => {
  const found = await getEntry(isolate, path, isKnown)
  if (!found.entry || !needsNoRevalidation(isolate, found.entry.label)) return { found, isPlain: false }
  setFromKv(isolate, found.entry.label, found.entry.body)
  return { found, isPlain: true }
}

/** What the reader brings along: what the answer must not be older than, and which tags are known already. */
export interface ReadConditions {
  bookmark?: string | undefined
  hasETag?: ((etag: string) => boolean) | undefined
  /** What KV has told this reader already. */
  kvLookup?: KvLookup | undefined
  /** True for a reader without a key, who is given fewer leases. */
  isAnonymous: boolean
}

type WaitUntil = (work: Promise<unknown>) => void

/** Serves a document: from memory or KV if the copy there is new enough, else from D1. Undefined where there is nothing. */
export const readDocument = async (
  isolate: RequestIsolate,
  waitUntil: WaitUntil,
  wanted: DocumentKey,
  { bookmark, hasETag, kvLookup: told, isAnonymous }: ReadConditions,
): Promise<CacheReadResult | undefined> => {
  const path = buildPath(wanted.organisation, wanted.document.route, wanted.params)
  const commits = requiredCommits(isolate, path)
  const offer = () => waitUntil(offerLease(isolate, path, isAnonymous))
  const hit = (
    status: CacheStatus,
    { leasedUntil, etag, previousPageEnd }: EntryMetadata,
    body: CacheReadResult['body'],
  ): CacheReadResult => {
    if (leasedUntil < renewalThreshold(isolate)) offer()
    return { body, etag, previousPageEnd, status }
  }

  const kept = getPayload(isolate, path)
  if (kept && (kept.body !== undefined || hasETag?.(kept.metadata.etag))) {
    const least = requiredBookmark(kept.metadata, bookmark, commits)
    if (least === undefined || wasValidatedAsOf(isolate, kept.metadata, least)) return hit('memory; hit', kept.metadata, kept.body)
  }

  const found = told ?? (await getEntry(isolate, path, hasETag))
  if (found.entry) {
    const { body, label } = found.entry
    const least = requiredBookmark(label, bookmark, commits)
    try {
      if (least === undefined || (await isValidAsOf(isolate, label, least))) {
        setFromKv(isolate, label, body)
        return hit('kv; hit', label, body)
      }
      const fresh = await renderForReader(isolate, wanted, path, least, commits)
      // Its put is overdue: the readers of a copy publish it, so that those wanted most go first.
      if (fresh && findOverdueCommit(isolate, path)) offer()
      return fresh ? { ...fresh, status: 'kv; fwd=stale; detail=bookmark' } : undefined
    } catch (error) {
      // What was promised is kept or the request refused; that an isolate minds its own commits is more than was promised.
      if (requiredBookmark(label, bookmark, [findOverdueCommit(isolate, path)]) !== undefined || !isUnavailable(error)) throw error
      return { body, etag: label.etag, previousPageEnd: label.previousPageEnd, status: 'kv; hit; detail=unchecked' }
    }
  }
  const start = maxBookmark([bookmark, ...commits.map((commit) => commit?.bookmark)])
  const fresh = await singleFlight(isolate, waitUntil, `${start ?? ''} ${path}`, () =>
    renderForReader(isolate, wanted, path, start, commits),
  )
  if (!fresh) return undefined
  if (!found.failed) offer()
  return { ...fresh, status: found.failed ? 'kv; fwd=bypass' : 'kv; fwd=miss' }
}

/** Commits that a payload must contain whoever reads it, where there are any. */
type Commits = readonly ({ seq: number; bookmark: string } | undefined)[]

/** The isolate's own commit that made the path stale, and the latest one where copies of the organisation are overdue. */
const requiredCommits = (isolate: Isolate, path: string): Commits => [findRecentCommit(isolate, path), findOverdueCommit(isolate, path)]

/** What a copy with this label would have to be proven good as of; undefined where its label says that it is. */
const requiredBookmark = (label: EntryMetadata, bookmark: string | undefined, commits: Commits): string | undefined => {
  const least = maxBookmark([bookmark, ...commits.map((commit) => (commit && commit.seq > label.seq ? commit.bookmark : undefined))])
  return least !== undefined && least > label.bookmark ? least : undefined
}

/**
 * Assembles a document in a session that has seen `start`, and keeps it in memory. What is known of its age is the
 * commit where the session started, if it started at one; a reader's bookmark, which may be forged, says nothing.
 */
const renderForReader = async (
  isolate: RequestIsolate,
  wanted: DocumentKey,
  path: string,
  start: string | undefined,
  commits: Commits,
): Promise<Payload | null> => {
  const fresh = await queryDatabase(isolate, start, wanted.document.isLarge?.(wanted.params) ? LIGHT_ROWS + 1 : LIGHT_ROWS, (session) =>
    renderDocument(session, wanted),
  )
  if (fresh) {
    const { seq, bookmark } = commits.find((commit) => commit?.bookmark === start) ?? { seq: 0, bookmark: EARLIEST_BOOKMARK }
    setPayload(
      isolate,
      { version: cacheVersion(isolate), path, seq, bookmark, etag: fresh.etag, previousPageEnd: fresh.previousPageEnd, leasedUntil: 0 },
      fresh.body,
    )
  }
  return fresh
}

/** The latest of bookmarks: they sort as text. */
const maxBookmark = (bookmarks: (string | undefined)[]): string | undefined =>
  bookmarks.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined)

/** Whether a copy was found good as of a bookmark before. Only the very same counts: a forged one from the future must not vouch for what comes before it. */
const wasValidatedAsOf = ({ memory }: Isolate, { path, etag }: EntryMetadata, bookmark: string): boolean => {
  const known = memory.validatedEntries.get(path)
  return known?.etag === etag && known.bookmark === bookmark
}

/**
 * Whether a copy with an older label is good as of a bookmark: one point read of its row there. It is if nothing is pending
 * and these are the bytes, or if no commit since its label touched it.
 */
const isValidAsOf = async (isolate: RequestIsolate, label: EntryMetadata, bookmark: string): Promise<boolean> => {
  if (wasValidatedAsOf(isolate, label, bookmark)) return true
  const [row] = await queryDatabase(isolate, bookmark, 1, async ({ db }) => selectEntry(db, label.path, label.version, isolate.clock.now()))
  const good = row !== undefined && ((row.stale <= row.published && row.etag === label.etag) || row.stale <= label.seq)
  if (good) setBounded(isolate.memory.validatedEntries, label.path, { etag: label.etag, bookmark })
  return good
}
