import { and, eq, isNull, lte, or } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { logWarning } from '../runtime/log.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { openSession } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'

/** Minimum interval between two records of the use of a key. The row enforces it across isolates. */
const RECORD_INTERVAL_MS = 60_000

/** Times at which this isolate last recorded the use of a key, by primary key. */
const createKeyUsage = () => new Map<number, number>()

/** The client that used a key, as the organisation of the key sees it. */
export interface KeyUse {
  userAgent: string | null
  country: string | null
}

/** True if this isolate has recorded the use of the key within `RECORD_INTERVAL_MS`. */
export const isRecentlyRecorded = (isolate: Isolate, keyPk: number): boolean =>
  (getState(isolate, createKeyUsage).get(keyPk) ?? 0) > isolate.clock.now() - RECORD_INTERVAL_MS

/**
 * Records the use of a key. Call it after the response. It never rejects, because the next use is recorded again.
 * The use of a key is not a change, so it adds no audit entry.
 */
export const recordKeyUse = async (isolate: Isolate, keyPk: number, { userAgent, country }: KeyUse): Promise<void> => {
  if (isRecentlyRecorded(isolate, keyPk)) return
  const now = isolate.clock.now()
  setBounded(getState(isolate, createKeyUsage), keyPk, now)
  try {
    const session = openSession(isolate, 'first-primary')
    await session.batch([
      session.db
        .update(api_keys)
        .set({ last_used_at: now, last_used_agent: userAgent, last_used_country: country })
        .where(and(eq(api_keys.pk, keyPk), or(isNull(api_keys.last_used_at), lte(api_keys.last_used_at, now - RECORD_INTERVAL_MS)))),
    ])
  } catch (error) {
    logWarning(isolate, 'use of a key not recorded:', error)
  }
}
