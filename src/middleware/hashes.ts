import type { Isolate } from '../isolate.ts'
import { remember } from '../remember.ts'
import { REMEMBER_MS } from './remember.ts'

/**
 * Headers remembered with the hash of their key, each as long as the primary's word for that key is taken. A header holds the
 * key itself, so this is the one place where secrets outlive their request, in memory alone: what reads an isolate's memory
 * reads the requests in it too. Making the hash anew takes longer than all else of a read from memory.
 */
const REMEMBER_MOST = 1_000

/** The hash of the key in a header that was seen here lately. */
export const recallHash = ({ memory, clock }: Isolate, header: string): string | undefined => {
  const known = memory.hashes.get(header)
  return known && known.until > clock.now() ? known.hash : undefined
}

/** Remembers the hash of a key that is good; headers that are over go with the next. */
export const rememberHash = (isolate: Isolate, header: string, hash: string): void => {
  if (recallHash(isolate, header) !== undefined) return
  const { hashes } = isolate.memory
  const now = isolate.clock.now()
  remember(hashes, header, { hash, until: now + REMEMBER_MS }, REMEMBER_MOST)
  for (const [oldest, { until }] of hashes) {
    if (until > now) break
    hashes.delete(oldest)
  }
}
