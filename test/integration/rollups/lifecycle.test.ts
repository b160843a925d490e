import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { storedBuckets } from '../../support/buckets.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { bucketsIn, bucketSums, summaryOf } from '../../support/summary-model.ts'

// Promise: a factory that moves to another time zone shows its former rollup until the new one is complete, and no sum
// is ever wrong.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const START = 1_600_000_000
/** Readings every ten minutes, more than one step sums up. */
const readings = Array.from({ length: 12_000 }, (_, n) => ({ time: START + n * 600, actual: n % 40, goal: 30 }))
const more = { time: START + 12_000 * 600, actual: 7, goal: 8 }
const late = { time: START + 600, actual: 99, goal: 1 }

const addFactory = async (initial = readings) => {
  const created = await harness.engineer.post('/api/factories', { time_zone: 'UTC' })
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < initial.length; n += 5_000)
    await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: initial.slice(n, n + 5_000) })
  return id
}
const rollupsOf = async (id: number) =>
  (
    await env.DB.prepare(
      `select c.time_zone, built_until is null as built, c.dropped_at is not null as dropped, c.pk = s.rollup_pk as shown from rollups c
       join series s on s.pk = c.series_pk join factories f on f.series_pk = s.pk where f.organisation_pk = 1 and f.id = ? order by c.pk`,
    )
      .bind(id)
      .all()
  ).results
const count = (table: string) => env.DB.prepare(`select count(*) as n from ${table}`).first<number>('n')
const summary = async (id: number) => {
  await harness.drain()
  return (await harness.elsewhere(newIsolate(harness.clock)).viewer.get(`/api/factory/${id}/summary`)).json()
}
const runCronOnce = async () => {
  harness.clock.advance(60_000)
  return runCron(harness.isolate, harness.clock.now())
}

test('a long series in a new zone shows its former rollup until the new one is complete, and writes update both', async () => {
  const id = await addFactory()
  await summary(id)
  await harness.engineer.patch(`/api/factory/${id}`, { time_zone: 'Asia/Kolkata' })
  expect(await (await harness.viewer.get(`/api/factory/${id}/profile`)).json()).toMatchObject({ time_zone: 'Asia/Kolkata' })
  expect(await rollupsOf(id)).toMatchObject([
    { time_zone: 'UTC', built: 1, dropped: 0, shown: 1 },
    { time_zone: 'Asia/Kolkata', built: 0, dropped: 0, shown: 0 },
  ])
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', readings))
  for (const reading of [more, late]) await harness.operator.post(`/api/factory/${id}/chart-data`, reading)
  const present = [readings[0]!, late, ...readings.slice(2), more]
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', present))
  await runCronOnce()
  expect(await rollupsOf(id)).toMatchObject([{ time_zone: 'Asia/Kolkata', built: 1, dropped: 0, shown: 1 }])
  const { hourOf, dayOf } = bucketsIn('Asia/Kolkata')
  expect(await storedBuckets(id, 'hourly_rollups')).toEqual(bucketSums(present, hourOf))
  expect(await storedBuckets(id, 'daily_rollups')).toEqual(bucketSums(present, dayOf))
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'Asia/Kolkata', present))
  const { results } = await env.DB.prepare(
    'select distinct rollup_pk from hourly_rollups where rollup_pk not in (select rollup_pk from series)',
  ).all()
  expect(results).toEqual([])
})

test('a series that moves back before its new rollup is complete keeps its former rollup', async () => {
  const id = await addFactory()
  const before = await storedBuckets(id, 'hourly_rollups')
  for (const time_zone of ['Asia/Kolkata', 'Asia/Kathmandu', null]) await harness.engineer.patch(`/api/factory/${id}`, { time_zone })
  expect(await rollupsOf(id)).toMatchObject([
    { time_zone: 'UTC', dropped: 0, shown: 1 },
    { time_zone: 'Asia/Kolkata', dropped: 1 },
    { time_zone: 'Asia/Kathmandu', dropped: 1 },
  ])
  await runCronOnce()
  expect(await rollupsOf(id)).toMatchObject([{ time_zone: 'UTC', shown: 1 }])
  expect(await storedBuckets(id, 'hourly_rollups')).toEqual(before)
})

test('a short series gets its new rollup in the transaction of the move', async () => {
  const id = await addFactory(readings.slice(0, 300))
  await harness.engineer.patch(`/api/factory/${id}`, { time_zone: 'Asia/Kolkata', name: 'North' })
  expect(await summary(id)).toEqual(summaryOf({ id, name: 'North' }, 'Asia/Kolkata', readings.slice(0, 300)))
})

