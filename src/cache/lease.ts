import type { Isolate } from '../runtime/isolate.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { openSession } from '../db/client.ts'
import { leaseEntry } from './directory.ts'
import { cacheVersion } from '../documents/path.ts'
import { publish } from './publish.ts'

/** Copies that an organisation has at most for a reader without a key to add one: each makes later writes dearer. */
export const MAX_ANONYMOUS_ENTRIES = 200
/** A reader without a key is given a lease at the second read in this time. */
const SECOND_READ_MS = 300_000

/** An isolate offers a key a lease at most so often, however many readers miss it. */
const OFFER_EVERY_MS = 5_000

/** The time below which a lease is given anew: its last quarter. */
export const renewalThreshold = (isolate: Isolate): number => isolate.clock.now() + isolate.config.leaseMs / 4

/** True if a reader without a key is given a lease: of the one representation that each document has by default, read twice. */
const isSecondRead = ({ clock, memory: { leaseOffers } }: Isolate, path: string): boolean => {
  if (/[?&]format=/.test(path)) return false
  const name = `anonymous ${path}`
  const now = clock.now()
  const isSecond = (leaseOffers.get(name) ?? 0) > now - SECOND_READ_MS
  setBounded(leaseOffers, name, now)
  return isSecond
}

/**
 * Leases the copy of a path somebody wanted, and puts it, unless the directory says that it is there already and KV merely
 * has not shown it here. Belongs after the answer. Never rejects: a copy that cannot be leased is a slower read, no error.
 * @param isAnonymous true for a reader without a key, who is given fewer leases
 */
export const offerLease = async (isolate: Isolate, path: string, isAnonymous: boolean): Promise<void> => {
  const now = isolate.clock.now()
  const { leaseOffers } = isolate.memory
  if ((leaseOffers.get(path) ?? 0) > now - OFFER_EVERY_MS || (isAnonymous && !isSecondRead(isolate, path))) return
  setBounded(leaseOffers, path, now)
  const { maxCacheEntries } = isolate.config
  const most = isAnonymous ? Math.min(MAX_ANONYMOUS_ENTRIES, maxCacheEntries) : maxCacheEntries
  await lease(isolate, [path], most).catch((error: unknown) => logWarning(isolate, 'lease not given:', error))
}

/**
 * Leases copies and publishes those that this takes the claim of; answers how many.
 * @param most copies that the organisation may have for another to be added
 */
export const lease = async (isolate: Isolate, paths: string[], most = isolate.config.maxCacheEntries): Promise<number> => {
  const now = isolate.clock.now()
  const holder = crypto.randomUUID()
  const session = openSession(isolate, 'first-primary')
  const until = now + isolate.config.leaseMs
  const rows = await session.batch(
    paths.map((path) =>
      leaseEntry(session.db, { path, version: cacheVersion(isolate), until, renewBelow: renewalThreshold(isolate), most }, now, holder),
    ),
  )
  const claims = rows.flat().filter(({ claimedBy }) => claimedBy === holder)
  await publish(isolate, claims, holder, now).done
  return claims.length
}
