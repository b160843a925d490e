import type { Isolate } from '../runtime/isolate.ts'
import { createSizedMap, setSized } from '../runtime/sized-map.ts'
import { getEpochState } from '../runtime/state.ts'
import { cacheVersion } from './epoch.ts'
import { SKEW_MS } from './kv-store.ts'
import type { EntryMetadata } from './kv-store.ts'

/**
 * Stores payloads in the memory of an isolate for a few seconds (MEMORY_SECONDS), so that repeated reads need no KV read. The
 * rules are those of KV: the metadata says which commits the bytes contain, and a read that needs a later commit uses KV or D1.
 */

/** Maximum size of all payloads in memory: an eighth of the 128 MB of an isolate. https://developers.cloudflare.com/workers/platform/limits/ */
export const MAX_BYTES = 16 * 1024 ** 2
/** Estimated bytes of an entry in addition to its body: metadata, path and the map's slot. */
const OVERHEAD_BYTES = 1_024

/** A payload in the memory of the isolate; without a body if only its metadata was read. */
export interface MemoryEntry {
  metadata: EntryMetadata
  body: Uint8Array | ArrayBuffer | undefined
  until: number
}

const entryBytes = ({ body }: MemoryEntry) => OVERHEAD_BYTES + (body?.byteLength ?? 0)

/** Payloads by path. The oldest is deleted first, because it expires next. */
export const createPayloads = () => createSizedMap(MAX_BYTES, entryBytes)

/** Returns the payload of a path if it may still be served. It has no body if only its metadata was read so far. */
export const getPayload = (isolate: Isolate, path: string): MemoryEntry | undefined => {
  const entry = getEpochState(isolate, createPayloads).entries.get(path)
  return entry && entry.until > isolate.clock.now() && entry.metadata.version === cacheVersion(isolate) ? entry : undefined
}

/**
 * Stores a payload, unless a later one is stored.
 * @param body undefined if only the metadata was read
 * @param maxAgeMs shortens MEMORY_SECONDS if the bytes are valid for less time
 */
export const setPayload = (
  isolate: Isolate,
  metadata: EntryMetadata,
  body: Uint8Array | ArrayBuffer | undefined,
  maxAgeMs = Number.POSITIVE_INFINITY,
): void => {
  const { config, clock } = isolate
  const stored = getPayload(isolate, metadata.path)
  if (stored && (stored.metadata.seq > metadata.seq || (stored.metadata.seq === metadata.seq && !body))) return
  const entry: MemoryEntry = { metadata, body, until: clock.now() + Math.min(config.memoryMs, maxAgeMs) }
  if (entry.until > clock.now()) setSized(getEpochState(isolate, createPayloads), metadata.path, entry)
}

/** Stores a payload that was read from KV, no longer than its lease. */
export const setFromKv = (isolate: Isolate, metadata: EntryMetadata, body: Uint8Array | ArrayBuffer | undefined): void =>
  setPayload(isolate, metadata, body, metadata.leasedUntil - SKEW_MS - isolate.clock.now())
