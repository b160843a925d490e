import type { Isolate } from '../runtime/isolate.ts'
import { getEpochState } from '../runtime/state.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { openSession } from '../db/client.ts'
import { leaseEntry } from './directory.ts'
import { cacheVersion } from './epoch.ts'
import { publish } from './publish.ts'

/** Entries of an organisation up to which a reader without a key may add another. Each entry makes later writes more expensive. */
const MAX_ANONYMOUS_ENTRIES = 200
/** A read without a key leases an entry only if it is the second read of the path within this time. */
const SECOND_READ_MS = 300_000

/** Interval in which an isolate offers a lease to a path at most once, independent of the number of readers. */
const OFFER_EVERY_MS = 5_000

/** Times at which this isolate last offered a lease to a path, or an anonymous client read it. */
const createOffers = () => new Map<string, number>()

/** Returns the time (Unix ms) below which the end of a lease causes a renewal: a lease is renewed in its last quarter. */
export const renewalThreshold = (isolate: Isolate): number => isolate.clock.now() + isolate.config.leaseMs / 4

/** True if a reader without a key may lease the path: the default format of a document, at the second read. Records the read. */
const isSecondRead = (isolate: Isolate, path: string): boolean => {
  if (/[?&]format=/.test(path)) return false
  const name = `anonymous ${path}`
  const now = isolate.clock.now()
  const offers = getEpochState(isolate, createOffers)
  const isSecond = (offers.get(name) ?? 0) > now - SECOND_READ_MS
  setBounded(offers, name, now)
  return isSecond
}

/**
 * Leases the entry of a path that a client has read, and publishes it, unless the cache directory says that the entry is
 * current and only this location does not show it yet. Call it after the response. Never rejects, because a read without a
 * lease is slower but not wrong.
 * @param isAnonymous true for a reader without a key, which gets fewer leases
 */
export const offerLease = async (isolate: Isolate, path: string, isAnonymous: boolean): Promise<void> => {
  const now = isolate.clock.now()
  const offers = getEpochState(isolate, createOffers)
  if ((offers.get(path) ?? 0) > now - OFFER_EVERY_MS || (isAnonymous && !isSecondRead(isolate, path))) return
  setBounded(offers, path, now)
  const { maxCacheEntries } = isolate.config
  const maxEntries = isAnonymous ? Math.min(MAX_ANONYMOUS_ENTRIES, maxCacheEntries) : maxCacheEntries
  await lease(isolate, [path], maxEntries).catch((error: unknown) => logWarning(isolate, 'lease failed:', error))
}

/**
 * Leases entries and publishes those that it could claim. Returns the number of claims.
 * @param maxEntries a new entry is added only while the organisation has fewer
 */
export const lease = async (isolate: Isolate, paths: string[], maxEntries = isolate.config.maxCacheEntries): Promise<number> => {
  const now = isolate.clock.now()
  const publisherId = crypto.randomUUID()
  const session = openSession(isolate, 'first-primary')
  const until = now + isolate.config.leaseMs
  const renewBelow = renewalThreshold(isolate)
  const rows = await session.batch(
    paths.map((path) => leaseEntry(session.db, { path, version: cacheVersion(isolate), until, renewBelow, maxEntries }, now, publisherId)),
  )
  const claims = rows.flat().filter(({ claimedBy }) => claimedBy === publisherId)
  await publish(isolate, claims, publisherId, now).done
  return claims.length
}
