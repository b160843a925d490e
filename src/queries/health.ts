import { sql } from 'drizzle-orm'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import type { Database } from '../db/client.ts'
import { oneRow } from '../db/client.ts'

/** The newest migration of this release, as wrangler writes it into the database. */
const NEWEST_MIGRATION = `${journal.entries.at(-1)!.tag}.sql`

/** Whether the database has had the newest migration, when cron last finished, and how many leased copies wait for a put, and since which change. */
export const selectHealth = (db: Database, now: number) =>
  db
    .select({
      isMigrated: sql<number>`exists (select 1 from d1_migrations where name = ${NEWEST_MIGRATION})`.as('is_migrated'),
      cronAt: sql<number | null>`(select at from heartbeat)`.as('cron_at'),
      dirty: sql<number>`(select count(*) from copies where stale_seq > published_seq and leased_until > ${now})`.as('dirty'),
      dirtySince: sql<number | null>`(select at from changes where seq = (
    select min(stale_seq) from copies where stale_seq > published_seq and leased_until > ${now}))`.as('dirty_since'),
    })
    .from(oneRow)
