import { TimeoutError } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { BOOKMARK } from '../db/client.ts'
import { findPlatformLimit, recordPlatformLimit } from '../db/platform-limits.ts'
import { anyBegins } from '../runtime/error-text.ts'
import { PURGE_MS } from './directory.ts'
import type { Claim } from './directory.ts'
import { kvKey } from '../documents/path.ts'
import { cacheVersion } from './epoch.ts'

/** Time limit of a KV read. After it, D1 renders the payload. */
const GET_LIMIT_MS = 500
/** Time for which a location may serve an entry without reading KV again. 30 s is the minimum of the platform. */
const CACHE_TTL_SECONDS = 30
/** Maximum difference of the clocks of two isolates. Readers end a lease earlier by it, so that no writer ends it before them. */
export const SKEW_MS = 5_000
/** A put or delete that is not acknowledged within this time is unknown. It starts early enough to end within its claim. */
const PUT_LIMIT_MS = 20_000

/**
 * The metadata of an entry in KV. `seq` and `bookmark` name the commits that its bytes contain. `path` reveals an entry that is
 * stored under a wrong key. The metadata takes at most a few hundred of the 1,024 bytes that KV allows.
 */
export interface EntryMetadata {
  version: number
  path: string
  seq: number
  bookmark: string
  etag: string
  previousPageEnd?: number | undefined
  /** End of the lease in Unix ms. A later reader must treat the entry as missing, wherever KV still shows it. */
  leasedUntil: number
}

/** The result of a KV read. Without an entry, `failed` tells a failed or slow read from a miss. Without a body, the client has it. */
export type KvLookup = { entry: { body: ArrayBuffer | undefined; metadata: EntryMetadata } } | { entry: undefined; failed: boolean }

const isValidMetadata = (value: unknown, path: string, version: number): value is EntryMetadata => {
  const metadata = value as Partial<EntryMetadata> | null
  return (
    metadata?.version === version &&
    metadata.path === path &&
    Number.isSafeInteger(metadata.seq) &&
    typeof metadata.etag === 'string' &&
    (metadata.previousPageEnd === undefined || Number.isSafeInteger(metadata.previousPageEnd)) &&
    typeof metadata.leasedUntil === 'number' &&
    BOOKMARK.test(String(metadata.bookmark))
  )
}

/**
 * Reads the entry of a path. An entry without valid metadata, of another payload version or cache epoch, or past its lease
 * counts as missing.
 * @param isKnown true if the reader has the bytes of the entity tag; then the bytes are not read
 */
export const getEntry = async (isolate: Isolate, path: string, isKnown?: (etag: string) => boolean): Promise<KvLookup> => {
  try {
    return { entry: await isolate.clock.withTimeout(GET_LIMIT_MS, readEntry(isolate, path, isKnown)), failed: false } as KvLookup
  } catch (error) {
    recordPlatformLimit(isolate, error)
    return { entry: undefined, failed: true }
  }
}

const readEntry = async (isolate: Isolate, path: string, isKnown: ((etag: string) => boolean) | undefined) => {
  const version = cacheVersion(isolate)
  const isUsable = (metadata: unknown): metadata is EntryMetadata =>
    isValidMetadata(metadata, path, version) && metadata.leasedUntil - SKEW_MS > isolate.clock.now()
  if (isKnown === undefined) {
    const { value, metadata } = await isolate.kv.getWithMetadata(kvKey(path, version), { type: 'arrayBuffer', cacheTtl: CACHE_TTL_SECONDS })
    return value !== null && isUsable(metadata) ? { body: value, metadata } : undefined
  }
  const { value, metadata } = await isolate.kv.getWithMetadata(kvKey(path, version), { type: 'stream', cacheTtl: CACHE_TTL_SECONDS })
  if (value === null) return undefined
  if (isUsable(metadata) && !isKnown(metadata.etag)) return { body: await new Response(value).arrayBuffer(), metadata }
  await value.cancel()
  return isUsable(metadata) ? { body: undefined, metadata } : undefined
}

/**
 * 'done': KV acknowledged. 'rejected': KV refused, and nothing changed (429 after two puts of a key within a second, or a daily
 * limit). 'unknown': the put may still land.
 */
export type PutOutcome = 'done' | 'rejected' | 'unknown'

/** Message of KV after two puts of a key within a second. */
const TOO_MANY_PUTS = /^KV \w+ failed: 429\b/

const putOutcome = async (isolate: Isolate, work: Promise<void>): Promise<PutOutcome> => {
  try {
    await isolate.clock.withTimeout(PUT_LIMIT_MS, work)
    return 'done'
  } catch (error) {
    recordPlatformLimit(isolate, error)
    if (error instanceof TimeoutError) return 'unknown'
    return findPlatformLimit(error) || anyBegins(error, TOO_MANY_PUTS) ? 'rejected' : 'unknown'
  }
}

/** Puts the bytes with their metadata. KV deletes the entry a minute after the end of its lease. */
export const putEntry = (isolate: Isolate, body: Uint8Array, metadata: EntryMetadata): Promise<PutOutcome> =>
  putOutcome(
    isolate,
    isolate.kv.put(kvKey(metadata.path, metadata.version), body, {
      metadata,
      expiration: Math.ceil((metadata.leasedUntil + PURGE_MS) / 1000),
    }),
  )

/** Deletes the entry of any version. */
export const deleteEntry = (isolate: Isolate, { path, version }: Pick<Claim, 'path' | 'version'>): Promise<PutOutcome> =>
  putOutcome(isolate, isolate.kv.delete(kvKey(path, version)))
