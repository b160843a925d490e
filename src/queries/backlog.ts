import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { cache_entries } from '../db/cache-schema.ts'
import { latestSeq } from './commit-seq.ts'
import { literal } from '../db/literal.ts'

/** Maximum number of backlog rows that a query reads. */
const MAX_COUNTED = 1_000

const overdue = (before: number) =>
  sql`(select path from ${cache_entries} where stale_since <= ${before} order by stale_since limit ${literal(MAX_COUNTED)})`

/**
 * Selects the sequence number of the latest commit to an organisation if its readers must check entries from KV, else null. They must
 * if one of its cache entries is overdue, or was put so late that KV may still show the previous one. A backlog of `MAX_COUNTED`
 * or more overdue entries counts as overdue for every organisation.
 * @param organisationPk primary key of the organisation, as SQL
 * @param before Unix ms; an entry that became stale at or before this time is overdue
 */
export const overdueSeq = (organisationPk: SQL, before: number, now: number) => sql<number | null>`case when
  exists (select 1 from late_puts where late_puts.organisation_pk = ${organisationPk} and check_until > ${now})
  or (select count(*) = ${MAX_COUNTED} or max(path >= ${organisationPk} || '/' and path < ${organisationPk} || '0') from ${overdue(before)})
  then ${latestSeq(organisationPk)} end`

/** The number of stale cache entries, counted up to `MAX_COUNTED`. */
export const backlogCount = sql<number>`(select count(*) from (select 1 from ${cache_entries} where stale_since is not null limit ${literal(MAX_COUNTED)}))`
/** The time in Unix ms at which the oldest stale cache entry became stale, or null without one. */
export const backlogSince = sql<
  number | null
>`(select stale_since from ${cache_entries} where stale_since is not null order by stale_since limit 1)`
