import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { tick } from '../../src/cron.ts'
import { storedBuckets } from '../support/buckets.ts'
import { makeWorld, newIsolate } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { bucketsIn, bucketSums, summaryOf } from './summary-model.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const START = 1_600_000_000
/** Readings every ten minutes: more than one step sums up. */
const readings = Array.from({ length: 12_000 }, (_, n) => ({ time: START + n * 600, actual: n % 40, goal: 30 }))
const more = { time: START + 12_000 * 600, actual: 7, goal: 8 }
const late = { time: START + 600, actual: 99, goal: 1 }

const addFactory = async (given = readings) => {
  const created = await world.engineer.post('/api/factories', { time_zone: 'UTC' })
  const { id } = ((await created.json()) as { factory: { id: number } }).factory
  for (let n = 0; n < given.length; n += 5_000)
    await world.operator.post(`/api/factory/${id}/chart-data`, { readings: given.slice(n, n + 5_000) })
  return id
}
const calendarsOf = async (id: number) =>
  (
    await env.DB.prepare(
      `select zone, built_until is null as built, c.dropped_at is not null as dropped, c.number = s.calendar as shown from calendars c
       join series s on s.number = c.series join factories f on f.series = s.number where f.organisation = 1 and f.id = ? order by c.number`,
    )
      .bind(id)
      .all()
  ).results
const count = (table: string) => env.DB.prepare(`select count(*) as n from ${table}`).first<number>('n')
const summary = async (id: number) => {
  await world.settle()
  return (await world.elsewhere(newIsolate(world.clock)).viewer.get(`/api/factory/${id}/summary`)).json()
}
const runTick = async () => {
  world.clock.advance(60_000)
  return tick(world.isolate, world.clock.now())
}

test('a long series that moves is shown in its old zone until the new hours are whole, and writes keep both', async () => {
  const id = await addFactory()
  await summary(id)
  await world.engineer.patch(`/api/factory/${id}`, { time_zone: 'Asia/Kolkata' })
  expect(await (await world.viewer.get(`/api/factory/${id}/profile`)).json()).toMatchObject({ time_zone: 'Asia/Kolkata' })
  expect(await calendarsOf(id)).toMatchObject([
    { zone: 'UTC', built: 1, dropped: 0, shown: 1 },
    { zone: 'Asia/Kolkata', built: 0, dropped: 0, shown: 0 },
  ])
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', readings))
  for (const reading of [more, late]) await world.operator.post(`/api/factory/${id}/chart-data`, reading)
  const present = [readings[0]!, late, ...readings.slice(2), more]
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', present))
  await runTick()
  expect(await calendarsOf(id)).toMatchObject([{ zone: 'Asia/Kolkata', built: 1, dropped: 0, shown: 1 }])
  const { hourOf, dayOf } = bucketsIn('Asia/Kolkata')
  expect(await storedBuckets(id, 'hours')).toEqual(bucketSums(present, hourOf))
  expect(await storedBuckets(id, 'days')).toEqual(bucketSums(present, dayOf))
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'Asia/Kolkata', present))
  const { results } = await env.DB.prepare('select distinct calendar from hours where calendar not in (select calendar from series)').all()
  expect(results).toEqual([])
})

test('a series that moves and thinks better of it stays as it was', async () => {
  const id = await addFactory()
  const before = await storedBuckets(id, 'hours')
  for (const time_zone of ['Asia/Kolkata', 'Asia/Kathmandu', null]) await world.engineer.patch(`/api/factory/${id}`, { time_zone })
  expect(await calendarsOf(id)).toMatchObject([
    { zone: 'UTC', dropped: 0, shown: 1 },
    { zone: 'Asia/Kolkata', dropped: 1 },
    { zone: 'Asia/Kathmandu', dropped: 1 },
  ])
  await runTick()
  expect(await calendarsOf(id)).toMatchObject([{ zone: 'UTC', shown: 1 }])
  expect(await storedBuckets(id, 'hours')).toEqual(before)
})

test('a short series moves at once', async () => {
  const id = await addFactory(readings.slice(0, 300))
  await world.engineer.patch(`/api/factory/${id}`, { time_zone: 'Asia/Kolkata', name: 'North' })
  expect(await summary(id)).toEqual(summaryOf({ id, name: 'North' }, 'Asia/Kolkata', readings.slice(0, 300)))
})

test('a series from before there were calendars gets its own from cron, and until then from what is written', async () => {
  const id = await addFactory(readings.slice(0, 300))
  await world.engineer.patch(`/api/factory/${id}`, { time_zone: 'Australia/Lord_Howe' })
  const { hourOf } = bucketsIn('Australia/Lord_Howe')
  const expected = bucketSums(readings.slice(0, 300), hourOf)
  await env.DB.batch(
    [
      `delete from calendars where series = (select series from factories where id = ${id} and organisation = 1)`,
      `delete from zone_offsets where zone = 'Australia/Lord_Howe'`,
      `update series set calendar = null, latest_time = null where factory = ${id} and organisation = 1`,
      `insert into calendars (series, zone, built_until) select series, time_zone, -9007199254740991 from factories where id = ${id} and organisation = 1`,
    ].map((text) => env.DB.prepare(text)),
  )
  await runTick()
  expect(await storedBuckets(id, 'hours')).toEqual(expected)
  await world.operator.post(`/api/factory/${id}/chart-data`, more)
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'Australia/Lord_Howe', [...readings.slice(0, 300), more]))
})

test('hours and days go with their factory, and with a series that is replaced', async () => {
  const before = [await count('hours'), await count('days'), await count('calendars')]
  const id = await addFactory()
  await world.engineer.put(`/api/factory/${id}/chart-data`, { readings: readings.slice(0, 10) })
  expect(await summary(id)).toEqual(summaryOf({ id, name: null }, 'UTC', readings.slice(0, 10)))
  await world.engineer.delete(`/api/factory/${id}`)
  for (let n = 0; n < 3; n++) await runTick()
  expect([await count('hours'), await count('days'), await count('calendars')]).toEqual(before)
})
