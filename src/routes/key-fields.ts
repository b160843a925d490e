import { invalidContent } from '../errors.ts'
import { parseInstantMs } from '../schemas/timestamp.ts'

/**
 * Parses an expiry as Unix milliseconds; null removes it, undefined leaves it unchanged.
 * @throws Problem `invalid-content` for a time in the past
 */
export const parseExpiry = (value: number | string | null | undefined, now: number): number | null | undefined => {
  if (value == null) return value
  const expiresAt = typeof value === 'number' ? value * 1000 : parseInstantMs(value)!
  if (expiresAt <= now)
    throw invalidContent([{ pointer: '#/expires_at', detail: 'In the past. Send a future time, or delete the key to revoke it now.' }])
  return expiresAt
}

/** Sorts the factories of a scope and removes duplicates, so that equal scopes are stored as equal text. */
export const normalizeFactories = (ids: number[] | null | undefined) => ids && [...new Set(ids)].toSorted((a, b) => a - b)
