import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { purgeOrganisations } from '../../../src/jobs/purge-organisations.ts'
import { runCron } from '../../../src/jobs/cron.ts'
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
  await run(`insert into series (organisation, factory) ${upTo(FACTORIES)} select 1, n + 10 from n`)
  await run(`insert into factories (organisation, id, time_zone, series, created_at)
    select 1, factory, 'UTC', number, 0 from series where factory >= 10`)
  await run(`insert into calendars (series, zone) select number, 'UTC' from series where factory >= 10`)
  await run(`update series set calendar = (select number from calendars where series = series.number) where factory >= 10`)
  await run(`${upTo(LONG)} insert into readings select series.number, 60 * n, 1, 1 from series cross join n where factory = 10`)
  await run(`${upTo(SHORT)} insert into readings select series.number, 60 * n, 1, 1 from series cross join n where factory > 10`)
  await run(`insert into hours select calendar, time - time % 3600, time - time % 86400, 1, 1, 1, 1, 1
    from readings join series on number = series where factory >= 10 group by calendar, time - time % 3600`)
  await run(`insert into days select calendar, day, 1, 1, 1, 1, 1 from hours group by calendar, day on conflict do nothing`)
  await run(`${upTo(12_000)} insert into changes (at, organisation, subject, verb, target, key, request_id, commit_id)
    select ${clock.now()}, 1, 'readings', 'appended', '/api/factory/10/chart-data', 1, 'x', 'c' || n from n`)
  await run(
    `${upTo(6_000)} insert into answers (key, name, request, commit_id, at) select 1, cast('n' || n as blob), x'00', 'c', ${clock.now()} from n`,
  )
  await run(`insert into answer_totals values (1, 6000, 0)`)
  await run(`${upTo(700)} insert into copies (path, version, leased_until, stale_seq, published_seq)
    select '1/api/factory/' || n, 1, ${clock.now() + 3_600_000}, 0, 0 from n`)
}

const TABLES = [
  'readings',
  'hours',
  'days',
  'series',
  'calendars',
  'changes',
  'answers',
  'answer_totals',
  'copies',
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
    readings: 1,
    hours: 1,
    days: 1,
    series: 1,
    calendars: 1,
    answers: 0,
    answer_totals: 0,
    copies: 0,
    factories: 1,
    api_keys: 1,
  })
  expect((await (await harness.otherOrganisation.get('/api/factory/0')).json()) as object).toMatchObject({ factory: { name: 'theirs' } })
})

test('cron removes an organisation without failures as soon as cached identities have expired', async () => {
  const harness = await createHarness()
  await grow(harness)
  await run(`update organisations set deleted_at = ${harness.clock.now()} where number = 1`)
  let runs = 0
  for (; runs < 20 && (await count()).organisations! > 1; runs++) {
    harness.clock.advance(60_000)
    const isolate = newIsolate(harness.clock)
    await runCron(isolate, harness.clock.now())
    if (runs === 2)
      expect(await count()).toMatchObject({ readings: 0, hours: 0, days: 0, series: 0, calendars: 0, factories: 0, answers: 0 })
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
