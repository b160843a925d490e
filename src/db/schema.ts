import { customType, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import { ROLES } from '../schemas/roles.ts'

/**
 * What is. The migrations in drizzle/ add what this description cannot say (STRICT, WITHOUT ROWID); a test compares the two.
 * `number` is an internal key, never shown and never reused; `id` counts within an organisation from 0, never reused either.
 */
export const organisations = sqliteTable(
  'organisations',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    slug: text().notNull(),
    name: text().notNull(),
    /** Unix milliseconds, as every `…_at` and `…_until` below. */
    created_at: integer().notNull(),
    deleted_at: integer(),
    next_factory_id: integer().notNull().default(0),
    next_sprocket_id: integer().notNull().default(0),
    next_key_id: integer().notNull().default(0),
    /** Kept in the same batch as what they count, so that a page of a list costs its own rows and no more. */
    factory_count: integer().notNull().default(0),
    sprocket_count: integer().notNull().default(0),
    revision: integer().notNull().default(0),
    /** Rows of `copies` of the organisation, kept by two triggers (drizzle/): the cap on leases compares it. */
    copy_count: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex('organisations_slug')
      .on(table.slug)
      .where(sql`deleted_at is null`),
    // Cron looks for deleted organisations each minute.
    index('organisations_deleted')
      .on(table.deleted_at)
      .where(sql`deleted_at is not null`),
  ],
)

export const api_keys = sqliteTable(
  'api_keys',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    organisation: integer().notNull(),
    id: integer().notNull(),
    /** SHA-256 of the key in lower-case hex. A key has 160 random bits, so a slow hash would add cost and no safety. */
    hash: text().notNull(),
    name: text().notNull(),
    role: text({ enum: ROLES }).notNull(),
    /** JSON array of factory ids that the key is limited to, or null for all. */
    factories: text(),
    created_at: integer().notNull(),
    /** Number of the key that made this one; null for the operator's own commands. */
    created_by: integer(),
    expires_at: integer(),
    revoked_at: integer(),
    last_used_at: integer(),
    last_used_agent: text(),
    last_used_country: text(),
    /** Counts changes; being used is none. */
    revision: integer().notNull().default(0),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    uniqueIndex('api_keys_id').on(table.organisation, table.id),
    // A key is never deleted, so an organisation may have thousands of revoked ones.
    index('api_keys_governing')
      .on(table.organisation, table.expires_at)
      .where(sql`role = 'admin' and factories is null and revoked_at is null`),
  ],
)

/** What readings hang on. Replacing a series or deleting a factory drops one here; cron sweeps its readings in steps. */
export const series = sqliteTable(
  'series',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    organisation: integer().notNull(),
    factory: integer().notNull(),
    revision: integer().notNull().default(0),
    dropped_at: integer(),
    /** The calendar that is shown; null until one is built. */
    calendar: integer(),
    /** The newest reading, and the sums of the day (86,400 s) that it ends: kept by every write, so that a list costs one row each. */
    latest_time: integer(),
    latest_actual: integer(),
    latest_goal: integer(),
    day_actual: integer(),
    day_goal: integer(),
    day_compared: integer(),
    day_readings: integer(),
    day_goal_readings: integer(),
    /** Readings before this time are no longer kept, only their sums; null while all are. */
    trimmed_before: integer(),
    /** Retention looks at the series from this moment on. */
    retention_due_at: integer().notNull().default(0),
  },
  (table) => [
    index('series_factory').on(table.organisation, table.factory),
    index('series_dropped')
      .on(table.dropped_at)
      .where(sql`dropped_at is not null`),
    index('series_retention').on(table.retention_due_at),
  ],
)

export const factories = sqliteTable(
  'factories',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    organisation: integer().notNull(),
    id: integer().notNull(),
    name: text(),
    time_zone: text().notNull(),
    series: integer().notNull(),
    revision: integer().notNull().default(0),
    created_at: integer().notNull(),
  },
  (table) => [uniqueIndex('factories_id').on(table.organisation, table.id)],
)

export const readings = sqliteTable(
  'readings',
  {
    series: integer().notNull(),
    /** Unix seconds. */
    time: integer().notNull(),
    actual: integer(),
    goal: integer(),
  },
  (table) => [primaryKey({ columns: [table.series, table.time] })],
)

/**
 * A series summed up in the hours and days of one time zone. Every write keeps each calendar of its series, so that another
 * zone can be built in steps beside the one that is shown, and shown when it is whole. Numbers are never reused.
 */
export const calendars = sqliteTable(
  'calendars',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    series: integer().notNull(),
    zone: text().notNull(),
    /** Readings before this time are summed up; null once all are. */
    built_until: integer(),
    dropped_at: integer(),
  },
  (table) => [
    index('calendars_series').on(table.series),
    index('calendars_zone').on(table.zone),
    index('calendars_unbuilt')
      .on(table.number)
      .where(sql`built_until is not null and dropped_at is null`),
    index('calendars_dropped')
      .on(table.number)
      .where(sql`dropped_at is not null`),
  ],
)

/** Sums of the readings of a bucket: null where no reading has the figure, held at 2^53 - 1 beyond it. */
const sums = {
  actual: integer(),
  goal: integer(),
  /** What was made according to the readings that have a goal: what attainment compares with `goal`. */
  compared: integer(),
  readings: integer().notNull(),
  goal_readings: integer().notNull(),
}

/** Local hours that have a reading, by their first second; `day` is the first second of the local day. */
export const hours = sqliteTable(
  'hours',
  { calendar: integer().notNull(), start: integer().notNull(), day: integer().notNull(), ...sums },
  (table) => [primaryKey({ columns: [table.calendar, table.start] })],
)

