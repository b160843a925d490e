import type { Isolate, MemoryEntry, EntryMetadata } from '../runtime/isolate.ts'
import { SKEW_MS } from './kv-store.ts'
import { cacheVersion } from '../documents/path.ts'

/**
 * What an isolate keeps of payloads for a few seconds (MEMORY_SECONDS), so that reads in a row cost no KV read. Kept bytes
 * obey the rules of copies: their metadata says which commits they contain, and a reader who wants more goes on to KV and D1.
 */

/** Bytes kept at most: an eighth of the memory that an isolate has. https://developers.cloudflare.com/workers/platform/limits/ */
export const MAX_BYTES = 16 * 1024 ** 2
/** What an entry weighs beside its body: metadata, path, and the map's own. */
const OVERHEAD_BYTES = 1_024

const payloadWeight = ({ body }: MemoryEntry) => OVERHEAD_BYTES + (body?.byteLength ?? 0)

/** What is kept of a path and may still be served. Without a body, only its metadata was wanted so far. */
export const getPayload = (isolate: Isolate, path: string): MemoryEntry | undefined => {
  const entry = isolate.memory.payloads.get(path)
  return entry && entry.until > isolate.clock.now() && entry.metadata.version === cacheVersion(isolate) ? entry : undefined
}

/** Drops what is kept of a path. */
export const deletePayload = (isolate: Isolate, path: string): void => {
  const { memory } = isolate
  const entry = memory.payloads.get(path)
  if (!entry) return
  memory.payloads.delete(path)
  memory.payloadBytes -= payloadWeight(entry)
}

/**
 * Keeps a payload, unless a later one is kept.
 * @param body undefined where it was not read
 * @param forMs less than MEMORY_SECONDS where the bytes are not good for longer
 */
export const setPayload = (
  isolate: Isolate,
  metadata: EntryMetadata,
  body: Uint8Array | ArrayBuffer | undefined,
  forMs = Number.POSITIVE_INFINITY,
): void => {
  const { memory, config, clock } = isolate
  const held = getPayload(isolate, metadata.path)
  if (held && (held.metadata.seq > metadata.seq || (held.metadata.seq === metadata.seq && held.body && !body))) return
  const entry: MemoryEntry = { metadata, body, until: clock.now() + Math.min(config.memoryMs, forMs) }
  if (entry.until <= clock.now() || payloadWeight(entry) > MAX_BYTES) return
  deletePayload(isolate, metadata.path)
  memory.payloads.set(metadata.path, entry)
  memory.payloadBytes += payloadWeight(entry)
  // The oldest go first: they are the next to end anyway.
  for (const path of memory.payloads.keys()) {
    if (memory.payloadBytes <= MAX_BYTES) break
    deletePayload(isolate, path)
  }
}

/** Keeps what KV showed: no longer than the lease that its metadata tells. */
export const setFromKv = (isolate: Isolate, metadata: EntryMetadata, body: Uint8Array | ArrayBuffer | undefined): void =>
  setPayload(isolate, metadata, body, metadata.leasedUntil - SKEW_MS - isolate.clock.now())
