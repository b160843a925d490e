import { env } from 'cloudflare:workers'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OWNED } from '../../../src/jobs/purge-organisations.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import * as tables from '../../../src/db/schema.ts'
import { batchesThrough, LOST } from '../../support/fault-injection.ts'
import { addKey, addOrganisation, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'

const MINUTE = 60_000
let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.settle())
const confirm = { confirm: 'demo' }
const json = { 'Content-Type': 'application/json' }
const end = (actor = harness.admin, body: unknown = confirm) =>
  actor.send('DELETE', '/api/organisation', { body: JSON.stringify(body), headers: json })

const tickAt = async (of = harness) => {
  of.clock.advance(MINUTE)
  const did = await runCron(of.isolate, of.clock.now())
  expect(JSON.stringify(did)).not.toContain('failed')
  return did
}

describe('an organisation', () => {
  test('is shown and renamed by its admins', async () => {
    const shown = await harness.admin.get('/api/organisation')
    expect(await shown.json()).toEqual({ slug: 'demo', name: 'demo', created_at: 0 })
    const tag = shown.headers.get('ETag')!
    const renamed = await harness.admin.patch('/api/organisation', { name: 'Demo Works' }, { 'If-Match': tag })
    expect(await renamed.json()).toEqual({ slug: 'demo', name: 'Demo Works', created_at: 0 })
    await problemOf(await harness.admin.patch('/api/organisation', { name: 'x' }, { 'If-Match': tag }), 412)
    expect((await harness.admin.get('/api/organisation', { 'If-None-Match': renamed.headers.get('ETag')! })).status).toBe(304)
  })

  test('is no business of a key that is limited to some factories', async () => {
    await addKey(1, 'north', 'admin', { factories: '[0,1,2]' })
    for (const path of ['/api/organisation', '/api/audit-log']) await problemOf(await harness.as('north').get(path), 403)
    await problemOf(await harness.as('north').patch('/api/organisation', { name: 'x' }), 403)
    await problemOf(await end(harness.as('north')), 403)
  })

  test('is not deleted by accident', async () => {
    expect(await pointersOf(await end(harness.admin, {}))).toEqual(['#/confirm'])
    expect(await pointersOf(await end(harness.admin, { confirm: 'other' }))).toEqual(['#/confirm'])
    await problemOf(await harness.engineer.send('DELETE', '/api/organisation', { body: JSON.stringify(confirm), headers: json }), 403)
    expect((await harness.admin.get('/api/organisation')).status).toBe(200)
  })
})

/** Everything that the database and KV hold, by table, as text. */
const everything = async () => {
  const names = Object.values(tables).map((table) => getTableConfig(table as SQLiteTable).name)
  const rows = await env.DB.batch(names.map((name) => env.DB.prepare(`select * from ${name}`)))
  const { keys } = await env.CACHE.list()
  return Object.fromEntries([...names.map((name, at) => [name, rows[at]!.results] as const), ['kv', keys.map(({ name }) => name)]])
}

