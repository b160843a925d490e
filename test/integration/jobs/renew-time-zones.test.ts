import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { renewZones } from '../../../src/jobs/renew-time-zones.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { countBindings } from '../../support/counting.ts'
import { batchesThrough, LOST } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: after an upgrade, cron replaces the offsets of each time zone once, and sums the days of its factories again if they changed.

const [BERLIN, TOKYO] = ['Europe/Berlin', 'Asia/Tokyo']
let harness: Harness
/** Ids of the factories of each zone, in two organisations. */
let factories: Record<string, string[]>

beforeEach(async () => {
  harness = await createHarness()
  factories = { [BERLIN]: [], [TOKYO]: [] }
  for (const time_zone of [BERLIN, TOKYO, BERLIN, TOKYO])
    for (const [organisation, client] of [harness.engineer, harness.otherOrganisation].entries()) {
      const created = await client.post('/api/factories', {
        time_zone,
        chart_data: { time: [60, 90_000], sprocket_production_actual: [1, 2] },
      })
      factories[time_zone]!.push(`${organisation + 1} ${created.headers.get('Location')}`)
    }
  await harness.drain()
})

const run = (sql: string) => env.DB.prepare(sql).run()
const renew = () => renewZones(newIsolate(harness.clock))
const mark = (zone: string, mark: number) => run(`update time_zone_offsets set renew = ${mark} where time_zone = '${zone}'`)
const corrupt = (zone: string) => run(`update time_zone_offsets set "offset" = 900 where time_zone = '${zone}'`)
const readZones = async () =>
  (await env.DB.prepare(`select * from time_zone_offsets where time_zone <> 'UTC' order by time_zone, start`).all()).results
/** Returns the factories whose days cron has summed. */
const readSummed = async () =>
  (
    await env.DB.prepare(
      `select organisation_pk || ' ' || target as factory from audit_log where detail like '%buckets_of%' order by at, organisation_pk, commit_seq`,
    ).all<{ factory: string }>()
  ).results.map(({ factory }) => factory)

test('renewZones does nothing if no zone is marked', async () => {
  const before = await readZones()
  expect([await renew(), await readSummed(), await readZones()]).toEqual([0, [], before])
})

test('renewZones sums no factory again if the offsets of a marked zone are those of this release', async () => {
  const before = await readZones()
  await mark(BERLIN, 1)
  expect([await renew(), await readSummed(), await readZones()]).toEqual([1, [], before])
})

test.each([
  ['whose offsets have changed', 1, true],
  ['whose days are wrong in any case', -1, false],
])('renewZones sums all factories of a zone %s again, and of no other zone', async (_, renewal, isChanged) => {
  const before = await readZones()
  await mark(BERLIN, renewal)
  if (isChanged) await corrupt(BERLIN)
  // The offsets, the factories, and the end of the zone.
  expect(await renew()).toBe(1 + 4 + 1)
  expect((await readSummed()).toSorted()).toEqual(factories[BERLIN]!.toSorted())
  expect(await readZones()).toEqual(before)
  expect(await renew()).toBe(0)
})

test('renewZones renews one marked zone after the other', async () => {
  const before = await readZones()
  await mark(BERLIN, 1)
  await mark(TOKYO, -1)
  await corrupt(BERLIN)
  expect(await renew()).toBe(2 * (1 + 4 + 1))
  const summed = await readSummed()
  expect(summed.toSorted()).toEqual(Object.values(factories).flat().toSorted())
  expect(await readZones()).toEqual(before)
})

test('renewZones renews a marked zone that no factory has', async () => {
  await run(`update factories set time_zone = 'UTC'`)
  await mark(BERLIN, -1)
  expect([await renew(), await readSummed()]).toEqual([2, []])
  expect((await readZones()).filter((row) => row['renew'] !== 0)).toEqual([])
})

test('renewZones continues after the last factory that it has summed if batches fail', async () => {
  await mark(BERLIN, -1)
  const summed = async () => (await readSummed()).length
  let batches = 0
  const database = batchesThrough(async (work) => {
    // Three steps succeed: the offsets and two factories. A step of a factory is three batches.
    if (++batches > 2 + 3 + 3) throw new Error(LOST)
    return work()
  })
  await expect(renewZones(newIsolate(harness.clock, { DB: database }))).rejects.toThrow()
  const before = await summed()
  expect(before).toBe(2)
  await renew()
  expect(await summed()).toBe(4)
  expect((await readSummed()).toSorted()).toEqual(factories[BERLIN]!.toSorted())
})

test('a step of renewZones reads one factory, however many its zone has', async () => {
  const counter = countBindings(env)
  const rowsRead = async () => {
    await mark(BERLIN, -1)
    const isolate = measureIsolate(newIsolate(harness.clock, { DB: counter.env.DB }))
    isolate.usage.begun = isolate.config.maxOperations - 16 - 20
    counter.take()
    expect(await renewZones(isolate)).toBe(1)
    return counter.take().rowsRead
  }
  const few = await rowsRead()
  await run(`with recursive n(n) as (select 100 union all select n + 1 from n where n < 400)
    insert into factories (organisation_pk, id, time_zone, series_pk, created_at) select 1, n, '${BERLIN}', n, 0 from n`)
  expect(await rowsRead()).toBe(few)
})