test('a series from before rollups existed gets its rollup from cron, and writes extend it', async () => {
  const id = await addFactory(readings.slice(0, 300))
  await harness.engineer.patch(`/api/factory/${id}`, { time_zone: 'Australia/Lord_Howe' })
  const { hourOf } = bucketsIn('Australia/Lord_Howe')
  const expected = bucketSums(readings.slice(0, 300), hourOf)
  await env.DB.batch(
    [
      `delete from rollups where series_pk = (select series_pk from factories where id = ${id} and organisation_pk = 1)`,
      `delete from time_zone_offsets where time_zone = 'Australia/Lord_Howe'`,
      `update series set rollup_pk = null, latest_time = null where factory_id = ${id} and organisation_pk = 1`,
      `insert into rollups (series_pk, time_zone, built_until) select series_pk, time_zone, -9007199254740991 from factories where id = ${id} and organisation_pk = 1`,
    ].map((text) => env.DB.prepare(text)),
  )
  await runCronOnce()
  expect(await storedBuckets(id, 'hourly_rollups')).toEqual(expected)
  await harness.operator.post(`/api/factory/${id}/chart-data`, more)
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'Australia/Lord_Howe', [...readings.slice(0, 300), more]))
})

test('a zone that an earlier release stored is renewed, and rollups that differ are rebuilt while the former ones are shown', async () => {
  const zone = 'Africa/Monrovia'
  const old = Array.from({ length: 40 }, (_, n) => ({ time: 60_000_000 + n * 1_000, actual: n, goal: 3 }))
  const createOldFactory = async (initial: typeof old) => {
    const created = await harness.engineer.post('/api/factories', { time_zone: zone })
    const { id } = ((await created.json()) as { factory: { id: number } }).factory
    await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: initial })
    return id
  }
  const right = await createOldFactory(old)
  const [hours, days] = [await storedBuckets(right, 'hourly_rollups'), await storedBuckets(right, 'daily_rollups')]
  // The rows of an earlier release: one offset period for all of the past, and an offset with the wrong sign.
  await env.DB.batch(
    [
      `delete from time_zone_offsets where time_zone = '${zone}'`,
      `insert into time_zone_offsets (time_zone, start, until, "offset", day, next_day) values
        ('${zone}', -9007199254740991, 63593070, 2670, -9007199254740991, -9007199254740991),
        ('${zone}', 63593070, 9007199254740991, 0, 63587730, 63676800)`,
    ].map((text) => env.DB.prepare(text)),
  )
  const [wrong, same] = [await createOldFactory(old), await createOldFactory(readings.slice(0, 50))]
  expect(await storedBuckets(wrong, 'hourly_rollups')).not.toEqual(hours)
  const [before, unchanged] = [await rollupsOf(wrong), await env.DB.prepare('select max(pk) as n from rollups').first('n')]
  expect(before).toMatchObject([{ time_zone: zone, shown: 1 }])
  await runCronOnce()
  await runCronOnce()
  for (const id of [wrong, right]) {
    expect([await storedBuckets(id, 'hourly_rollups'), await storedBuckets(id, 'daily_rollups')]).toEqual([hours, days])
    expect(await rollupsOf(id)).toMatchObject([{ time_zone: zone, built: 1, dropped: 0, shown: 1 }])
  }
  const shown = 'select rollup_pk as n from series where pk = (select series_pk from factories where organisation_pk = 1 and id = ?)'
  expect(await env.DB.prepare(shown).bind(same).first('n')).toBe(unchanged)
  const { results } = await env.DB.prepare('select count(*) as n, sum(renew) as renew from time_zone_offsets where time_zone = ?')
    .bind(zone)
    .all()
  expect(results).toEqual([{ n: 3, renew: 0 }])
})

test('rollups are deleted with their factory, and with a replaced series', async () => {
  const before = [await count('hourly_rollups'), await count('daily_rollups'), await count('rollups')]
  const id = await addFactory()
  await harness.engineer.put(`/api/factory/${id}/chart-data`, { readings: readings.slice(0, 10) })
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', readings.slice(0, 10)))
  await harness.engineer.delete(`/api/factory/${id}`)
  for (let n = 0; n < 3; n++) await runCronOnce()
  expect([await count('hourly_rollups'), await count('daily_rollups'), await count('rollups')]).toEqual(before)
})
