import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, expect, test } from 'vitest'
import { rebuildDays, updateDays } from '../../../src/local-time/days.ts'
import { storedDays } from '../../support/chunks.ts'
import { createHarness } from '../../support/harness.ts'
import { makeRandom } from '../../support/random.ts'
import { addStoredSeries, replaceHours } from '../../support/stored-series.ts'
import type { StoredSeries } from '../../support/stored-series.ts'
import { bucketsIn, bucketSums } from '../../support/summary-model.ts'

// Promise: after any change of the chunks of several series, each day before the newest one has the sums of its readings, and no other
// day has a row.

const db = drizzle(env.DB)
/** A zone, and a time around which its series have readings: changes of the clock within an hour, at midnight and by a day. */
const PLACES: [zone: string, time: string][] = [
  ['UTC', '2024-05-02T00:00:00Z'],
  // Another series with the same days.
  ['UTC', '2024-05-02T00:00:00Z'],
  ['Asia/Kolkata', '2024-05-01T18:30:00Z'],
  ['Europe/Berlin', '2024-10-27T01:00:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['Australia/Lord_Howe', '2024-04-06T15:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
]
type Reading = { time: number; actual: number | null; goal: number | null }

let series: StoredSeries[]
beforeAll(async () => {
  const { engineer } = await createHarness()
  series = []
  for (const [zone] of PLACES) series.push(await addStoredSeries(engineer, zone))
})

const dayOf = new Map(PLACES.map(([zone]) => [zone, bucketsIn(zone).dayOf]))
const olderDays = (readings: Reading[], zone: string) => bucketSums(readings, dayOf.get(zone)!).slice(0, -1)
const hourOf = (time: number) => Math.floor(time / 3_600) * 3_600

/** Readings of each series, by their time. */
const createReadings = (random: ReturnType<typeof makeRandom>, time: string, count: number): Reading[] =>
  Array.from({ length: count }, () => ({
    time:
      Date.parse(time) / 1000 +
      random.pick([-172_800, -90_000, -86_400, -7_200, -1_800, -900, 0, 900, 3_600, 50_000, 86_400]) +
      random.pick([-1, 0, 1, 899]),
    actual: random.pick([null, 0, 1, 40]),
    goal: random.pick([null, 30]),
  }))
const merge = (...lists: Reading[][]) =>
  [...new Map(lists.flat().map((reading) => [reading.time, reading])).values()].toSorted((a, b) => a.time - b.time)

test('updateDays sums the days of several series again after readings were added, corrected and removed', async () => {
  const random = makeRandom(11)
  const stored = new Map<StoredSeries, Reading[]>(series.map((each) => [each, []]))
  for (let round = 0; round < 40; round++) {
    const removes = round % 2 === 1
    const changes = series
      .filter((_, index) => random.below(3) > 0 || index === round % series.length)
      .map((each) => {
        const before = stored.get(each)!
        const kept = removes ? before.filter(() => random.below(2) > 0) : before
        const added = createReadings(random, PLACES[series.indexOf(each)]![1], removes ? 0 : 1 + random.below(3))
        const after = merge(kept, added)
        stored.set(each, after)
        const isSame = ({ time, actual, goal }: Reading, list: Reading[]) =>
          list.some((other) => other.time === time && other.actual === actual && other.goal === goal)
        const different = [...before.filter((one) => !isSame(one, after)), ...after.filter((one) => !isSame(one, before))]
        return { each, after, hours: [...new Set(different.map(({ time }) => hourOf(time)))] }
      })
    const touched = changes.flatMap(({ each, hours }) => hours.map((start) => [each.pk, each.timeZone, start]))
    const table = sql`(select value ->> 0 as series_pk, value ->> 1 as time_zone, value ->> 2 as start from json_each(${JSON.stringify(touched)}))`
    const [first, ...others] = changes.flatMap(({ each, after, hours }) => replaceHours(db, each, after, hours))
    await db.batch([first!, ...others, ...updateDays(db, table, removes)])
    for (const { each } of changes)
      expect(await storedDays(each.id), `round ${round}: ${each.timeZone}`).toEqual(olderDays(stored.get(each)!, each.timeZone))
  }
})

test('rebuildDays sums the days of some series again, and of no others', async () => {
  const random = makeRandom(5)
  const readings = PLACES.map(([, time]) => merge(createReadings(random, time, 12)))
  const [first, ...others] = series.flatMap((each, index) => replaceHours(db, each, readings[index]!))
  await db.batch([first!, ...others])
  await env.DB.prepare('update daily_sums set actual = -1').run()
  const marked = await storedDays(series[0]!.id)
  const rebuilt = JSON.stringify(series.slice(1).map(({ pk, timeZone }) => [pk, timeZone]))
  const [remove, ...inserts] = rebuildDays(db, sql`(select value ->> 0 as series_pk, value ->> 1 as time_zone from json_each(${rebuilt}))`)
  await db.batch([remove!, ...inserts])
  expect(await storedDays(series[0]!.id)).toEqual(marked)
  for (const [index, each] of series.entries())
    if (index > 0) expect(await storedDays(each.id), each.timeZone).toEqual(olderDays(readings[index]!, each.timeZone))
})
