import { and, eq, isNull, lte, or } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { openSession } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'

/** The use of a key is noted at most so often, here and, as the row says, anywhere. */
const NOTE_EVERY_MS = 60_000

/** Who used a key, as its organisation sees it. */
export interface KeyUse {
  userAgent: string | null
  country: string | null
}

/** True where the use of a key was noted here so lately that it is not noted again. */
export const isRecentlyRecorded = ({ memory, clock }: Isolate, key: number): boolean =>
  (memory.keyUsage.get(key) ?? 0) > clock.now() - NOTE_EVERY_MS

/**
 * Notes that a key was used. Belongs after the answer, and never rejects: what is missed now is noted next time. It is no
 * change: nothing is logged, and the key's revision stays.
 */
export const recordKeyUse = async (isolate: Isolate, key: number, { userAgent, country }: KeyUse): Promise<void> => {
  if (isRecentlyRecorded(isolate, key)) return
  const now = isolate.clock.now()
  setBounded(isolate.memory.keyUsage, key, now)
  try {
    const session = openSession(isolate, 'first-primary')
    await session.batch([
      session.db
        .update(api_keys)
        .set({ last_used_at: now, last_used_agent: userAgent, last_used_country: country })
        .where(and(eq(api_keys.number, key), or(isNull(api_keys.last_used_at), lte(api_keys.last_used_at, now - NOTE_EVERY_MS)))),
    ])
  } catch (error) {
    logWarning(isolate, 'use of a key not noted:', error)
  }
}
