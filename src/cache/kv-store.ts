import { TimeoutError } from '../runtime/clock.ts'
import type { KvLookup, Isolate, EntryMetadata } from '../runtime/isolate.ts'
import { BOOKMARK } from '../db/client.ts'
import { findPlatformLimit, recordPlatformLimit } from '../db/platform-limits.ts'
import { PURGE_MS } from './directory.ts'
import type { Claim } from './directory.ts'
import { kvKey, cacheVersion } from '../documents/path.ts'

/** KV that has not answered by then is given up and D1 asked. */
const GET_LIMIT_MS = 500
/** How long a location may keep an entry without asking KV again: the least the platform takes. */
const CACHE_TTL_SECONDS = 30
/** Clocks of isolates may differ by so much; readers end a lease early by it, so that no writer has ended it before them. */
export const SKEW_MS = 5_000
/** A put or delete not acknowledged by then is in doubt; with the time before it, still well within a claim. */
const PUT_LIMIT_MS = 20_000

const isValidMetadata = (value: unknown, path: string, version: number): value is EntryMetadata => {
  const label = value as Partial<EntryMetadata> | null
  return (
    typeof label === 'object' &&
    label?.version === version &&
    label.path === path &&
    Number.isSafeInteger(label.seq) &&
    typeof label.etag === 'string' &&
    (label.previousPageEnd === undefined || Number.isSafeInteger(label.previousPageEnd)) &&
    typeof label.leasedUntil === 'number' &&
    BOOKMARK.test(String(label.bookmark))
  )
}

/**
 * Reads the entry of a path. One without a sound label, of another release or epoch or past its lease is none.
 * @param isKnown whether the reader has the bytes of a tag; then they are left unread
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
  const isSound = (metadata: unknown): metadata is EntryMetadata =>
    isValidMetadata(metadata, path, version) && metadata.leasedUntil - SKEW_MS > isolate.clock.now()
  if (isKnown === undefined) {
    const { value, metadata } = await isolate.kv.getWithMetadata(kvKey(path, version), { type: 'arrayBuffer', cacheTtl: CACHE_TTL_SECONDS })
    return value !== null && isSound(metadata) ? { body: value, label: metadata } : undefined
  }
  const { value, metadata } = await isolate.kv.getWithMetadata(kvKey(path, version), { type: 'stream', cacheTtl: CACHE_TTL_SECONDS })
  if (value === null) return undefined
  if (isSound(metadata) && !isKnown(metadata.etag)) return { body: await new Response(value).arrayBuffer(), label: metadata }
  await value.cancel()
  return isSound(metadata) ? { body: undefined, label: metadata } : undefined
}

/** 'done', 'rejected' cleanly (one put a second for each key: 429; or a daily limit), or 'unknown': it may yet land. */
export type PutOutcome = 'done' | 'rejected' | 'unknown'

const putOutcome = async (isolate: Isolate, work: Promise<void>): Promise<PutOutcome> => {
  try {
    await isolate.clock.withTimeout(PUT_LIMIT_MS, work)
    return 'done'
  } catch (error) {
    recordPlatformLimit(isolate, error)
    if (error instanceof TimeoutError) return 'unknown'
    return findPlatformLimit(error) || String(error).includes('429') ? 'rejected' : 'unknown'
  }
}

/** Puts the bytes under their label; KV drops them a minute after the lease. */
export const putEntry = (isolate: Isolate, body: Uint8Array, label: EntryMetadata): Promise<PutOutcome> =>
  putOutcome(
    isolate,
    isolate.kv.put(kvKey(label.path, label.version), body, {
      metadata: label,
      expiration: Math.ceil((label.leasedUntil + PURGE_MS) / 1000),
    }),
  )

/** Removes the entry of a copy, of whatever version. */
export const deleteEntry = (isolate: Isolate, { path, version }: Pick<Claim, 'path' | 'version'>): Promise<PutOutcome> =>
  putOutcome(isolate, isolate.kv.delete(kvKey(path, version)))
