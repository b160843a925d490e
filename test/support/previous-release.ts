import { env } from 'cloudflare:workers'
import previous from '../integration/db/previous-release.json' with { type: 'json' }

export { previous }

type Value = string | number | null | { hex: string }
/** The tables of the previous release, with their rows. */
export const tables = previous.tables as Record<string, { columns: string[]; rows: Value[][] }>

/** Tables that migration 0009 renames. */
const TABLES: Record<string, string> = {
  copies: 'cache_entries',
  changes: 'old_audit_log',
  answers: 'idempotency_records',
  answer_totals: 'idempotency_totals',
  calendars: 'rollups',
  hours: 'hourly_rollups',
  days: 'daily_rollups',
  zone_offsets: 'time_zone_offsets',
  epochs: 'cache_epochs',
}
/** Columns that migration 0009 renames, in every table or in one. */
const COLUMNS: Record<string, string> = {
  number: 'pk',
  organisation: 'organisation_pk',
  series: 'series_pk',
  key: 'key_pk',
  created_by: 'created_by_pk',
  calendar: 'rollup_pk',
  zone: 'time_zone',
  factory: 'factory_id',
  copy_count: 'cache_entry_count',
  'epochs.number': 'epoch',
  'answers.name': 'key_hash',
  'answers.request': 'request_hash',
  'answers.answer': 'response',
}
/** Columns that were removed: the progress of a job. */
export const REMOVED = new Set(['heartbeat.appended_trimmed_to'])
export const newTable = (name: string) => TABLES[name] ?? name
export const newColumn = (table: string, name: string) => COLUMNS[`${table}.${name}`] ?? COLUMNS[name] ?? name

const literal = (value: Value) =>
  value === null || typeof value === 'number'
    ? String(value)
    : typeof value === 'string'
      ? `'${value.replaceAll("'", "''")}'`
      : `x'${value.hex}'`

/** A time in Unix ms of the fixture, which was made at the start of 2100. */
const isFixtureTime = (value: Value): value is number => typeof value === 'number' && Math.abs(value - previous.now) < 366 * 86_400_000

/** Inserts the rows of the previous release into its own schema. Adds `shiftMs` to the times of the fixture. */
export const insertRows = async (shiftMs: number) => {
  const filled = Object.entries(tables).filter(([name]) => name !== 'sqlite_sequence')
  for (const [name, { columns, rows }] of filled) {
    await env.DB.prepare(`delete from ${name}`).run()
    const head = `insert into ${name} (${columns.map((column) => `"${column}"`).join(', ')}) values `
    for (let n = 0; n < rows.length; n += 50)
      await env.DB.prepare(
        head +
          rows
            .slice(n, n + 50)
            .map((row) => `(${row.map((value) => literal(isFixtureTime(value) ? value + shiftMs : value)).join(', ')})`)
            .join(', '),
      ).run()
  }
  // Rows with the highest primary keys may have been deleted, and primary keys are never reused.
  for (const [table, seq] of tables.sqlite_sequence!.rows.filter(([name]) => name !== 'd1_migrations'))
    await env.DB.prepare('update sqlite_sequence set seq = ? where name = ?').bind(seq, table).run()
}
