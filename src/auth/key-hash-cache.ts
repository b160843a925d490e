import type { Isolate } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { IDENTITY_TTL_MS } from './identity-cache.ts'

/**
 * Hashes of keys that are good, by key, each as long as the primary's word for that key is taken. The map holds the keys
 * themselves, so this is the one place where secrets outlive their request, in memory alone: what reads an isolate's memory
 * reads the requests in it too. Computing the hash takes longer than all else of a read from memory.
 *
 * A key has one form (commands/secret.ts), so every spelling of the header that carries it is one entry of fixed size.
 */
const REMEMBER_MOST = 1_000

/** Returns the hash of a key that was good here lately. */
export const getKeyHash = ({ memory, clock }: Isolate, key: string): string | undefined => {
  const known = memory.keyHashes.get(key)
  return known && known.until > clock.now() ? known.hash : undefined
}

/** Remembers the hash of a key that is good, and deletes hashes that are too old. */
export const setKeyHash = (isolate: Isolate, key: string, hash: string): void => {
  if (getKeyHash(isolate, key) !== undefined) return
  const { keyHashes } = isolate.memory
  const now = isolate.clock.now()
  setBounded(keyHashes, key, { hash, until: now + IDENTITY_TTL_MS }, REMEMBER_MOST)
  for (const [oldest, { until }] of keyHashes) {
    if (until > now) break
    keyHashes.delete(oldest)
  }
}
