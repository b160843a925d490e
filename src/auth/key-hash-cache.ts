import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { deleteExpired, setBounded } from '../runtime/bounded-map.ts'
import { IDENTITY_TTL_MS } from './identity-cache.ts'

/**
 * Maximum number of cached hashes of valid keys. The cache exists because the computation of a hash takes longer than the rest of
 * a read from memory. An entry is valid for as long as an identity is. The map contains the keys themselves, so this is the only
 * place where a secret outlives its request. It adds no risk: an attacker who reads the memory of an isolate reads its requests
 * too. A key has one form (auth/api-key.ts), so an entry has a fixed size however a client spells the header.
 */
const MAX_HASHES = 1_000

export const createKeyHashes = () => new Map<string, { hash: string; until: number }>()

/** Returns the hash of a key that was valid in this isolate within `IDENTITY_TTL_MS`. */
export const getKeyHash = (isolate: Isolate, key: string): string | undefined => {
  const cached = getState(isolate, createKeyHashes).get(key)
  return cached && cached.until > isolate.clock.now() ? cached.hash : undefined
}

/** Caches the hash of a valid key and deletes expired entries. */
export const setKeyHash = (isolate: Isolate, key: string, hash: string): void => {
  if (getKeyHash(isolate, key) !== undefined) return
  const keyHashes = getState(isolate, createKeyHashes)
  const now = isolate.clock.now()
  setBounded(keyHashes, key, { hash, until: now + IDENTITY_TTL_MS }, MAX_HASHES)
  deleteExpired(keyHashes, now)
}
