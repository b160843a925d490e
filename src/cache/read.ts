import type { Isolate, RequestIsolate } from '../runtime/isolate.ts'
import { getEpochState } from '../runtime/state.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { EARLIEST_BOOKMARK, isUnavailable } from '../db/client.ts'
import { queryDatabase } from '../db/query-database.ts'
import { LIGHT_ROWS } from '../db/pending-queries.ts'
import { renderDocument } from './assemble.ts'
import type { DocumentKey, Payload } from './assemble.ts'
import { selectEntry } from './directory.ts'
import { cacheVersion } from './epoch.ts'
import { getEntry } from './kv-store.ts'
import type { EntryMetadata, KvLookup } from './kv-store.ts'
import { singleFlight } from './single-flight.ts'
import { offerLease, renewalThreshold } from './lease.ts'
import { setPayload, setFromKv, getPayload } from './memory-store.ts'
import type { MemoryEntry } from './memory-store.ts'
import { findOverdueCommit } from './overdue.ts'
import { findRecentCommit } from './recent-commits.ts'
import { buildPath } from '../documents/path.ts'

/** The result of a read, with its source (Cache-Status, RFC 9211). `body` is undefined if the reader has the bytes. */
export interface CacheReadResult {
  body: Uint8Array | ArrayBuffer | undefined
  etag: string
  /** Time at which the previous page ends. */
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

/** True if an entry can be served to a reader without a bookmark, and its lease needs no renewal. */
const needsNoRevalidation = (isolate: Isolate, metadata: EntryMetadata): boolean =>
  metadata.leasedUntil >= renewalThreshold(isolate) &&
  requiredBookmark(metadata, undefined, requiredCommits(isolate, metadata.path)) === undefined

/** Returns the payload of a path from memory if it needs no revalidation. */
export const getUnconditional = (isolate: Isolate, path: string): MemoryEntry | undefined => {
  const entry = getPayload(isolate, path)
  return entry && needsNoRevalidation(isolate, entry.metadata) ? entry : undefined
}

/** Looks a path up in KV. Stores an entry that needs no revalidation in memory; only such an entry `isServable`. */
export const getUnconditionalFromKv = async (
  isolate: Isolate,
  path: string,
  isKnown: ReadConditions['hasETag'],
): Promise<{ lookup: KvLookup; isServable: boolean }> => {
  const lookup = await getEntry(isolate, path, isKnown)
  if (!lookup.entry || !needsNoRevalidation(isolate, lookup.entry.metadata)) return { lookup, isServable: false }
  setFromKv(isolate, lookup.entry.metadata, lookup.entry.body)
  return { lookup, isServable: true }
}

/** Conditions of a request. The result must be at least as new as `bookmark`. `hasETag` is true for bytes that the reader has. */
export interface ReadConditions {
  bookmark?: string | undefined
  hasETag?: ((etag: string) => boolean) | undefined
  /** The KV look-up of the fast path, if it has made one. */
  kvLookup?: KvLookup | undefined
  /** True for a reader without a key, which gets fewer leases. */
  isAnonymous: boolean
}

/** Reads a document from memory or KV if the entry is new enough, else from D1. Returns undefined if the resource does not exist. */
export const readDocument = async (
  isolate: RequestIsolate,
  key: DocumentKey,
  { bookmark, hasETag, kvLookup, isAnonymous }: ReadConditions,
): Promise<CacheReadResult | undefined> => {
  const path = buildPath(key.organisationPk, key.document, key.params)
  const commits = requiredCommits(isolate, path)
  const offer = () => isolate.request.waitUntil(offerLease(isolate, path, isAnonymous))
  const hit = (
    status: CacheStatus,
    { leasedUntil, etag, previousPageEnd }: EntryMetadata,
    body: CacheReadResult['body'],
  ): CacheReadResult => {
    if (leasedUntil < renewalThreshold(isolate)) offer()
    return { body, etag, previousPageEnd, status }
  }

  const stored = getPayload(isolate, path)
  if (stored && (stored.body !== undefined || hasETag?.(stored.metadata.etag))) {
    const required = requiredBookmark(stored.metadata, bookmark, commits)
    if (required === undefined || wasValidatedAsOf(isolate, stored.metadata, required))
      return hit('memory; hit', stored.metadata, stored.body)
  }

  const lookup = kvLookup ?? (await getEntry(isolate, path, hasETag))
  if (lookup.entry) {
    const { body, metadata } = lookup.entry
    const required = requiredBookmark(metadata, bookmark, commits)
    try {
      if (required === undefined || (await isValidAsOf(isolate, metadata, required))) {
        setFromKv(isolate, metadata, body)
        return hit('kv; hit', metadata, body)
      }
      const payload = await renderForReader(isolate, key, path, required, commits)
      // The put of the entry is overdue. Its readers publish it, so that the entries that are read most are published first.
      if (payload && findOverdueCommit(isolate, path)) offer()
      return payload ? { ...payload, status: 'kv; fwd=stale; detail=bookmark' } : undefined
    } catch (error) {
      // The API promises to respect bookmarks and overdue commits, so such a read fails. It does not promise that an isolate
      // sees its recent commits, so without D1 an entry that may lack only those is served.
      if (requiredBookmark(metadata, bookmark, [findOverdueCommit(isolate, path)]) !== undefined || !isUnavailable(error)) throw error
      return { body, etag: metadata.etag, previousPageEnd: metadata.previousPageEnd, status: 'kv; hit; detail=unchecked' }
    }
  }
  const start = maxBookmark([bookmark, ...commits.map((commit) => commit?.bookmark)])
  const payload = await singleFlight(isolate, `${start ?? ''} ${path}`, () => renderForReader(isolate, key, path, start, commits))
  if (!payload) return undefined
  if (!lookup.failed) offer()
  return { ...payload, status: lookup.failed ? 'kv; fwd=bypass' : 'kv; fwd=miss' }
}

/** Commits that a payload must contain for every reader. */
type Commits = readonly ({ seq: number; bookmark: string } | undefined)[]

/** Returns the recent commit that invalidated the path, and the latest commit if the organisation has overdue entries. */
const requiredCommits = (isolate: Isolate, path: string): Commits => [findRecentCommit(isolate, path), findOverdueCommit(isolate, path)]

/** Returns the bookmark as of which an entry must be validated, or undefined if its metadata shows that it is new enough. */
const requiredBookmark = (metadata: EntryMetadata, bookmark: string | undefined, commits: Commits): string | undefined => {
  const required = maxBookmark([bookmark, ...commits.map((commit) => (commit && commit.seq > metadata.seq ? commit.bookmark : undefined))])
  return required !== undefined && required > metadata.bookmark ? required : undefined
}

/**
 * Renders a document in a session that has reached the bookmark `start`, and stores it in memory. The metadata names the commit
 * of `start` if a commit of this isolate has that bookmark. A bookmark that only the reader sent may be forged, so it is not
 * used as metadata.
 */
const renderForReader = async (
  isolate: RequestIsolate,
  key: DocumentKey,
  path: string,
  start: string | undefined,
  commits: Commits,
): Promise<Payload | null> => {
  // A new epoch may begin during the query. The payload then belongs to the former one.
  const version = cacheVersion(isolate)
  const payload = await queryDatabase(isolate, start, key.document.isLarge?.(key.params) ? LIGHT_ROWS + 1 : LIGHT_ROWS, (session) =>
    renderDocument(session, key),
  )
  if (payload) {
    const { seq, bookmark } = commits.find((commit) => commit?.bookmark === start) ?? { seq: 0, bookmark: EARLIEST_BOOKMARK }
    setPayload(
      isolate,
      { version, path, seq, bookmark, etag: payload.etag, previousPageEnd: payload.previousPageEnd, leasedUntil: 0 },
      payload.body,
    )
  }
  return payload
}

/** Returns the latest bookmark. Bookmarks of D1 sort as text. */
const maxBookmark = (bookmarks: (string | undefined)[]): string | undefined =>
  bookmarks
    .filter((bookmark) => bookmark !== undefined)
    .toSorted()
    .at(-1)

/**
 * Bookmarks as of which cache entries were found valid although their metadata is older. That occurs because an unchanged payload is not
 * put again.
 */
export const createValidatedEntries = () => new Map<string, { etag: string; bookmark: string }>()

/**
 * True if the entry was validated as of this bookmark before. A later bookmark does not count: it may be forged, and then says
 * nothing about the commits before it.
 */
const wasValidatedAsOf = (isolate: Isolate, { path, etag }: EntryMetadata, bookmark: string): boolean => {
  const validated = getEpochState(isolate, createValidatedEntries).get(path)
  return validated?.etag === etag && validated.bookmark === bookmark
}

/**
 * True if an entry with older metadata is current as of a bookmark. Reads the row of the entry in a session that has reached the
 * bookmark. The entry is current if the row is not stale and has its entity tag, or if no commit later than its metadata has
 * invalidated it.
 */
const isValidAsOf = async (isolate: RequestIsolate, metadata: EntryMetadata, bookmark: string): Promise<boolean> => {
  if (wasValidatedAsOf(isolate, metadata, bookmark)) return true
  const { path, version, seq, etag } = metadata
  const [row] = await queryDatabase(isolate, bookmark, 1, async ({ db }) => selectEntry(db, path, version, isolate.clock.now()))
  const isValid = row !== undefined && ((row.stale <= row.published && row.etag === etag) || row.stale <= seq)
  if (isValid) setBounded(getEpochState(isolate, createValidatedEntries), path, { etag, bookmark })
  return isValid
}
