import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { computeStates } from '../../../src/chunks/states.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { moveOldAuditEntries } from '../../../src/jobs/move-audit-entries.ts'
import { isNotMigrated } from '../../../src/runtime/error-text.ts'
import { TestClock } from '../../support/clock.ts'
import { addKey, attachClients, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { makeTour, nameOf, TOUR } from '../../support/tour.ts'
import { insertRows, newColumn, newTable, previous, REMOVED, tables } from '../../support/previous-release.ts'
import { resetStorage } from '../../support/storage.ts'

// Promise: the migrations since the previous release change no reading and no response. Migration 0009 renames tables and columns,
// 0010 starts a new audit log, which cron fills with the entries of the old one, and 0011 packs the readings.
// previous-release.json contains the rows of that release after requests of every kind, and its responses to reads.

const isRenaming = ({ name }: { name: string }) => name.startsWith('0009_')

let harness: Harness
const isPacking = ({ name }: { name: string }) => name.endsWith('_chunks.sql')
/** Applies the migrations before the first one that meets a condition. */
const migrateUntil = (isNext: (migration: { name: string }) => boolean) =>
  applyD1Migrations(env.DB, env.MIGRATIONS.slice(0, env.MIGRATIONS.findIndex(isNext)))

/**
 * Upgrades a database of the previous release that was made at `now`. KV accepts no entry that expires in 2100.
 * @param addRows adds rows before the readings are packed
 */
const upgrade = async (now: number, addRows = async () => {}) => {
  await resetStorage()
  await migrateUntil(isRenaming)
  await insertRows(now - previous.now)
  await migrateUntil(isPacking)
  await addRows()
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const clock = new TestClock()
  clock.advance(now - clock.now())
  harness = attachClients(newIsolate(clock), clock)
}

const clientOf = (at: Harness, who: string) => (who === 'anonymous' ? at.anonymous : at.as(who))
const withoutUse = (body: string) => body.replaceAll(/"last_used":(null|\{[^}]*\})/g, '"last_used":null')
const countEntries = () =>
  env.DB.prepare('select (select count(*) from audit_log) + (select count(*) from old_audit_log) as n').first<number>('n')

/** Returns all entries of the audit log, read in pages of three, as JSON text. */
const readAuditLog = async () => {
  const entries: { verb: string }[] = []
  let next: string | null = ''
  while (next !== null) {
    const page: { entries: { verb: string }[]; next: string | null } = await (
      await harness.admin.get(`/api/audit-log?limit=3${next && `&cursor=${next}`}`)
    ).json()
    entries.push(...page.entries)
    next = page.next
  }
  return JSON.stringify(entries)
}
const withoutAppended = (entries: string) =>
  JSON.stringify((JSON.parse(entries) as { verb: string }[]).filter(({ verb }) => verb !== 'appended'))

