import type { Isolate, RequestIsolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import type { Role } from '../schemas/roles.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { isUnavailable } from '../db/client.ts'
import { hasPlace, withConcurrencyLimit } from '../db/pending-queries.ts'
import { withRetries } from '../db/retry.ts'

/**
 * Time for which a cached identity is valid, from the start of the query that found it. It is the maximum delay until a
 * revocation, a demotion or the deletion of an organisation takes effect on reads in every isolate. Replicas are not queried,
 * because their lag has no bound: a replica that is an hour behind accepts a key that was revoked an hour ago. Writes check the
 * key again inside their transaction.
 */
export const IDENTITY_TTL_MS = 30_000
/** Age from which an identity is refreshed in the background after the response, so that a key in use never waits for a query. */
const REFRESH_MS = 20_000
/**
 * Time for which a rejected key is cached. It is short because the key may be created at any moment. It doubles with each consecutive
 * rejection up to `MAX_REJECTED_TTL_MS`, so a device that repeats an invalid key forever costs one look-up per minute.
 */
const REJECTED_TTL_MS = 5_000
const MAX_REJECTED_TTL_MS = 60_000
/** Cache key of the public identity. Its rejection stays short, because the operator may just be creating the organisation. */
export const PUBLIC = 'public'
/**
 * Additional time for which an expired identity is valid while the database is unavailable, so that clients can read cache entries
 * (`stale-if-error` of RFC 5861).
 */
const STALE_IF_ERROR_MS = 300_000
/** Minimum interval between two refreshes of an identity while the database is unavailable. */
const REFRESH_INTERVAL_MS = 5_000
/** Time limit of one look-up. */
const LOOKUP_LIMIT_MS = 2_000
/** Maximum time for which a look-up waits for a place in its queue, and the interval between its checks. */
const QUEUE_LIMIT_MS = 500
const QUEUE_POLL_MS = 20

/** The identity behind a request. A request without a key is a viewer of the public organisation, with `keyPk` null. */
export interface Identity {
  /** Primary key of the organisation. `slug` is its public name. */
  organisationPk: number
  slug: string
  role: Role
  /** Primary key of the API key. `keyId` is its id within the organisation. */
  keyPk: number | null
  keyId: number | null
  /** Ids of the factories that the key is limited to; null for all. */
  factories: number[] | null
  /** Unix ms; null for a key that does not expire. */
  expiresAt: number | null
}

/** An identity and the time of the query to the primary that found it. */
interface CachedIdentity {
  identity: Identity
  queriedAt: number
  /** The primary is not queried again before this time, because a query is pending or has just failed. */
  nextQueryAt: number
  /** True if the database was unavailable for the last query. */
  failed: boolean
}

/** A rejection, the time of the query to the primary that found it, and the time for which it is cached. */
interface CachedRejection {
  queriedAt: number
  durationMs: number
}

/** Identities by the hash of their key, and the public identity. Rejections by the same names. A name is in at most one of them. */
export const createIdentityCache = () => ({
  identities: new Map<string, CachedIdentity>(),
  rejected: new Map<string, CachedRejection>(),
})

const isExpired = ({ expiresAt }: Identity, now: number) => expiresAt !== null && expiresAt <= now

/** True if the identity is cached, expired or not. A client that sends its key is then not guessing keys. */
export const isCached = (isolate: Isolate, name: string): boolean => getState(isolate, createIdentityCache).identities.has(name)

/** True if the primary has rejected the key and that result is still cached. */
export const isRejected = (isolate: Isolate, name: string): boolean => {
  const cached = getState(isolate, createIdentityCache).rejected.get(name)
  return cached !== undefined && isolate.clock.now() < cached.queriedAt + cached.durationMs
}

/** Returns the cached identity if it is fresh and needs no background refresh. */
export const getCachedIdentity = (isolate: Isolate, name: string): Identity | undefined => {
  const now = isolate.clock.now()
  const cached = getState(isolate, createIdentityCache).identities.get(name)
  if (!cached || now >= cached.nextQueryAt || now >= cached.queriedAt + IDENTITY_TTL_MS || isExpired(cached.identity, now)) return undefined
  return cached.identity
}

/**
 * Queries the primary and caches the result. A result is not cached if a query that started later has already cached its own.
 * Waits for a place in the queue, and uses the result that another look-up of the same identity caches meanwhile.
 */
const refresh = async (isolate: Isolate, name: string, find: () => Promise<Identity | undefined>): Promise<Identity | undefined> => {
  const { identities, rejected } = getState(isolate, createIdentityCache)
  const startedAt = isolate.clock.now()
  // When an isolate starts, many requests look up the same identity, and the first result serves all of them.
  while (!hasPlace(isolate, 'lookup', 1) && isolate.clock.now() < startedAt + QUEUE_LIMIT_MS) await isolate.clock.sleep(QUEUE_POLL_MS)
  if (isRejected(isolate, name)) return undefined
  const cached = identities.get(name)
  if (cached && cached.queriedAt >= startedAt) return cached.identity
  const queriedAt = isolate.clock.now()
  const identity = await isolate.clock.withTimeout(
    LOOKUP_LIMIT_MS,
    withConcurrencyLimit(isolate, 'lookup', () => withRetries(isolate, find)),
  )
  const latest = identities.get(name) ?? rejected.get(name)
  if (latest && latest.queriedAt > queriedAt) return identity
  identities.delete(name)
  if (identity) {
    rejected.delete(name)
    setBounded(identities, name, { identity, queriedAt, nextQueryAt: queriedAt + REFRESH_MS, failed: false })
  } else {
    const previous = name === PUBLIC ? undefined : rejected.get(name)
    const durationMs = previous ? Math.min(2 * previous.durationMs, MAX_REJECTED_TTL_MS) : REJECTED_TTL_MS
    setBounded(rejected, name, { queriedAt, durationMs })
  }
  return identity
}

/**
 * Resolves an identity from the cache or from the primary. If the primary is unavailable, uses a cached identity that expired at
 * most `STALE_IF_ERROR_MS` ago. A key past `expiresAt` is always looked up, because its end may have been postponed.
 * @param name hash of the key, or `PUBLIC`
 * @param find queries the primary
 */
export const resolveIdentity = async (
  isolate: RequestIsolate,
  name: string,
  find: () => Promise<Identity | undefined>,
): Promise<Identity | undefined> => {
  if (isRejected(isolate, name)) return undefined
  const now = isolate.clock.now()
  const cached = getState(isolate, createIdentityCache).identities.get(name)
  const usable = cached && !isExpired(cached.identity, now) ? cached : undefined
  if (usable && now < usable.queriedAt + IDENTITY_TTL_MS) {
    if (now >= usable.nextQueryAt) {
      usable.nextQueryAt = now + REFRESH_INTERVAL_MS
      isolate.request.waitUntil(
        refresh(isolate, name, find).catch((error: unknown) => logWarning(isolate, 'identity not refreshed:', error)),
      )
    }
    return usable.identity
  }
  const isWithinGrace = usable !== undefined && now < usable.queriedAt + IDENTITY_TTL_MS + STALE_IF_ERROR_MS
  if (isWithinGrace && usable.failed && now < usable.nextQueryAt) return usable.identity
  try {
    return await refresh(isolate, name, find)
  } catch (error) {
    if (!isWithinGrace || !isUnavailable(error)) throw error
    usable.nextQueryAt = now + REFRESH_INTERVAL_MS
    usable.failed = true
    return usable.identity
  }
}
