import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'

/** The latest cache epoch, or 0 if the cache was never cleared. */
export const latestEpoch = sql<number>`(select coalesce(max(epoch), 0) from cache_epochs)`

/** Selects the latest cache epoch: one row. */
export const selectEpoch = (db: Database) => db.select({ epoch: latestEpoch.as('epoch') }).from(singleRow)
