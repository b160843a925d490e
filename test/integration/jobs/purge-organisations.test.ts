import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { purgeOrganisations } from '../../../src/jobs/purge-organisations.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { batchesThrough, LOST } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

/** More factories than one batch sweeps, and a series that takes several; with 1,200,000 readings it is the same in 12 ticks. */
const FACTORIES = 1_200
const LONG = 45_000
const SHORT = 20

/** Rows that one statement may have to touch; D1 gives a batch 30 s. */
const MOST_ROWS = 10_000

const run = (sql: string) => env.DB.prepare(sql).run()
const upTo = (to: number) => `with recursive n(n) as (select 0 union all select n + 1 from n where n + 1 < ${to})`

/** Has the organisation grow large, by SQL alone. */
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

/** A database that loses every eighth batch, before it did anything or after it did it all; and the most rows that one touched. */
const losing = () => {
  const seen = { batches: 0, lost: 0, most: 0 }
  const database = batchesThrough(async (go) => {
    const isLost = ++seen.batches % 8 === 5
    if (isLost) seen.lost++
    if (isLost && seen.lost % 2) throw new Error(LOST)
    const results = await go()
    for (const { meta } of results) seen.most = Math.max(seen.most, meta.changes)
    if (isLost) throw new Error(LOST)
    return results
  })
  return { seen, isolateAt: (harness: Harness) => newIsolate(harness.clock, { DB: database }) }
}

test('an organisation of many factories and readings is gone in ticks that fail half way, in bounded steps', async () => {
  const harness = await createHarness()
  await harness.otherOrganisation.post('/api/factories', { name: 'theirs', chart_data: { time: [60], sprocket_production_actual: [1] } })
  await harness.drain()
  await grow(harness)
  const ended = await harness.admin.send('DELETE', '/api/organisation', {
    body: JSON.stringify({ confirm: 'demo' }),
    headers: { 'Content-Type': 'application/json' },
  })
  expect(ended.status).toBe(202)
  await harness.drain()
  harness.clock.advance(120_000)

  const { seen, isolateAt } = losing()
  let ticks = 0
  for (; ticks < 60 && (await count()).organisations! > 1; ticks++) {
    await runCron(isolateAt(harness), harness.clock.now()).catch(() => {})
    harness.clock.advance(60_000)
  }
  expect(seen.lost).toBeGreaterThan(10)
  expect(seen.most).toBeLessThanOrEqual(MOST_ROWS)
  expect(ticks).toBeLessThan(40)
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

test('without failures it takes the minutes that caches are given, and no more', async () => {
  const harness = await createHarness()
  await grow(harness)
  await run(`update organisations set deleted_at = ${harness.clock.now()} where number = 1`)
  let ticks = 0
  for (; ticks < 20 && (await count()).organisations! > 1; ticks++) {
    harness.clock.advance(60_000)
    const isolate = newIsolate(harness.clock)
    await runCron(isolate, harness.clock.now())
    if (ticks === 2)
      expect(await count()).toMatchObject({ readings: 0, hours: 0, days: 0, series: 0, calendars: 0, factories: 0, answers: 0 })
  }
  expect(ticks).toBe(11)
})

test('purgeOrganisations begins no organisation when the invocation has no operations left for a step', async () => {
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
