import { env } from 'cloudflare:workers'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OWNED } from '../../../src/jobs/purge-organisations.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { batchesThrough, LOST } from '../../support/fault-injection.ts'
import { addKey, addOrganisation, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'
import { TABLE_NAMES, TABLES } from '../../support/tables.ts'

// Promise: an organisation can be read, renamed, and deleted with all its data.

const MINUTE = 60_000
let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.drain())
const confirm = { confirm: 'demo' }
const json = { 'Content-Type': 'application/json' }
const deleteOrganisation = (client = harness.admin, body: unknown = confirm) =>
  client.send('DELETE', '/api/organisation', { body: JSON.stringify(body), headers: json })

/** Advances the clock by a minute, and expects a cron run without a failed job. */
const runNextCron = async () => {
  harness.clock.advance(MINUTE)
  const results = await runCron(harness.isolate, harness.clock.now())
  expect(JSON.stringify(results)).not.toContain('failed')
}

describe('/api/organisation', () => {
  test('an admin reads and renames the organisation', async () => {
    const shown = await harness.admin.get('/api/organisation')
    expect(await shown.json()).toEqual({ slug: 'demo', name: 'demo', created_at: 0 })
    const tag = shown.headers.get('ETag')!
    const renamed = await harness.admin.patch('/api/organisation', { name: 'Demo Works' }, { 'If-Match': tag })
    expect(await renamed.json()).toEqual({ slug: 'demo', name: 'Demo Works', created_at: 0 })
    await problemOf(await harness.admin.patch('/api/organisation', { name: 'x' }, { 'If-Match': tag }), 412)
    expect((await harness.admin.get('/api/organisation', { 'If-None-Match': renamed.headers.get('ETag')! })).status).toBe(304)
  })

  test('a key with a limited scope gets 403 from /api/organisation and /api/audit-log', async () => {
    await addKey(1, 'north', 'admin', { factories: '[0,1,2]' })
    for (const path of ['/api/organisation', '/api/audit-log']) await problemOf(await harness.as('north').get(path), 403)
    await problemOf(await harness.as('north').patch('/api/organisation', { name: 'x' }), 403)
    await problemOf(await deleteOrganisation(harness.as('north')), 403)
  })

  test('DELETE /api/organisation requires the slug as confirmation and the role admin', async () => {
    expect(await pointersOf(await deleteOrganisation(harness.admin, {}))).toEqual(['#/confirm'])
    expect(await pointersOf(await deleteOrganisation(harness.admin, { confirm: 'other' }))).toEqual(['#/confirm'])
    await problemOf(await harness.engineer.send('DELETE', '/api/organisation', { body: JSON.stringify(confirm), headers: json }), 403)
    expect((await harness.admin.get('/api/organisation')).status).toBe(200)
  })
})

/** Returns all rows of the database by table, and the keys of KV. */
const readEverything = async () => {
  const rows = await env.DB.batch(TABLE_NAMES.map((name) => env.DB.prepare(`select * from ${name}`)))
  const { keys } = await env.CACHE.list()
  return Object.fromEntries([...TABLE_NAMES.map((name, at) => [name, rows[at]!.results] as const), ['kv', keys.map(({ name }) => name)]])
}

