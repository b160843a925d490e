import type { Isolate } from '../runtime/isolate.ts'
import { logWarning } from '../runtime/log.ts'
import { remember } from '../runtime/bounded-map.ts'
import { openSession } from '../db/client.ts'
import { leaseStatement } from './directory.ts'
import { versionOf } from '../documents/path.ts'
import { publish } from './publish.ts'

/** Copies that an organisation has at most for a reader without a key to add one: each makes later writes dearer. */
export const ANONYMOUS_COPIES_MOST = 200
/** A reader without a key is given a lease at the second read in this time. */
const SECOND_READ_MS = 300_000

/** An isolate offers a key a lease at most so often, however many readers miss it. */
const OFFER_EVERY_MS = 5_000

/** The time below which a lease is given anew: its last quarter. */
export const renewBelow = (isolate: Isolate): number => isolate.clock.now() + isolate.settings.leaseMs / 4

/** True if a reader without a key is given a lease: of the one representation that each document has by default, read twice. */
const isWantedTwice = ({ clock, memory: { offered } }: Isolate, path: string): boolean => {
  if (/[?&]format=/.test(path)) return false
  const name = `anonymous ${path}`
  const now = clock.now()
  const isSecond = (offered.get(name) ?? 0) > now - SECOND_READ_MS
  remember(offered, name, now)
  return isSecond
}

/**
 * Leases the copy of a path somebody wanted, and puts it, unless the directory says that it is there already and KV merely
 * has not shown it here. Belongs after the answer. Never rejects: a copy that cannot be leased is a slower read, no error.
 * @param isAnonymous true for a reader without a key, who is given fewer leases
 */
export const offerLease = async (isolate: Isolate, path: string, isAnonymous: boolean): Promise<void> => {
  const now = isolate.clock.now()
  const { offered } = isolate.memory
  if ((offered.get(path) ?? 0) > now - OFFER_EVERY_MS || (isAnonymous && !isWantedTwice(isolate, path))) return
  remember(offered, path, now)
  const { copiesMost } = isolate.settings
  const most = isAnonymous ? Math.min(ANONYMOUS_COPIES_MOST, copiesMost) : copiesMost
  await lease(isolate, [path], most).catch((error: unknown) => logWarning(isolate, 'lease not given:', error))
}

/**
 * Leases copies and publishes those that this takes the claim of; answers how many.
 * @param most copies that the organisation may have for another to be added
 */
export const lease = async (isolate: Isolate, paths: string[], most = isolate.settings.copiesMost): Promise<number> => {
  const now = isolate.clock.now()
  const holder = crypto.randomUUID()
  const session = openSession(isolate, 'first-primary')
  const until = now + isolate.settings.leaseMs
  const rows = await session.batch(
    paths.map((path) =>
      leaseStatement(session.db, { path, version: versionOf(isolate), until, renewBelow: renewBelow(isolate), most }, now, holder),
    ),
  )
  const claims = rows.flat().filter(({ claimedBy }) => claimedBy === holder)
  await publish(isolate, claims, holder, now).done
  return claims.length
}
