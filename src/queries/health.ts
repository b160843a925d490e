import { sql } from 'drizzle-orm'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'
import { backlogCount, backlogSince } from './backlog.ts'

/** The newest migration of this release, as Wrangler records it in the database. */
const NEWEST_MIGRATION = `${journal.entries.at(-1)!.tag}.sql`

/** Selects the state of the migrations, the time of the last finished cron run, and the number and age of stale cache entries. */
export const selectHealth = (db: Database) =>
  db
    .select({
      isMigrated: sql<number>`exists (select 1 from d1_migrations where name = ${NEWEST_MIGRATION})`.as('is_migrated'),
      cronAt: sql<number | null>`(select at from heartbeat)`.as('cron_at'),
      staleCount: backlogCount.as('stale_count'),
      staleSince: backlogSince.as('stale_since'),
    })
    .from(singleRow)
