import type { Isolate, Kept, Label } from '../runtime/isolate.ts'
import { SKEW_MS } from './kv-store.ts'
import { versionOf } from '../documents/path.ts'

/**
 * What an isolate keeps of payloads for a few seconds (MEMORY_SECONDS), so that reads in a row cost no KV read. Kept bytes
 * obey the rules of copies: their label says which commits they contain, and a reader who wants more goes on to KV and D1.
 */

/** Bytes kept at most: an eighth of the memory that an isolate has. https://developers.cloudflare.com/workers/platform/limits/ */
export const MOST_BYTES = 16 * 1024 ** 2
/** What an entry weighs beside its body: label, path, and the map's own. */
const OVERHEAD_BYTES = 1_024

const weightOf = ({ body }: Kept) => OVERHEAD_BYTES + (body?.byteLength ?? 0)

/** What is kept of a path and may still be served. Without a body, only its label was wanted so far. */
export const recall = (isolate: Isolate, path: string): Kept | undefined => {
  const kept = isolate.memory.kept.get(path)
  return kept && kept.until > isolate.clock.now() && kept.label.version === versionOf(isolate) ? kept : undefined
}

/** Drops what is kept of a path. */
export const forget = (isolate: Isolate, path: string): void => {
  const { memory } = isolate
  const kept = memory.kept.get(path)
  if (!kept) return
  memory.kept.delete(path)
  memory.keptBytes -= weightOf(kept)
}

/**
 * Keeps a payload, unless a later one is kept.
 * @param body undefined where it was not read
 * @param forMs less than MEMORY_SECONDS where the bytes are not good for longer
 */
export const keep = (
  isolate: Isolate,
  label: Label,
  body: Uint8Array | ArrayBuffer | undefined,
  forMs = Number.POSITIVE_INFINITY,
): void => {
  const { memory, settings, clock } = isolate
  const held = recall(isolate, label.path)
  if (held && (held.label.seq > label.seq || (held.label.seq === label.seq && held.body && !body))) return
  const kept = { label, body, until: clock.now() + Math.min(settings.memoryMs, forMs) }
  if (kept.until <= clock.now() || weightOf(kept) > MOST_BYTES) return
  forget(isolate, label.path)
  memory.kept.set(label.path, kept)
  memory.keptBytes += weightOf(kept)
  // The oldest go first: they are the next to end anyway.
  for (const path of memory.kept.keys()) {
    if (memory.keptBytes <= MOST_BYTES) break
    forget(isolate, path)
  }
}

/** Keeps what KV showed: no longer than the lease that its label tells. */
export const keepEntry = (isolate: Isolate, label: Label, body: Uint8Array | ArrayBuffer | undefined): void =>
  keep(isolate, label, body, label.leasedUntil - SKEW_MS - isolate.clock.now())
