import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'

/** The cache directory: one row for each entry that may exist in KV. cache/directory.ts describes its states. */
export const cache_entries = sqliteTable(
  'cache_entries',
  {
    /** Primary key of the organisation and canonical path with parameters. The KV key is the version followed by this path. */
    path: text().notNull(),
    version: integer().notNull(),
    leased_until: integer().notNull(),
    stale_seq: integer().notNull(),
    published_seq: integer().notNull(),
    published_at: integer().notNull().default(0),
    claimed_until: integer().notNull().default(0),
    claimed_by: text(),
    etag: text(),
    /** Time at which the entry became stale; null while `stale_seq` is at most `published_seq`. */
    stale_since: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.path, table.version] }),
    // The backlog, oldest first. An entry is in it from its invalidation until its put is confirmed.
    index('cache_entries_stale')
      .on(table.stale_since)
      .where(sql`stale_since is not null`),
    index('cache_entries_lapsed').on(table.leased_until),
  ],
)

/**
 * Organisations with a cache entry that was put late. Until `check_until`, KV may still show the previous entry, so readers check
 * entries against the cache directory.
 */
export const late_puts = sqliteTable(
  'late_puts',
  { organisation_pk: integer().primaryKey(), check_until: integer().notNull() },
  (table) => [index('late_puts_end').on(table.check_until)],
)

/**
 * Cache epochs. An epoch is the Unix time in seconds of its creation, because it must never have been used before, not even in
 * commits that a restore of the database has undone. The latest epoch is part of the version of every cache entry.
 */
export const cache_epochs = sqliteTable('cache_epochs', { epoch: integer().primaryKey() })
