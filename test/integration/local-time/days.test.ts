import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { storedDays } from '../../support/chunks.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { bucketsIn, bucketSums, summaryOf } from '../../support/summary-model.ts'

// Promise: the sums of days are in the time zone of the factory at all times, also right after it moves to another one.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const START = 1_600_000_000
/** Readings every ten minutes in 83 days. */
const readings = Array.from({ length: 12_000 }, (_, n) => ({ time: START + n * 600, actual: n % 40, goal: 30 }))
const more = { time: START + 12_000 * 600, actual: 7, goal: 8 }
const late = { time: START + 600, actual: 99, goal: 1 }

const addFactory = async (initial: typeof readings, timeZone = 'UTC') => {
  const created = await harness.engineer.post('/api/factories', { time_zone: timeZone })
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < initial.length; n += 5_000)
    await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: initial.slice(n, n + 5_000) })
  return id
}
const count = (table: string) => env.DB.prepare(`select count(*) as n from ${table}`).first<number>('n')
const summary = async (id: number) => {
  await harness.drain()
  return (await harness.elsewhere(newIsolate(harness.clock)).viewer.get(`/api/factory/${id}/summary`)).json()
}
const runCronOnce = async () => {
  harness.clock.advance(60_000)
  return runCron(harness.isolate, harness.clock.now())
}

/** Returns the days of a zone without the newest one, which needs no row. */
const olderDays = (all: typeof readings, zone: string) => bucketSums(all, bucketsIn(zone).dayOf).slice(0, -1)

test('a factory that moves to another zone shows its days there at once, and writes update them', async () => {
  const id = await addFactory(readings)
  expect(await storedDays(id)).toEqual(olderDays(readings, 'UTC'))
  for (const zone of ['Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kathmandu']) {
    await harness.engineer.patch(`/api/factory/${id}`, { time_zone: zone })
    expect(await storedDays(id), zone).toEqual(olderDays(readings, zone))
    expect(await summary(id), zone).toEqual(summaryOf({ id, name: null }, zone, readings))
  }
  for (const reading of [more, late]) await harness.operator.post(`/api/factory/${id}/chart-data`, reading)
  const present = [readings[0]!, late, ...readings.slice(2), more]
  expect(await storedDays(id)).toEqual(olderDays(present, 'Asia/Kathmandu'))
})

test('the newest day gets its sums when one write adds earlier and several later days', async () => {
  const onDay = (day: number) => ({ time: day * 86_400 + 50_000, actual: day, goal: 1 })
  const id = await addFactory([onDay(5)])
  const days = [1, 7, 9, 10].map(onDay)
  await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: days })
  expect(await storedDays(id)).toEqual(olderDays([days[0]!, onDay(5), ...days.slice(1)], 'UTC'))
})

test('a change of the name, or of the zone to itself, writes no day', async () => {
  const id = await addFactory(readings.slice(0, 1_000))
  await env.DB.prepare('update daily_sums set actual = -1').run()
  const marked = await storedDays(id)
  await harness.engineer.patch(`/api/factory/${id}`, { time_zone: 'UTC', name: 'North' })
  expect(await storedDays(id)).toEqual(marked)
})

test('an append to the newest day writes no day, and the first reading of the next day stores the sums of that day', async () => {
  const id = await addFactory([])
  const midnight = START - (START % 86_400)
  for (const time of [midnight, midnight + 7_200, midnight + 3_600])
    await harness.operator.post(`/api/factory/${id}/chart-data`, { time, actual: 1, goal: 2 })
  expect(await storedDays(id)).toEqual([])
  await harness.operator.post(`/api/factory/${id}/chart-data`, { time: midnight + 86_400, actual: 1 })
  expect(await storedDays(id)).toEqual([{ start: midnight, actual: 3, goal: 6, compared: 3, readings: 3, goal_readings: 3 }])
})

test('the days of a zone whose rules have changed are summed again by cron, and no others', async () => {
  const zone = 'Africa/Monrovia'
  const old = Array.from({ length: 40 }, (_, n) => ({ time: 60_000_000 + n * 10_000, actual: n, goal: 3 }))
  const right = await addFactory(old, zone)
  const days = await storedDays(right)
  expect(days).toHaveLength(4)
  // The rows of an earlier release: one offset period for all of the past, and an offset with the wrong sign.
  await env.DB.batch(
    [
      `delete from time_zone_offsets where time_zone = '${zone}'`,
      `insert into time_zone_offsets (time_zone, start, until, "offset", day, next_day, aligned_from) values
        ('${zone}', -9007199254740991, 63593070, 2670, -9007199254740991, -9007199254740991, 63593070),
        ('${zone}', 63593070, 9007199254740991, 0, 63587730, 63676800, 63593070)`,
      `update time_zone_offsets set renew = 1 where time_zone in ('${zone}', 'UTC')`,
    ].map((text) => env.DB.prepare(text)),
  )
  const wrong = [await addFactory(old, zone), await addFactory(old, zone)]
  const unchanged = await addFactory(readings.slice(0, 500))
  await env.DB.prepare(
    `update daily_sums set actual = -1 where series_pk = (select series_pk from factories where id = ? and organisation_pk = 1)`,
  )
    .bind(unchanged)
    .run()
  const marked = await storedDays(unchanged)
  expect(await storedDays(wrong[0]!)).not.toEqual(days)
  expect(await runCronOnce()).toMatchObject({ renew: 6 })
  for (const id of [right, ...wrong]) expect(await storedDays(id)).toEqual(days)
  expect(await storedDays(unchanged)).toEqual(marked)
  expect(await runCronOnce()).toMatchObject({ renew: 0 })
  const { results } = await env.DB.prepare('select count(*) as n, max(abs(renew)) as renew from time_zone_offsets where time_zone = ?')
    .bind(zone)
    .all()
  expect(results).toEqual([{ n: 3, renew: 0 }])
})

test('chunks and days are deleted with their factory, and with a replaced series', async () => {
  const before = [await count('chunks'), await count('daily_sums'), await count('series')]
  const id = await addFactory(readings)
  await harness.engineer.put(`/api/factory/${id}/chart-data`, { readings: readings.slice(0, 200) })
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', readings.slice(0, 200)))
  await harness.engineer.delete(`/api/factory/${id}`)
  for (let n = 0; n < 3; n++) await runCronOnce()
  expect([await count('chunks'), await count('daily_sums'), await count('series')]).toEqual(before)
})
