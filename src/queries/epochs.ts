import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'

/** The present epoch of the copies, 0 where none was ever forgotten. */
export const latestEpoch = sql<number>`(select coalesce(max(number), 0) from epochs)`

/** The same as a statement: one row. */
export const selectEpoch = (db: Database) => db.select({ epoch: latestEpoch.as('epoch') }).from(singleRow)