describe('a database of the previous release', () => {
  test('the migrations before 0011 keep every row, every value and the counters of primary keys', async () => {
    await resetStorage()
    await migrateUntil(isRenaming)
    await insertRows(0)
    await migrateUntil(isPacking)
    for (const [name, { columns: stated, rows: complete }] of Object.entries(tables)) {
      const kept = stated.flatMap((column, index) => (REMOVED.has(`${name}.${column}`) ? [] : [index]))
      const [columns, rows] = [kept.map((index) => stated[index]!), complete.map((row) => kept.map((index) => row[index]!))]
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

  test('every reading of a series that is not dropped is packed', async () => {
    await upgrade(previous.now)
    const { rows } = tables.readings!
    const dropped = new Set(tables.series!.rows.filter(([, , , , droppedAt]) => droppedAt !== null).map(([pk]) => pk))
    const { results } = await env.DB.prepare('select * from chunks').all<{ series_pk: number; start: number } & Record<string, string>>()
    const stored = results.flatMap(({ series_pk, start, ...texts }) => {
      const [times, actual, goal] = ['times', 'actual', 'goal'].map((name) => JSON.parse(`[${texts[name]}]`) as number[])
      return times!.map((seconds, index) => [series_pk, start + seconds, actual![index], goal![index]])
    })
    const toText = (row: unknown[]) => JSON.stringify(row)
    expect(stored.map(toText).toSorted()).toEqual(
      rows
        .filter(([series]) => !dropped.has(series!))
        .map(toText)
        .toSorted(),
    )
  })

  test('every chunk has the states of its readings, and a chunk without readings has none', async () => {
    // Silence of exactly 15 minutes, which 0016 and 0019 judge differently.
    const silence = [0, 60, 960].map(
      (seconds) => `insert into readings select pk, ${4_000_000 * 3_600 + seconds}, 1, 1 from series limit 1`,
    )
    await upgrade(previous.now, async () => void (await env.DB.batch(silence.map((statement) => env.DB.prepare(statement)))))
    const { results } = await env.DB.prepare('select times, actual, states from chunks').all<
      Record<'times' | 'actual' | 'states', string | null>
    >()
    const valuesOf = (text: string | null) => JSON.parse(`[${text ?? ''}]`) as (number | null)[]
    const expected = results.map(({ times, actual }) => {
      const figures = valuesOf(actual)
      return JSON.stringify(
        computeStates(
          0,
          valuesOf(times).map((time, index) => ({ time: time!, actual: figures[index] ?? null })),
        ),
      )
    })
    expect(results.map(({ states }) => states)).toEqual(expected)
    expect(new Set(expected).size).toBeGreaterThan(3)
    expect(expected).toContain('[3,0,1,60,2,960,1,960]')
  })

  test('the days before the newest one keep their sums, and the newest day has no row', async () => {
    await upgrade(previous.now)
    const days = 'select count(*) as n from daily_sums as day'
    expect(await env.DB.prepare(days).first('n')).toBeGreaterThan(3)
    const newest = '(select last from chunks where series_pk = day.series_pk order by start desc limit 1)'
    expect(await env.DB.prepare(`${days} where day.start > ${newest} - 86400`).first('n')).toBe(0)
  })

  test('the hours of trimmed readings keep their sums, also in a zone whose hours begin at half past', async () => {
    // Factory 5 of organisation 1. Midnight in India is 18:30 UTC.
    const midnight = Date.parse('2023-11-10T18:30:00Z') / 1000
    await upgrade(previous.now, async () => {
      const series = `(select series_pk from factories where organisation_pk = 1 and id = 5)`
      for (const statement of [
        `update factories set time_zone = 'Asia/Kolkata' where organisation_pk = 1 and id = 5`,
        `update rollups set time_zone = 'Asia/Kolkata' where pk = (select rollup_pk from series where pk = ${series})`,
        `update series set trimmed_before = ${midnight} where pk = ${series}`,
        `delete from readings where series_pk = ${series} and time < ${midnight}`,
        `insert into readings values (${series}, ${midnight + 60}, 5, 6)`,
        ...[-7_200, -3_600].map(
          (before) =>
            `insert into hourly_rollups select rollup_pk, ${midnight + before}, ${midnight - 86_400}, 7, 8, 7, 60, 60 from series where pk = ${series}`,
        ),
      ])
        await env.DB.prepare(statement).run()
    })
    const path = '/api/factory/5/chart-data'
    const hours = await (await harness.viewer.get(`${path}?resolution=hour&from=${midnight - 7_200}&limit=3&format=rows`)).json()
    const trimmed = { actual: 7, goal: 8, readings: 60, goal_readings: 60 }
    expect(hours).toEqual([
      { time: midnight - 7_200, ...trimmed },
      { time: midnight - 3_600, ...trimmed },
      { time: midnight, actual: 5, goal: 6, readings: 1, goal_readings: 1 },
    ])
    await problemOf(await harness.operator.post(path, { time: midnight - 60, actual: 1 }), 422)
    expect((await harness.operator.post(path, { time: midnight + 30, actual: 1 })).status).toBe(200)
    const oldest = await (await harness.viewer.get(`${path}?from=0&limit=1&format=rows`)).json()
    expect(oldest).toEqual([{ time: midnight + 30, actual: 1, goal: null }])
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

  test('a repeated request whose response was lost gets the response again, from its entry in the old audit log', async () => {
    await upgrade(previous.now)
    await env.DB.prepare('update idempotency_records set response = null').run()
    const entries = await countEntries()
    const { who, path, body, status, response } = previous.replays[0]!
    for (let times = 0; times < 2; times++) {
      const replayed = await harness.as(who).post(path, body, { 'Idempotency-Key': '"before-the-upgrade"' })
      expect([replayed.status, replayed.headers.get('Idempotent-Replayed'), await replayed.text()]).toEqual([status, 'true', response])
    }
    expect(await countEntries()).toBe(entries)
  })

  test('the numbers of commits continue above every number in the cache directory, also in an organisation without entries', async () => {
    await upgrade(previous.now)
    const highest = (await env.DB.prepare(
      'select max((select max(seq) from old_audit_log), (select max(stale_seq) from cache_entries)) as n',
    ).first<number>('n'))!
    await addKey(3, 'of-ended', 'engineer')
    for (const [organisationPk, client] of [
      [1, harness.engineer],
      [3, harness.as('of-ended')],
    ] as const) {
      expect((await client.post('/api/factories', {})).status).toBe(201)
      const { results } = await env.DB.prepare('select commit_seq from audit_log where organisation_pk = ?').bind(organisationPk).all()
      expect(results).toEqual([{ commit_seq: highest + 1 }])
    }
  })

  test('cron moves the entries of the old audit log, and deletes appended ones when they expire; the pages do not change', async () => {
    await upgrade(Date.now())
    // Entries in the order of time, and more of them than a page has.
    await env.DB.prepare('update old_audit_log set at = ? where seq < 7')
      .bind(harness.clock.now() - 86_400_000)
      .run()
    expect((await harness.admin.patch('/api/organisation', { name: 'After' })).status).toBe(200)
    const pages = await readAuditLog()
    expect(pages).toContain('"After"')
    const isolate = newIsolate(harness.clock)
    expect(await moveOldAuditEntries(isolate)).toBe(11)
    expect(await readAuditLog()).toBe(pages)
    harness.clock.advance(8 * 86_400_000)
    expect(await moveOldAuditEntries(isolate)).toBe(16)
    expect(await env.DB.prepare('select count(*) as n from old_audit_log').first('n')).toBe(0)
    expect(await readAuditLog()).toBe(withoutAppended(pages))
  })

  test('a write or publisher of the release before migration 0010 fails as not migrated, and changes nothing', async () => {
    await upgrade(previous.now)
    const batch = [
      `update factories set name = 'x'`,
      `insert into "audit_log" ("seq", "at", "organisation_pk", "subject", "verb", "target", "request_id", "commit_id") select null, 0, 1, '', '', '', '', ''`,
    ]
    const publisher = ['select coalesce(max(seq), 0) as seq from audit_log', `update cache_entries set published_seq = 99`]
    for (const statements of [batch, publisher]) {
      const error: unknown = await env.DB.batch(statements.map((statement) => env.DB.prepare(statement))).catch((thrown: unknown) => thrown)
      expect(isNotMigrated(error), String(error)).toBe(true)
    }
    expect(await env.DB.prepare(`select count(*) as n from factories where name = 'x'`).first('n')).toBe(0)
    expect(await env.DB.prepare('select count(*) as n from cache_entries where published_seq = 99').first('n')).toBe(0)
  })

  test('cron runs every job: it renews the time zones, purges the deleted organisation and repairs the cache', async () => {
    await upgrade(Date.now())
    const outdated = 'select count(*) as n from time_zone_offsets where renew <> 0 or aligned_from is null'
    expect(await env.DB.prepare(outdated).first('n')).toBeGreaterThan(0)
    const cron = newIsolate(harness.clock)
    for (let minute = 0; minute < 15; minute++) {
      harness.clock.advance(60_000)
      expect(JSON.stringify(await runCron(cron, harness.clock.now()))).not.toContain('failed')
    }
    expect(await env.DB.prepare(outdated).first('n')).toBe(0)
    expect(await env.DB.prepare(`select count(*) as n from organisations where slug = 'gone'`).first('n')).toBe(0)
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
