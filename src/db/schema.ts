import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import { ROLES } from '../schemas/roles.ts'

/**
 * The tables of organisations, factories and readings; those of the audit log, the cache and the idempotency records are in the files
 * `…-schema.ts` next to this one. The migrations in drizzle/ add what Drizzle cannot express (STRICT, WITHOUT ROWID); a test compares
 * both. `pk` is an internal primary key that clients never see, and `…_pk` refers to one. `id` counts from 0 within an organisation.
 * Neither is reused.
 */
export const organisations = sqliteTable(
  'organisations',
  {
    pk: integer().primaryKey({ autoIncrement: true }),
    slug: text().notNull(),
    name: text().notNull(),
    /** Unix milliseconds, as every `…_at` and `…_until` below. */
    created_at: integer().notNull(),
    deleted_at: integer(),
    next_factory_id: integer().notNull().default(0),
    next_sprocket_id: integer().notNull().default(0),
    next_key_id: integer().notNull().default(0),
    /** Counts that each commit updates in its batch, so that a page of a list reads only its rows. */
    factory_count: integer().notNull().default(0),
    sprocket_count: integer().notNull().default(0),
    /** Number of rows in `cache_entries`, updated by two triggers (drizzle/). The limit on leases is compared with it. */
    cache_entry_count: integer().notNull().default(0),
    /** The sequence numbers of its commits are greater: up to migration 0010, all organisations shared one sequence. */
    commit_seq_base: integer().notNull().default(0),
    /** Time from which cron trims its audit log again. */
    audit_due_at: integer().notNull().default(0),
    /** Below this `commit_seq`, all 'appended' audit entries past their retention are deleted. */
    appended_trimmed_to: integer().notNull().default(0),
    /** JSON text of its stop reasons, as GET returns them; null without one. */
    stop_reasons: text(),
    next_annotation_id: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex('organisations_slug')
      .on(table.slug)
      .where(sql`deleted_at is null`),
    // Cron selects deleted organisations every minute.
    index('organisations_deleted')
      .on(table.deleted_at)
      .where(sql`deleted_at is not null`),
    index('organisations_audit_due').on(table.audit_due_at),
  ],
)

export const api_keys = sqliteTable(
  'api_keys',
  {
    pk: integer().primaryKey({ autoIncrement: true }),
    organisation_pk: integer().notNull(),
    id: integer().notNull(),
    /** SHA-256 of the key in lower-case hex. A key has 160 random bits, so a slow hash would add cost without more security. */
    hash: text().notNull(),
    name: text().notNull(),
    role: text({ enum: ROLES }).notNull(),
    /** JSON array of factory ids that the key is limited to, or null for all. */
    factories: text(),
    created_at: integer().notNull(),
    /** Primary key of the API key that created this key; null for commands of the operator. */
    created_by_pk: integer(),
    expires_at: integer(),
    revoked_at: integer(),
    last_used_at: integer(),
    last_used_agent: text(),
    last_used_country: text(),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    uniqueIndex('api_keys_id').on(table.organisation_pk, table.id),
    // A key is never deleted, so an organisation may have thousands of revoked ones.
    index('api_keys_governing')
      .on(table.organisation_pk, table.expires_at)
      .where(sql`role = 'admin' and factories is null and revoked_at is null`),
  ],
)

/** The series that readings belong to. Replacing the readings or deleting the factory drops it; cron deletes its readings in steps. */
export const series = sqliteTable(
  'series',
  {
    pk: integer().primaryKey({ autoIncrement: true }),
    organisation_pk: integer().notNull(),
    factory_id: integer().notNull(),
    dropped_at: integer(),
    /** Readings before this time were trimmed, and only their sums remain; null if all readings exist. */
    trimmed_before: integer(),
    /** Time from which retention checks the series again. */
    retention_due_at: integer().notNull().default(0),
  },
  (table) => [
    index('series_factory').on(table.organisation_pk, table.factory_id),
    index('series_dropped')
      .on(table.dropped_at)
      .where(sql`dropped_at is not null`),
    index('series_retention').on(table.retention_due_at),
  ],
)

