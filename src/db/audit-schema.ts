import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'

/** The columns of an audit entry except its number. */
const auditColumns = {
  subject: text().notNull(),
  verb: text().notNull(),
  /** Path of the changed resource; empty for the chart of the only factory in `detail`. */
  target: text().notNull(),
  /** Primary key of the API key of the actor; null for commands of the operator. */
  key_pk: integer(),
  /** Empty if it is the UUID with the bytes of `commit_id` (db/commit-id.ts). */
  request_id: text().notNull(),
  /** Unique per commit, so that a batch is applied once. A request id is not unique, because a client may repeat it. */
  commit_id: text().notNull(),
  user_agent: text(),
  country: text(),
  /** JSON images of at most 100 readings. */
  before: text(),
  after: text(),
  /** JSON figures: of an upsert of readings an array (db/append-figures.ts), otherwise an object. */
  detail: text(),
}

/**
 * The audit log, append-only. `commit_seq` counts the commits of an organisation. It grows in commit order because D1 runs one batch
 * at a time, so it also orders invalidations. It is never reused, because the newest entry of an organisation is deleted only with
 * the organisation. Statements of the previous release call the column `seq`, so they fail instead of comparing organisations.
 */
export const audit_log = sqliteTable(
  'audit_log',
  {
    organisation_pk: integer().notNull(),
    commit_seq: integer().notNull(),
    at: integer().notNull(),
    ...auditColumns,
  },
  (table) => [
    primaryKey({ columns: [table.organisation_pk, table.commit_seq] }),
    uniqueIndex('audit_log_commit_id').on(table.commit_id),
    // Nearly all entries are about readings. Without this index, a query for other subjects would read past all of them.
    index('audit_log_subject')
      .on(table.organisation_pk, table.subject, table.commit_seq)
      .where(sql`subject <> 'readings'`),
  ],
)

/** The audit entries from before migration 0010. Cron deletes or moves them (jobs/move-audit-entries.ts); then the table is empty. */
export const old_audit_log = sqliteTable(
  'old_audit_log',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    organisation_pk: integer().notNull(),
    ...auditColumns,
  },
  (table) => [
    // The indexes keep the first name of the table: D1 would need longer than its time limit to build them again under another name.
    uniqueIndex('changes_commit_id').on(table.commit_id),
    index('changes_organisation').on(table.organisation_pk, table.seq),
    index('changes_subject')
      .on(table.organisation_pk, table.subject, table.seq)
      .where(sql`subject <> 'readings'`),
  ],
)
