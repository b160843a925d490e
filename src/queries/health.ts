import { sql } from 'drizzle-orm'
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' }
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'
import { backlogCount, backlogSince } from './backlog.ts'

/** The newest migration of this release, as wrangler writes it into the database. */
const NEWEST_MIGRATION = `${journal.entries.at(-1)!.tag}.sql`

/** Whether the database has had the newest migration, when cron last finished, and how many copies wait for a put, and since when. */
export const selectHealth = (db: Database) =>
  db
    .select({
      isMigrated: sql<number>`exists (select 1 from d1_migrations where name = ${NEWEST_MIGRATION})`.as('is_migrated'),
      cronAt: sql<number | null>`(select at from heartbeat)`.as('cron_at'),
      dirty: backlogCount.as('dirty'),
      dirtySince: backlogSince.as('dirty_since'),
    })
    .from(singleRow)