describe('a deleted organisation', () => {
  test('a deleted organisation rejects writes at once and reads after 30 s, and cron deletes all its rows and entries', async () => {
    for (const path of ['/api/factories', '/api/factory/1', '/api/factory/1/chart-data', '/api/factory/1/summary', '/api/sprockets'])
      await harness.viewer.get(path)
    for (const actor of [harness.operator, harness.otherOrganisation])
      await actor.post('/api/readings', { readings: [] }, { 'Idempotency-Key': 'once' })
    await harness.otherOrganisation.post('/api/factories', { name: 'theirs', chart_data: { time: [60], sprocket_production_actual: [1] } })
    await harness.otherOrganisation.get('/api/factory/0')
    await harness.drain()
    const before = await readEverything()
    expect(before.kv!.length).toBe(6)

    const response = await deleteOrganisation()
    expect([response.status, await response.json()]).toEqual([202, { slug: 'demo', name: 'demo', created_at: 0 }])
    await problemOf(await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 }), 401)
    harness.clock.advance(30_000)
    for (const actor of [harness.viewer, harness.admin, harness.anonymous]) await problemOf(await actor.get('/api/factory/1'), 401)

    for (let minute = 0; minute < 13; minute++) await runNextCron()
    const after = await readEverything()
    const remaining = Object.entries(after).filter(
      ([, rows]) => JSON.stringify(rows).includes('"organisation_pk":1,') || JSON.stringify(rows).includes('demo'),
    )
    expect(remaining).toEqual([])
    const ofStranger = ({ series, factories, sprockets, api_keys, cache_entries }: typeof after) =>
      [series, factories, sprockets, api_keys, cache_entries!.map((row) => (row as { path: string }).path)].map((rows) =>
        rows!.filter((row) =>
          typeof row === 'string' ? row.startsWith('2/') : (row as { organisation_pk: number }).organisation_pk === 2,
        ),
      )
    const withoutUse = (rows: unknown) => JSON.stringify(rows, (name, value: unknown) => (name.startsWith('last_used') ? undefined : value))
    expect(withoutUse(ofStranger(after))).toBe(withoutUse(ofStranger(before)))
    expect(after.kv).toEqual((before.kv as string[]).filter((key) => key.startsWith(kvKey('2/', PAYLOAD_VERSION))))
    expect(after.chunks!.length).toBe(1)
    expect((after.idempotency_records as { key_pk: number }[]).map(({ key_pk }) => key_pk)).toEqual([5])
    expect(before.idempotency_records!.length).toBe(2)
    expect(after.daily_sums).toEqual([])
    expect((after.organisations as { slug: string }[]).map(({ slug }) => slug)).toEqual(['other'])
    expect((await (await harness.otherOrganisation.get('/api/factory/0')).json()) as object).toMatchObject({ factory: { name: 'theirs' } })
  })

  test('a new organisation with the slug of a deleted one gets none of its data', async () => {
    await harness.anonymous.get('/api/factories')
    await harness.drain()
    await deleteOrganisation()
    const recreated = await addOrganisation('demo')
    await addKey(recreated, 'fresh', 'admin')
    expect(recreated).toBeGreaterThan(2)
    harness.clock.advance(30_000)
    for (const isolate of [harness.isolate, newIsolate(harness.clock)]) {
      const at = attachClients(isolate, harness.clock)
      for (const actor of [at.anonymous, at.as('fresh')]) {
        expect(await (await actor.get('/api/factories')).json()).toEqual({ factories: [], count: 0, next: null })
        await problemOf(await actor.get('/api/factory/0'), 404)
      }
      const { entries } = (await (await at.as('fresh').get('/api/audit-log')).json()) as { entries: unknown[] }
      expect(entries).toEqual([])
    }
    const created = await harness.as('fresh').post('/api/factories', {})
    expect(created.headers.get('Location')).toBe('/api/factory/0')
    for (let minute = 0; minute < 13; minute++) await runNextCron()
    expect(((await (await harness.anonymous.get('/api/factories')).json()) as { count: number }).count).toBe(1)
  })

  test('cron continues to delete an organisation after a run that failed half way, in bounded steps', async () => {
    const many = Array.from({ length: 12_000 }, (_, n) => n)
    await env.DB.prepare(`insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch)
      select 1, value + 10, 1, 1, 1, 1 from json_each(?)`)
      .bind(JSON.stringify(many))
      .run()
    await deleteOrganisation()
    harness.clock.advance(2 * MINUTE)
    let batches = 0
    const failing = batchesThrough(async (run) => {
      if (++batches > 12) throw new Error(LOST)
      return run()
    })
    const countRemaining = async () =>
      (await env.DB.prepare('select count(*) as n from sprockets where organisation_pk = 1').first<{ n: number }>())!.n
    const counts: number[] = []
    for (let minute = 0; minute < 20 && (await countRemaining()) > 0; minute++) {
      batches = 0
      await runCron(newIsolate(harness.clock, { DB: failing }), harness.clock.now()).catch(() => {})
      counts.push(await countRemaining())
    }
    expect(counts.at(-1)).toBe(0)
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
  })
})

test('every table with a column organisation_pk is in OWNED, or its rows are deleted with their parent', () => {
  const owned = TABLES.filter(({ columns }) => columns.some(({ name }) => name === 'organisation_pk')).map(({ name }) => name)
  const listed = OWNED.map(({ table }) => getTableConfig(table).name)
  // Cron deletes the rows of late_puts within two minutes.
  expect([...owned, 'idempotency_records', 'idempotency_totals'].toSorted()).toEqual([...listed, 'series', 'late_puts'].toSorted())
  const others = TABLE_NAMES.filter((name) => !owned.includes(name) && !listed.includes(name))
  // chunks and daily_sums are deleted with their series, cache_entries by path, and organisations last.
  // The other tables belong to no organisation.
  expect(others.toSorted()).toEqual(
    ['chunks', 'daily_sums', 'cache_entries', 'organisations', 'heartbeat', 'time_zone_offsets', 'cache_epochs'].toSorted(),
  )
})
