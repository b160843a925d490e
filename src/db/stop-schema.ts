import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** The annotations of stops. Those of one factory do not overlap. */
export const stop_annotations = sqliteTable(
  'stop_annotations',
  {
    organisation_pk: integer().notNull(),
    id: integer().notNull(),
    factory_id: integer().notNull(),
    /** Unix seconds: the first second, and the first second after it; null while it is open. */
    start: integer().notNull(),
    until: integer(),
    /** Code of a stop reason of the organisation. */
    reason: text().notNull(),
    note: text(),
    /** 1 if its time is a stop even if readings report production, else 0. */
    manual: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organisation_pk, table.id] }),
    uniqueIndex('stop_annotations_start').on(table.organisation_pk, table.factory_id, table.start),
    index('stop_annotations_reason').on(table.organisation_pk, table.reason),
  ],
)
