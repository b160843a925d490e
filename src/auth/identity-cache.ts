import type { Identity, Isolate } from '../runtime/isolate.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { isUnavailable } from '../db/client.ts'
import { withConcurrencyLimit, hasPlace, withRetries } from '../db/retry.ts'

/**
 * How long the primary's word for a key is taken: what revocation, demotion or the end of an organisation takes at most to
 * bind reads anywhere. It counts from when the question was sent. No replica is asked, for its lag has no bound: one that is
 * an hour behind would vouch for a key that was revoked an hour ago. Writes ask again inside their transaction.
 */
export const IDENTITY_TTL_MS = 30_000
/** From this age on the primary is asked ahead, after an answer, so that a key in use never waits for it. */
const REFRESH_MS = 20_000
/**
 * A refused key is remembered so long, for it may just have been made. The time doubles with each refusal in a row, so that a
 * device that repeats a bad key for ever costs a look-up a minute.
 */
const REMEMBER_REFUSED_MS = 5_000
const REMEMBER_REFUSED_MOST_MS = 60_000
/** The name of the public organisation, whose operator may just be creating it. */
export const PUBLIC = 'public'
/** While the database does not answer, a key that was valid goes on being so for this much longer, lest copies have no reader. */
const GRACE_MS = 300_000
/** In that time the database is asked again so often, and given so long. */
const ASK_AGAIN_MS = 5_000
const ASK_LIMIT_MS = 2_000
/** How long a look-up waits for a place, and how often it looks for one. */
const PLACE_LIMIT_MS = 500
const PLACE_PAUSE_MS = 20

const isExpired = ({ expiresAt }: Identity, now: number) => expiresAt !== null && expiresAt <= now

/** True for a name that was good here until lately: whoever sends it is no guesser. */
export const isCached = (isolate: Isolate, name: string): boolean => isolate.memory.identityCache.has(name)

/** True for a name that the primary has lately refused. */
export const isRejected = (isolate: Isolate, name: string): boolean =>
  (isolate.memory.rejectedKeys.get(name)?.until ?? 0) > isolate.clock.now()

/** Who a name stands for, where that is known and nobody is to be asked, not even ahead. */
export const getCachedIdentity = (isolate: Isolate, name: string): Identity | undefined => {
  const now = isolate.clock.now()
  const held = isolate.memory.identityCache.get(name)
  if (!held || now >= held.nextAsk || now >= held.askedAt + IDENTITY_TTL_MS || isExpired(held.identity, now)) return undefined
  return isRejected(isolate, name) ? undefined : held.identity
}

/** Asks the primary and notes what it says; an answer that is overtaken by a later question's is dropped. */
const ask = async (isolate: Isolate, name: string, find: () => Promise<Identity | undefined>): Promise<Identity | undefined> => {
  const { identityCache, rejectedKeys } = isolate.memory
  const wantedAt = isolate.clock.now()
  // At the start of an isolate many requests have the same question, and the first answer is good for all.
  while (!hasPlace(isolate, 'lookup', 1) && isolate.clock.now() < wantedAt + PLACE_LIMIT_MS) await isolate.clock.sleep(PLACE_PAUSE_MS)
  const askedAt = isolate.clock.now()
  if (askedAt > wantedAt) {
    if (isRejected(isolate, name)) return undefined
    const held = identityCache.get(name)
    if (held && held.askedAt >= wantedAt) return held.identity
  }
  const identity = await isolate.clock.withTimeout(
    ASK_LIMIT_MS,
    withConcurrencyLimit(isolate, 'lookup', () => withRetries(isolate, find)),
  )
  if ((identityCache.get(name)?.askedAt ?? 0) > askedAt) return identity
  identityCache.delete(name)
  if (identity) {
    rejectedKeys.delete(name)
    setBounded(identityCache, name, { identity, askedAt, nextAsk: askedAt + REFRESH_MS, failed: false })
  } else {
    const before = name === PUBLIC ? 0 : (rejectedKeys.get(name)?.forMs ?? 0)
    const forMs = Math.min(Math.max(REMEMBER_REFUSED_MS, 2 * before), REMEMBER_REFUSED_MOST_MS)
    setBounded(rejectedKeys, name, { until: askedAt + forMs, forMs })
  }
  return identity
}

/**
 * Who a name stands for: what is remembered, else what the primary says, else, where it does not answer, what was remembered
 * until lately. An expired identity is asked for anew, for its end may have been put off.
 * @param find asks the primary
 */
export const resolveIdentity = async (
  isolate: Isolate,
  waitUntil: (work: Promise<unknown>) => void,
  name: string,
  find: () => Promise<Identity | undefined>,
): Promise<Identity | undefined> => {
  if (isRejected(isolate, name)) return undefined
  const now = isolate.clock.now()
  const held = isolate.memory.identityCache.get(name)
  const known = held && !isExpired(held.identity, now) ? held : undefined
  if (known && now < known.askedAt + IDENTITY_TTL_MS) {
    if (now >= known.nextAsk) {
      known.nextAsk = now + ASK_AGAIN_MS
      waitUntil(ask(isolate, name, find).catch((error: unknown) => logWarning(isolate, 'key not refreshed:', error)))
    }
    return known.identity
  }
  const isGraced = known !== undefined && now < known.askedAt + IDENTITY_TTL_MS + GRACE_MS
  if (isGraced && known.failed && now < known.nextAsk) return known.identity
  try {
    return await ask(isolate, name, find)
  } catch (error) {
    if (!isGraced || !isUnavailable(error)) throw error
    known.nextAsk = now + ASK_AGAIN_MS
    known.failed = true
    return known.identity
  }
}
