import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { purgeOrganisations } from '../../../src/jobs/purge-organisations.ts'
import { sweepSeries } from '../../../src/jobs/sweep-series.ts'
import { REASON } from '../../support/annotations.ts'
import { addKey, createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'
import { TABLE_NAMES } from '../../support/tables.ts'

// Promise: the removal of one organisation leaves every row and entry of another unchanged.

const MINUTE_MS = 60_000
/** A deleted organisation is removed within twelve minutes. */
const MINUTES = 13
/** The other organisation. Its paths begin with the same digit as those of organisation 1. */
const OTHER = 10

/** Returns every row of an organisation by table, and its entries in KV with their metadata. */
const storedOf = async (organisationPk: number): Promise<Record<string, unknown[]>> => {
  const own = `organisation_pk = ${organisationPk}`
  const ofKey = `key_pk in (select pk from api_keys where ${own})`
  const ofSeries = `series_pk in (select pk from series where ${own})`
  const conditions: Record<string, string> = {
    organisations: `pk = ${organisationPk}`,
    chunks: ofSeries,
    daily_sums: ofSeries,
    idempotency_records: ofKey,
    idempotency_totals: ofKey,
    cache_entries: `path like '${organisationPk}/%'`,
    // These tables belong to no organisation.
    time_zone_offsets: 'true',
    cache_epochs: 'true',
    heartbeat: 'true',
  }
  const rows = await env.DB.batch(TABLE_NAMES.map((name) => env.DB.prepare(`select * from ${name} where ${conditions[name] ?? own}`)))
  const { keys } = await env.CACHE.list()
  const entries = keys.filter(({ name }) => name.split('/')[1] === String(organisationPk))
  return { ...Object.fromEntries(TABLE_NAMES.map((name, position) => [name, rows[position]!.results])), entries }
}

/** Adds a row of an organisation to every table. */
const fill = async (organisationPk: number, engineer: TestClient) => {
  const chart = { time: [60, 86_460], sprocket_production_actual: [1, 2] }
  await engineer.post('/api/factories', { chart_data: chart })
  await engineer.post('/api/sprockets', { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 })
  await engineer.put('/api/stop-reasons', { reasons: [REASON] })
  await engineer.post('/api/factory/0/stop-annotations', { from: 60, to: 120, reason: REASON.code })
  const sent = await engineer.post('/api/factory/0/chart-data', { time: 180, actual: 3 }, { 'Idempotency-Key': '"fill"' })
  expect(sent.status).toBe(200)
  for (const path of ['/api/factories', '/api/factory/0', '/api/sprockets']) await engineer.get(path)
  await env.DB.prepare(`insert into old_audit_log (at, organisation_pk, subject, verb, target, request_id, commit_id)
    values (0, ?1, 'readings', 'appended', '/x', 'x', 'old ' || ?1)`)
    .bind(organisationPk)
    .run()
  await env.DB.prepare('insert into late_puts values (?, 9007199254740991)').bind(organisationPk).run()
}

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
  await env.DB.prepare(`insert into organisations (pk, slug, name, created_at) values (?, 'tenth', 'tenth', 0)`).bind(OTHER).run()
  await addKey(OTHER, 'tenth', 'admin')
  await fill(1, harness.engineer)
  await fill(OTHER, harness.as('tenth'))
  await env.DB.prepare('insert or ignore into cache_epochs values (1)').run()
  await env.DB.prepare('insert into heartbeat (id, at) values (1, 0)').run()
  await harness.drain()
})

test.each([
  ['the older', 1, 'admin', 'demo', OTHER],
  ['the newer', OTHER, 'tenth', 'tenth', 1],
] as const)('the removal of %s of two organisations leaves every row of the other unchanged', async (_, deleted, key, slug, other) => {
  const before = await storedOf(other)
  expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([])

  const init = { body: JSON.stringify({ confirm: slug }), headers: { 'Content-Type': 'application/json' } }
  expect((await harness.as(key).send('DELETE', '/api/organisation', init)).status).toBe(202)
  await harness.drain()
  const isolate = newIsolate(harness.clock)
  for (let minute = 0; minute < MINUTES; minute++) {
    harness.clock.advance(MINUTE_MS)
    for (const job of [purgeOrganisations, sweepSeries]) await job(isolate)
  }

  const left = await storedOf(deleted)
  const { late_puts: _late, time_zone_offsets: _zones, cache_epochs: _epochs, heartbeat: _heartbeat, ...owned } = left
  expect(Object.entries(owned).filter(([, rows]) => rows.length > 0)).toEqual([])
  expect(await storedOf(other)).toEqual(before)
})
