import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { TestClock } from '../../support/clock.ts'
import { attachClients, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { makeTour, nameOf, TOUR } from '../../support/tour.ts'
import previous from './previous-release.json' with { type: 'json' }

// Promise: migration 0009 renames tables and columns of a database of the previous release, and changes no row and no response.
// previous-release.json contains the rows of that release after requests of every kind, and its responses to reads.

type Value = string | number | null | { hex: string }
const tables = previous.tables as Record<string, { columns: string[]; rows: Value[][] }>

const TABLES: Record<string, string> = {
  copies: 'cache_entries',
  changes: 'audit_log',
  answers: 'idempotency_records',
  answer_totals: 'idempotency_totals',
  calendars: 'rollups',
  hours: 'hourly_rollups',
  days: 'daily_rollups',
  zone_offsets: 'time_zone_offsets',
  epochs: 'cache_epochs',
}
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
const newTable = (name: string) => TABLES[name] ?? name
const newColumn = (table: string, name: string) => COLUMNS[`${table}.${name}`] ?? COLUMNS[name] ?? name

const literal = (value: Value) =>
  value === null || typeof value === 'number'
    ? String(value)
    : typeof value === 'string'
      ? `'${value.replaceAll("'", "''")}'`
      : `x'${value.hex}'`

/** A time in Unix ms of the fixture, which was made at the start of 2100. */
const isFixtureTime = (value: Value): value is number => typeof value === 'number' && Math.abs(value - previous.now) < 366 * 86_400_000

/** Inserts the rows of the previous release into its own schema. Adds `shiftMs` to the times of the fixture. */
const insertRows = async (shiftMs: number) => {
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

const isRenaming = ({ name }: { name: string }) => name.startsWith('0009_')

let harness: Harness
/** Upgrades a database of the previous release that was made at `now`. KV accepts no entry that expires in 2100. */
const upgrade = async (now: number) => {
  await reset()
  await applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, env.MIGRATIONS.findIndex(isRenaming)))
  await insertRows(now - previous.now)
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const clock = new TestClock()
  clock.advance(now - clock.now())
  harness = attachClients(newIsolate(clock), clock)
}

const clientOf = (at: Harness, who: string) => (who === 'anonymous' ? at.anonymous : at.as(who))
const withoutUse = (body: string) => body.replaceAll(/"last_used":(null|\{[^}]*\})/g, '"last_used":null')
const countEntries = () => env.DB.prepare('select count(*) as n from audit_log').first<number>('n')

describe('a database of the previous release', () => {
  test('migration 0009 keeps every row, every value and the counters of primary keys', async () => {
    await upgrade(previous.now)
    for (const [name, { columns, rows }] of Object.entries(tables)) {
      const stored = await env.DB.prepare(`select * from ${newTable(name)}`).all()
      const toText = (row: unknown[]) => JSON.stringify(row)
      const values = stored.results.map((row) =>
        columns.map((column) => {
          const value = row[newColumn(name, column)]
          return Array.isArray(value) ? { hex: (value as number[]).map((byte) => byte.toString(16).padStart(2, '0')).join('') } : value
        }),
      )
      const expected =
        name === 'sqlite_sequence'
          ? rows.flatMap(([table, seq]) => (table === 'd1_migrations' ? [] : [[newTable(table as string), seq]]))
          : rows
      const known = new Set(expected.map(([table]) => table))
      const compared = name === 'sqlite_sequence' ? values.filter(([table]) => known.has(table as string)) : values
      expect(compared.map(toText).toSorted(), name).toEqual(expected.map(toText).toSorted())
    }
  })

  test('every document and every page of the audit log has the response of the previous release', async () => {
    await upgrade(previous.now)
    for (const { who, path, status, etag, body } of previous.responses) {
      const response = await clientOf(harness, who).get(path)
      const text = await response.text()
      expect([path, response.status], who).toEqual([path, status])
      // The list of keys contains the last use of each, which the reads of this test change.
      if (path !== '/api/keys') expect(response.headers.get('ETag'), path).toBe(etag)
      if (status === 200) expect(withoutUse(text), path).toBe(withoutUse(body))
    }
  })

  test('a repeated request with its Idempotency-Key gets the stored response, and another request gets 422', async () => {
    await upgrade(previous.now)
    const entries = await countEntries()
    for (const { who, path, body, status, response } of previous.replays) {
      const once = { 'Idempotency-Key': '"before-the-upgrade"' }
      const replayed = await harness.as(who).post(path, body, once)
      expect([replayed.status, replayed.headers.get('Idempotent-Replayed'), await replayed.text()]).toEqual([status, 'true', response])
      await problemOf(await harness.as(who).post(path, { ...body, more: 1 }, once), 422)
    }
    expect(await countEntries()).toBe(entries)
  })

  test('cron runs every job: it builds the rollup, purges the deleted organisation and repairs the cache', async () => {
    await upgrade(Date.now())
    const built = `select count(*) as n from series join rollups on rollups.pk = rollup_pk where time_zone = 'Asia/Tokyo' and built_until is null`
    expect(await env.DB.prepare(built).first('n')).toBe(0)
    const cron = newIsolate(harness.clock)
    for (let minute = 0; minute < 15; minute++) {
      harness.clock.advance(60_000)
      expect(JSON.stringify(await runCron(cron, harness.clock.now()))).not.toContain('failed')
    }
    expect(await env.DB.prepare(built).first('n')).toBe(1)
    expect(await env.DB.prepare(`select count(*) as n from organisations where slug = 'gone'`).first('n')).toBe(0)
    expect(await env.DB.prepare('select count(*) as n from rollups where dropped_at is not null').first('n')).toBe(0)
    expect(await env.DB.prepare('select count(*) as n from cache_entries where stale_since is not null').first('n')).toBe(0)
    const ready = await harness.anonymous.get('/ready')
    expect([ready.status, await ready.json()]).toMatchObject([200, { database: 'ok' }])
  })

  test('reads and writes of every kind succeed or are rejected as on a new database', async () => {
    await upgrade(Date.now())
    await makeTour(harness, TOUR, async (visit, run) => {
      const response = await run()
      expect(response.status, nameOf(visit)).toBe(visit.status)
      return response
    })
    const { cache_entry_count, entries } = (await env.DB.prepare(
      `select cache_entry_count, (select count(*) from cache_entries where path like '1/%') as entries from organisations where pk = 1`,
    ).first<{ cache_entry_count: number; entries: number }>())!
    expect(cache_entry_count).toBe(entries)
  })
})
