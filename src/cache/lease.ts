import type { Isolate } from '../isolate.ts'
import { logWarning } from '../log.ts'
import { remember } from '../remember.ts'
import { openSession } from '../db/client.ts'
import { leaseStatement } from './copies.ts'
import { versionOf } from './paths.ts'
import { publish } from './publish.ts'

/** An isolate offers a key a lease at most so often, however many readers miss it. */
const OFFER_EVERY_MS = 5_000

/** The time below which a lease is given anew: its last quarter. */
export const renewBelow = (isolate: Isolate): number => isolate.clock.now() + isolate.settings.leaseMs / 4

/**
 * Leases the copy of a path somebody wanted, and puts it, unless the directory says that it is there already and KV merely
 * has not shown it here. Belongs after the answer. Never rejects: a copy that cannot be leased is a slower read, no error.
 */
export const offerLease = async (isolate: Isolate, path: string): Promise<void> => {
  const now = isolate.clock.now()
  const { offered } = isolate.memory
  if ((offered.get(path) ?? 0) > now - OFFER_EVERY_MS) return
  remember(offered, path, now)
  await lease(isolate, [path]).catch((error: unknown) => logWarning(isolate, 'lease not given:', error))
}

/** Leases copies and publishes those that this takes the claim of; answers how many. */
export const lease = async (isolate: Isolate, paths: string[]): Promise<number> => {
  const now = isolate.clock.now()
  const holder = crypto.randomUUID()
  const session = openSession(isolate, 'first-primary')
  const until = now + isolate.settings.leaseMs
  const rows = await session.batch(
    paths.map((path) =>
      leaseStatement(session.db, { path, version: versionOf(isolate), until, renewBelow: renewBelow(isolate) }, now, holder),
    ),
  )
  const claims = rows.flat().filter(({ claimedBy }) => claimedBy === holder)
  await publish(isolate, claims, holder, now).done
  return claims.length
}