describe('a deleted organisation', () => {
  test('is over at once for writes, within half a minute for reads, and gone in steps with everything that it had', async () => {
    for (const path of ['/api/factories', '/api/factory/1', '/api/factory/1/chart-data', '/api/factory/1/summary', '/api/sprockets'])
      await harness.viewer.get(path)
    for (const actor of [harness.operator, harness.stranger]) await actor.post('/api/readings', { readings: [] }, { 'Idempotency-Key': 'once' })
    await harness.stranger.post('/api/factories', { name: 'theirs', chart_data: { time: [60], sprocket_production_actual: [1] } })
    await harness.stranger.get('/api/factory/0')
    await harness.settle()
    const before = await everything()
    expect(before.kv!.length).toBe(6)

    const response = await end()
    expect([response.status, await response.json()]).toEqual([202, { slug: 'demo', name: 'demo', created_at: 0 }])
    await problemOf(await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 }), 401)
    harness.clock.advance(30_000)
    for (const actor of [harness.viewer, harness.admin, harness.anonymous]) await problemOf(await actor.get('/api/factory/1'), 401)

    for (let minute = 0; minute < 13; minute++) await tickAt()
    const after = await everything()
    const left = Object.entries(after).filter(
      ([, rows]) => JSON.stringify(rows).includes('"organisation":1,') || JSON.stringify(rows).includes('demo'),
    )
    expect(left).toEqual([])
    const theirs = ({ series, factories, sprockets, api_keys, copies }: typeof after) =>
      [series, factories, sprockets, api_keys, copies!.map((row) => (row as { path: string }).path)].map((rows) =>
        rows!.filter((row) => (typeof row === 'string' ? row.startsWith('2/') : (row as { organisation: number }).organisation === 2)),
      )
    const withoutUse = (rows: unknown) => JSON.stringify(rows, (name, value: unknown) => (name.startsWith('last_used') ? undefined : value))
    expect(withoutUse(theirs(after))).toBe(withoutUse(theirs(before)))
    expect(after.kv).toEqual((before.kv as string[]).filter((key) => key.startsWith('3/2/')))
    expect(after.readings!.length).toBe(1)
    expect((after.answers as { key: number }[]).map(({ key }) => key)).toEqual([5])
    expect(before.answers!.length).toBe(2)
    expect(after.hours!.length + after.days!.length).toBe(2)
    expect((after.organisations as { slug: string }[]).map(({ slug }) => slug)).toEqual(['other'])
    expect((await (await harness.stranger.get('/api/factory/0')).json()) as object).toMatchObject({ factory: { name: 'theirs' } })
  })

  test('leaves nothing to another of the same slug', async () => {
    await harness.anonymous.get('/api/factories')
    await harness.settle()
    await end()
    const anew = await addOrganisation('demo')
    await addKey(anew, 'fresh', 'admin')
    expect(anew).toBeGreaterThan(2)
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
    const made = await harness.as('fresh').post('/api/factories', {})
    expect(made.headers.get('Location')).toBe('/api/factory/0')
    for (let minute = 0; minute < 13; minute++) await tickAt()
    expect(((await (await harness.anonymous.get('/api/factories')).json()) as { count: number }).count).toBe(1)
  })

  test('goes on being removed by the tick after one that died half way, and by no more than a bounded step each', async () => {
    const many = Array.from({ length: 12_000 }, (_, n) => n)
    await env.DB.prepare(`insert into sprockets (organisation, id, teeth, pitch_diameter, outside_diameter, pitch)
      select 1, value + 10, 1, 1, 1, 1 from json_each(?)`)
      .bind(JSON.stringify(many))
      .run()
    await end()
    harness.clock.advance(2 * MINUTE)
    let batches = 0
    const dying = batchesThrough(async (go) => {
      if (++batches > 12) throw new Error(LOST)
      return go()
    })
    const left = async () => (await env.DB.prepare('select count(*) as n from sprockets where organisation = 1').first<{ n: number }>())!.n
    const counts: number[] = []
    for (let minute = 0; minute < 20 && (await left()) > 0; minute++) {
      batches = 0
      await runCron(newIsolate(harness.clock, { DB: dying }), harness.clock.now()).catch(() => {})
      counts.push(await left())
    }
    expect(counts.at(-1)).toBe(0)
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
  })
})

test('every table is emptied with its organisation, or hangs on what is', () => {
  const all = Object.values(tables).map((table) => getTableConfig(table as SQLiteTable))
  const owned = all.filter(({ columns }) => columns.some(({ name }) => name === 'organisation')).map(({ name }) => name)
  const listed = OWNED.map(({ table }) => getTableConfig(table).name)
  // Cron forgets rows of late_puts within two minutes.
  expect([...owned, 'answers', 'answer_totals'].toSorted()).toEqual([...listed, 'series', 'late_puts'].toSorted())
  const others = all.map(({ name }) => name).filter((name) => !owned.includes(name) && !listed.includes(name))
  // Swept with their series or calendar; removed by path; removed last; of no organisation.
  expect(others.toSorted()).toEqual(
    ['readings', 'calendars', 'hours', 'days', 'copies', 'organisations', 'heartbeat', 'zone_offsets', 'epochs'].toSorted(),
  )
})