export const factories = sqliteTable(
  'factories',
  {
    pk: integer().primaryKey({ autoIncrement: true }),
    organisation_pk: integer().notNull(),
    id: integer().notNull(),
    name: text(),
    time_zone: text().notNull(),
    series_pk: integer().notNull(),
    created_at: integer().notNull(),
    /** JSON text of its schedule (schedule/stored-schedule.ts); null without one. */
    schedule: text(),
    /** Settings (schemas/factory-settings.ts). */
    ideal_per_hour: real(),
    stop_after_seconds: integer(),
  },
  (table) => [uniqueIndex('factories_id').on(table.organisation_pk, table.id), index('factories_time_zone').on(table.time_zone)],
)

/** The sums of each quarter of the hour of a chunk: null if no reading has the figure, at most 2^53 - 1. */
const quarterSums = <Quarter extends number>(quarter: Quarter) => ({
  [`actual_${quarter}`]: integer(),
  [`goal_${quarter}`]: integer(),
  [`scrap_${quarter}`]: integer(),
  [`compared_${quarter}`]: integer(),
  [`inspected_${quarter}`]: integer(),
  [`readings_${quarter}`]: integer().notNull(),
  [`goal_readings_${quarter}`]: integer().notNull(),
})

/** The readings of a series in one UTC hour (chunks/chunk.ts). */
export const chunks = sqliteTable(
  'chunks',
  {
    series_pk: integer().notNull(),
    /** Unix seconds: the first second of the hour, and the newest reading. */
    start: integer().notNull(),
    last: integer().notNull(),
    /** Comma-separated values in order of time; null if retention has trimmed them. */
    times: text(),
    actual: text(),
    goal: text(),
    scrap: text(),
    ...quarterSums(0),
    ...quarterSums(1),
    ...quarterSums(2),
    ...quarterSums(3),
    /** JSON array (chunks/states.ts). */
    states: text().notNull().default('[0]'),
  },
  (table) => [primaryKey({ columns: [table.series_pk, table.start] })],
)

/** Sums of readings: null if no reading has the figure, at most 2^53 - 1. */
const sums = {
  actual: integer(),
  goal: integer(),
  scrap: integer(),
  /** Sum of `actual` over the readings that have a goal. Attainment is its ratio to `goal`. */
  compared: integer(),
  /** Sum of `actual` over the readings that have scrap. */
  inspected: integer(),
  readings: integer().notNull(),
  goal_readings: integer().notNull(),
}

/** Local days of the time zone of the factory, by their first second. The newest day has no row (local-time/days.ts). */
export const daily_sums = sqliteTable('daily_sums', { series_pk: integer().notNull(), start: integer().notNull(), ...sums }, (table) => [
  primaryKey({ columns: [table.series_pk, table.start] }),
])

/** The offset periods of every time zone that a factory has (local-time/time-zones.ts). */
export const time_zone_offsets = sqliteTable(
  'time_zone_offsets',
  {
    time_zone: text().notNull(),
    start: integer().notNull(),
    until: integer().notNull(),
    offset: integer().notNull(),
    day: integer().notNull(),
    next_day: integer().notNull(),
    /** 0 if the zone has the rules of this release. A migration sets it to 1 if those may have changed (jobs/renew-time-zones.ts). */
    renew: integer().notNull().default(1),
    /** From this time on, the zone changes its offset only on whole quarters of an hour, by whole quarters; the same in each row of a zone. */
    aligned_from: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.time_zone, table.start] }),
    index('time_zone_offsets_renew')
      .on(table.time_zone)
      .where(sql`renew <> 0`),
  ],
)

export const sprockets = sqliteTable(
  'sprockets',
  {
    pk: integer().primaryKey({ autoIncrement: true }),
    organisation_pk: integer().notNull(),
    id: integer().notNull(),
    teeth: integer().notNull(),
    pitch_diameter: real().notNull(),
    outside_diameter: real().notNull(),
    pitch: real().notNull(),
  },
  (table) => [uniqueIndex('sprockets_id').on(table.organisation_pk, table.id)],
)

/** One row: the time of the last finished cron run. */
export const heartbeat = sqliteTable('heartbeat', { id: integer().primaryKey(), at: integer().notNull() })
