import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { copies } from '../db/schema.ts'

/** Rows of the backlog that one question reads at most. */
export const MAX_COUNTED = 1_000

const overdue = (before: number) =>
  sql`(select path from ${copies} where stale_since <= ${before} order by stale_since limit ${MAX_COUNTED})`

/**
 * The number of the latest commit if readers of an organisation must check what KV shows, else null: one of its copies has
 * been stale for too long, or was until lately. A backlog longer than BACKLOG_MOST is taken to concern every organisation.
 * @param organisation its internal number
 * @param before Unix ms: a copy that was stale before then has been so for too long
 */
export const overdueSeq = (organisation: SQL, before: number, now: number) => sql<number | null>`case when
  exists (select 1 from late_puts where late_puts.organisation = ${organisation} and check_until > ${now})
  or (select count(*) = ${MAX_COUNTED} or max(path >= ${organisation} || '/' and path < ${organisation} || '0') from ${overdue(before)})
  then (select seq from changes order by seq desc limit 1) end`

/** The backlog as one row of numbers: at most BACKLOG_MOST copies are counted, those that wait longest. */
export const backlogCount = sql<number>`(select count(*) from (select 1 from ${copies} where stale_since is not null limit ${MAX_COUNTED}))`
/** Since when the oldest copy of the backlog waits, in Unix ms. */
export const backlogSince = sql<
  number | null
>`(select stale_since from ${copies} where stale_since is not null order by stale_since limit 1)`
