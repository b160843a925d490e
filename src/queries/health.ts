import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { oneRow } from '../db/client.ts'

/** When cron last finished, and how many leased copies wait for a put, and since which change. */
export const selectHealth = (db: Database, now: number) =>
  db
    .select({
      cronAt: sql<number | null>`(select at from heartbeat)`.as('cron_at'),
      dirty: sql<number>`(select count(*) from copies where stale_seq > published_seq and leased_until > ${now})`.as('dirty'),
      dirtySince: sql<number | null>`(select at from changes where seq = (
    select min(stale_seq) from copies where stale_seq > published_seq and leased_until > ${now}))`.as('dirty_since'),
    })
    .from(oneRow)
