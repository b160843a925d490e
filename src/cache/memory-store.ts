import type { Isolate, MemoryEntry, EntryMetadata } from '../runtime/isolate.ts'
import { SKEW_MS } from './kv-store.ts'
import { cacheVersion } from '../documents/path.ts'

/**
 * Stores payloads in the memory of an isolate for a few seconds (MEMORY_SECONDS), so that repeated reads need no KV read. The
 * rules are those of KV: the metadata says which commits the bytes contain, and a read that needs a later commit uses KV or D1.
 */

/** Maximum size of all payloads in memory: an eighth of the 128 MB of an isolate. https://developers.cloudflare.com/workers/platform/limits/ */
export const MAX_BYTES = 16 * 1024 ** 2
/** Estimated bytes of an entry in addition to its body: metadata, path and the map's slot. */
const OVERHEAD_BYTES = 1_024

const entryBytes = ({ body }: MemoryEntry) => OVERHEAD_BYTES + (body?.byteLength ?? 0)

/** Returns the payload of a path if it may still be served. It has no body if only its metadata was read so far. */
export const getPayload = (isolate: Isolate, path: string): MemoryEntry | undefined => {
  const entry = isolate.memory.payloads.get(path)
  return entry && entry.until > isolate.clock.now() && entry.metadata.version === cacheVersion(isolate) ? entry : undefined
}

export const deletePayload = (isolate: Isolate, path: string): void => {
  const { memory } = isolate
  const entry = memory.payloads.get(path)
  if (!entry) return
  memory.payloads.delete(path)
  memory.payloadBytes -= entryBytes(entry)
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
  const { memory, config, clock } = isolate
  const stored = getPayload(isolate, metadata.path)
  if (stored && (stored.metadata.seq > metadata.seq || (stored.metadata.seq === metadata.seq && stored.body && !body))) return
  const entry: MemoryEntry = { metadata, body, until: clock.now() + Math.min(config.memoryMs, maxAgeMs) }
  if (entry.until <= clock.now() || entryBytes(entry) > MAX_BYTES) return
  deletePayload(isolate, metadata.path)
  memory.payloads.set(metadata.path, entry)
  memory.payloadBytes += entryBytes(entry)
  // The oldest entries are removed first, because they expire next.
  for (const path of memory.payloads.keys()) {
    if (memory.payloadBytes <= MAX_BYTES) break
    deletePayload(isolate, path)
  }
}

/** Stores a payload that was read from KV, no longer than its lease. */
export const setFromKv = (isolate: Isolate, metadata: EntryMetadata, body: Uint8Array | ArrayBuffer | undefined): void =>
  setPayload(isolate, metadata, body, metadata.leasedUntil - SKEW_MS - isolate.clock.now())
