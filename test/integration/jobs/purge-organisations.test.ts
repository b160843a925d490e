import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { purgeOrganisations } from '../../../src/jobs/purge-organisations.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { storeReadings } from '../../support/chunks.ts'
import { batchesThrough, LOST } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a deleted organisation is removed in bounded steps, also if steps fail or run twice.

/**
 * More factories than one batch deletes, and one series that takes several. With 1,200,000 readings it takes 12 cron
 * runs too.
 */
const FACTORIES = 1_200
const LONG = 45_000
const SHORT = 20

/** Rows that one statement may change. D1 gives a batch 30 s. */
const MAX_ROWS = 10_000

const run = (sql: string) => env.DB.prepare(sql).run()
const upTo = (to: number) => `with recursive n(n) as (select 0 union all select n + 1 from n where n + 1 < ${to})`

/** Makes the organisation large, with SQL. */
const grow = async ({ clock }: Harness) => {
  await run(`insert into series (organisation_pk, factory_id) ${upTo(FACTORIES)} select 1, n + 10 from n`)
  await run(`insert into factories (organisation_pk, id, time_zone, series_pk, created_at)
    select 1, factory_id, 'UTC', pk, 0 from series where factory_id >= 10`)
  const reading = 'series.pk as series_pk, 60 * n as time, 1 as actual, 1 as goal from series cross join n'
  await storeReadings(`${upTo(LONG)} select ${reading} where factory_id = 10`)
  await storeReadings(`${upTo(SHORT)} select ${reading} where factory_id > 10`)
  await run(
    `insert into daily_sums (series_pk, start, readings, goal_readings) select series_pk, start - start % 86400, 1, 1 from chunks where true on conflict do nothing`,
  )
  await run(`${upTo(12_000)} insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, key_pk, request_id, commit_id)
    select 1, 1000 + n, ${clock.now()}, 'readings', 'appended', '/api/factory/10/chart-data', 1, 'x', 'c' || n from n`)
  await run(`${upTo(12_000)} insert into old_audit_log (at, organisation_pk, subject, verb, target, key_pk, request_id, commit_id)
    select ${clock.now()}, 1, 'readings', 'appended', '/api/factory/10/chart-data', 1, 'x', 'old' || n from n`)
  await run(
    `${upTo(6_000)} insert into idempotency_records (key_pk, key_hash, request_hash, commit_id, at) select 1, cast('n' || n as blob), x'00', 'c', ${clock.now()} from n`,
  )
  await run(`insert into idempotency_totals values (1, 6000, 0)`)
  await run(`${upTo(700)} insert into cache_entries (path, version, leased_until, stale_seq, published_seq)
    select '1/api/factory/' || n, 1, ${clock.now() + 3_600_000}, 0, 0 from n`)
}

const TABLES = [
  'chunks',
  'daily_sums',
  'series',
  'audit_log',
  'old_audit_log',
  'idempotency_records',
  'idempotency_totals',
  'cache_entries',
  'factories',
  'api_keys',
  'organisations',
]
const count = async (): Promise<Record<string, number>> =>
  (await env.DB.prepare(`select ${TABLES.map((name) => `(select count(*) from ${name}) as ${name}`).join(', ')}`).first())!

/**
 * Returns a D1 that loses every eighth batch, before or after running it. `seen.max` is the highest number of rows that one statement
 * changed.
 */
const createLossyD1 = () => {
  const seen = { batches: 0, lost: 0, max: 0 }
  const database = batchesThrough(async (run) => {
    const isLost = ++seen.batches % 8 === 5
    if (isLost) seen.lost++
    if (isLost && seen.lost % 2) throw new Error(LOST)
    const results = await run()
    for (const { meta } of results) seen.max = Math.max(seen.max, meta.changes)
    if (isLost) throw new Error(LOST)
    return results
  })
  return { seen, isolateAt: (harness: Harness) => newIsolate(harness.clock, { DB: database }) }
}

test('cron removes an organisation with many factories and readings in bounded steps, also if batches fail', async () => {
  const harness = await createHarness()
  await harness.otherOrganisation.post('/api/factories', { name: 'theirs', chart_data: { time: [60], sprocket_production_actual: [1] } })
  await harness.drain()
  await grow(harness)
  const deletion = await harness.admin.send('DELETE', '/api/organisation', {
    body: JSON.stringify({ confirm: 'demo' }),
    headers: { 'Content-Type': 'application/json' },
  })
  expect(deletion.status).toBe(202)
  await harness.drain()
  harness.clock.advance(120_000)

  const { seen, isolateAt } = createLossyD1()
  let runs = 0
  for (; runs < 60 && (await count()).organisations! > 1; runs++) {
    await runCron(isolateAt(harness), harness.clock.now()).catch(() => {})
    harness.clock.advance(60_000)
  }
  expect(seen.lost).toBeGreaterThan(10)
  expect(seen.max).toBeLessThanOrEqual(MAX_ROWS)
  expect(runs).toBeLessThan(40)
  expect(await count()).toMatchObject({
    chunks: 1,
    daily_sums: 1,
    series: 1,
    idempotency_records: 0,
    idempotency_totals: 0,
    cache_entries: 0,
    factories: 1,
    api_keys: 1,
    audit_log: 1,
    old_audit_log: 0,
  })
  expect((await (await harness.otherOrganisation.get('/api/factory/0')).json()) as object).toMatchObject({ factory: { name: 'theirs' } })
})

test('cron removes an organisation without failures as soon as cached identities have expired', async () => {
  const harness = await createHarness()
  await grow(harness)
  await run(`update organisations set deleted_at = ${harness.clock.now()} where pk = 1`)
  let runs = 0
  for (; runs < 20 && (await count()).organisations! > 1; runs++) {
    harness.clock.advance(60_000)
    const isolate = newIsolate(harness.clock)
    await runCron(isolate, harness.clock.now())
    if (runs === 2)
      expect(await count()).toMatchObject({
        chunks: 0,
        daily_sums: 0,
        series: 0,
        factories: 0,
        idempotency_records: 0,
      })
  }
  expect(runs).toBe(11)
})

test('purgeOrganisations begins no organisation if the invocation has no operations left for a step', async () => {
  const harness = await createHarness()
  await run(`update organisations set deleted_at = 0`)
  const isolate = newIsolate(harness.clock)
  isolate.usage.begun = isolate.config.maxOperations - 20
  expect(await purgeOrganisations(isolate)).toBe(0)
  expect(await count()).toMatchObject({ organisations: 2, factories: 3 })
  isolate.usage.begun = 0
  expect(await purgeOrganisations(isolate)).toBeGreaterThan(0)
  expect(await count()).toMatchObject({ factories: 0 })
})