/** Local days that have a reading, summed from their hours. */
export const days = sqliteTable('days', { calendar: integer().notNull(), start: integer().notNull(), ...sums }, (table) => [
  primaryKey({ columns: [table.calendar, table.start] }),
])

/** The regimes of every zone that a calendar has (db/zones.ts). */
export const zone_offsets = sqliteTable(
  'zone_offsets',
  {
    zone: text().notNull(),
    start: integer().notNull(),
    until: integer().notNull(),
    offset: integer().notNull(),
    day: integer().notNull(),
    next_day: integer().notNull(),
    /** 1 until cron has computed the zone with the rules of this release. A migration sets it where those have changed. */
    renew: integer().notNull().default(1),
  },
  (table) => [
    primaryKey({ columns: [table.zone, table.start] }),
    index('zone_offsets_renew')
      .on(table.zone)
      .where(sql`renew = 1`),
  ],
)

export const sprockets = sqliteTable(
  'sprockets',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    organisation: integer().notNull(),
    id: integer().notNull(),
    teeth: integer().notNull(),
    pitch_diameter: real().notNull(),
    outside_diameter: real().notNull(),
    pitch: real().notNull(),
    revision: integer().notNull().default(0),
  },
  (table) => [uniqueIndex('sprockets_id').on(table.organisation, table.id)],
)

/** Append-only: the audit log, and the clock of the cache (`seq` grows in commit order, for D1 runs one batch at a time). */
export const changes = sqliteTable(
  'changes',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    organisation: integer().notNull(),
    subject: text().notNull(),
    verb: text().notNull(),
    /** The path of what was changed. */
    target: text().notNull(),
    /** Number of the API key that did it; null for the operator's own commands. */
    key: integer(),
    request_id: text().notNull(),
    /** One for each commit: a client may repeat a request id, and a batch must not land twice. */
    commit_id: text().notNull(),
    user_agent: text(),
    country: text(),
    /** JSON images of at most 100 readings. */
    before: text(),
    after: text(),
    /** JSON figures of what adds: how many readings were received and changed, and their span. */
    detail: text(),
  },
  (table) => [
    uniqueIndex('changes_commit_id').on(table.commit_id),
    index('changes_organisation').on(table.organisation, table.seq),
    // Readings are nearly all of the log; without this, what governs could only be found by passing over them.
    index('changes_subject')
      .on(table.organisation, table.subject, table.seq)
      .where(sql`subject <> 'readings'`),
  ],
)

/** The directory of copies: one row for each KV key that may exist. cache/copies.ts tells its story. */
export const copies = sqliteTable(
  'copies',
  {
    /** Organisation number and canonical path with parameters; with the version before it, the KV key. */
    path: text().notNull(),
    version: integer().notNull(),
    leased_until: integer().notNull(),
    stale_seq: integer().notNull(),
    published_seq: integer().notNull(),
    published_at: integer().notNull().default(0),
    claimed_until: integer().notNull().default(0),
    claimed_by: text(),
    etag: text(),
    /** When the copy became stale; null while `stale_seq` is at most `published_seq`. */
    stale_since: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.path, table.version] }),
    // The backlog, oldest first. A copy enters it when it becomes stale and leaves it when its put is confirmed.
    index('copies_stale')
      .on(table.stale_since)
      .where(sql`stale_since is not null`),
    index('copies_lapsed').on(table.leased_until),
  ],
)

/** Organisations with a copy that was put late: until then KV may still show what it held before, and readers check it. */
export const late_puts = sqliteTable('late_puts', { organisation: integer().primaryKey(), check_until: integer().notNull() }, (table) => [
  index('late_puts_end').on(table.check_until),
])

/**
 * When all copies were forgotten: Unix seconds, for it must be a number that was never used, not even in a future which a
 * restore of the database has undone. The latest is part of every copy's version.
 */
export const epochs = sqliteTable('epochs', { number: integer().primaryKey() })

/** Bytes; D1 gives them back as an array of numbers. */
const bytes = customType<{ data: Uint8Array<ArrayBuffer>; driverData: ArrayLike<number> }>({
  dataType: () => 'blob',
  toDriver: (value) => value,
  fromDriver: (value) => Uint8Array.from(value),
})

/** What was answered to a POST with an Idempotency-Key, for a day: whether it was carried out, and how it was answered. */
export const answers = sqliteTable(
  'answers',
  {
    /** Number of the API key that sent it. */
    key: integer().notNull(),
    /** SHA-256 of the Idempotency-Key. */
    name: bytes().notNull(),
    /** SHA-256 of what was asked; another question under the same key is refused. */
    request: bytes().notNull(),
    commit_id: text().notNull(),
    at: integer().notNull(),
    /** Status, headers and body, sealed with the caller's own key; null until they are known, and where they can be made out again. */
    answer: bytes(),
  },
  (table) => [primaryKey({ columns: [table.key, table.name] }), index('answers_at').on(table.at)],
)

/** How many answers there are of each API key and how many bytes they take, so that both have a limit without being counted. */
export const answer_totals = sqliteTable('answer_totals', {
  key: integer().primaryKey(),
  records: integer().notNull(),
  bytes: integer().notNull(),
})

/** One row: when cron last finished a tick, and how far it has trimmed the log. */
export const heartbeat = sqliteTable('heartbeat', {
  id: integer().primaryKey(),
  at: integer().notNull(),
  /** Entries of the log with a lower `seq` keep no 'appended' ones that are due. */
  appended_trimmed_to: integer().notNull().default(0),
})
