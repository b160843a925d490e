import { customType, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** A column of bytes, which D1 returns as an array of numbers. */
const bytes = customType<{ data: Uint8Array<ArrayBuffer>; driverData: ArrayLike<number> }>({
  dataType: () => 'blob',
  toDriver: (value) => value,
  fromDriver: (value) => Uint8Array.from(value),
})

/** Idempotency records: the commit and the response of each POST with an Idempotency-Key. They are kept for a day. */
export const idempotency_records = sqliteTable(
  'idempotency_records',
  {
    /** Primary key of the API key of the request. */
    key_pk: integer().notNull(),
    /** SHA-256 of the Idempotency-Key. */
    key_hash: bytes().notNull(),
    /** SHA-256 of the request. A different request with the same Idempotency-Key is rejected. */
    request_hash: bytes().notNull(),
    commit_id: text().notNull(),
    at: integer().notNull(),
    /** Status, headers and body, encrypted with the API key of the client; null if no response is stored, so that it is rebuilt. */
    response: bytes(),
  },
  (table) => [primaryKey({ columns: [table.key_pk, table.key_hash] }), index('idempotency_records_at').on(table.at)],
)

/** Number and total size of the idempotency records of each API key, so that both can be limited without counting rows. */
export const idempotency_totals = sqliteTable('idempotency_totals', {
  key_pk: integer().primaryKey(),
  records: integer().notNull(),
  bytes: integer().notNull(),
})
