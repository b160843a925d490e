import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, expect, test } from 'vitest'
import { upsertChanges } from '../../../src/chunks/changes.ts'
import { encodeReadings } from '../../../src/chunks/encode.ts'
import type { FactoryReading } from '../../../src/chunks/encode.ts'
import { createHarness } from '../../support/harness.ts'
import { addStoredSeries, replaceHours } from '../../support/stored-series.ts'

// Promise: the totals of an upsert are the numbers of readings that it changes and adds. The audit log and the response show them.

const db = drizzle(env.DB)
const HOUR = 3_600
const START = 10 * HOUR

let [first, second, empty] = [0, 0, 0]
beforeAll(async () => {
  const { engineer } = await createHarness()
  const stored = [await addStoredSeries(engineer, 'UTC'), await addStoredSeries(engineer, 'UTC'), await addStoredSeries(engineer, 'UTC')]
  ;[first, second, empty] = stored.map(({ id }) => id) as [number, number, number]
  const readings = [60, 120, 180].map((seconds) => ({ time: START + seconds, actual: 5, goal: null, scrap: 1 }))
  for (const series of stored.slice(0, 2)) await db.batch(replaceHours(db, series, readings))
})

const totalsOf = async (...readings: FactoryReading[]) => {
  const rows = await db.values<[number, number | null, number | null, number | null, number | null, number | null, string]>(
    sql`${upsertChanges(1, encodeReadings(readings))} select changed, added, overwrites, exceeds, first, last, factories from totals`,
  )
  const [changed, added, overwrites, exceeds, from, to, factories] = rows[0]!
  const ids = (JSON.parse(factories) as number[]).toSorted((a, b) => a - b)
  return { changed, added, overwrites, exceeds, from: from && from - START, to: to && to - START, factories: ids }
}
const at = (factory: number, seconds: number, figures: Omit<FactoryReading, 'factory' | 'time'>) => ({
  factory,
  time: START + seconds,
  ...figures,
})

test('readings that equal the stored ones change nothing', async () => {
  expect(await totalsOf(at(first, 60, { actual: 5 }), at(second, 120, { scrap: 1, goal: null }))).toEqual({
    changed: 0,
    added: null,
    overwrites: null,
    exceeds: null,
    from: null,
    to: null,
    factories: [],
  })
})

test('later and other readings are counted as added, with the range of their times and their factories', async () => {
  expect(
    await totalsOf(
      at(second, 150, { actual: 1 }),
      at(first, 240, { actual: 2 }),
      at(first, 300, { actual: 2 }),
      at(empty, -2 * HOUR, { actual: 3 }),
      at(first, 3 * HOUR, { goal: 4 }),
      at(second, 180, { actual: 5 }),
    ),
  ).toEqual({ changed: 5, added: 5, overwrites: 0, exceeds: 0, from: -2 * HOUR, to: 3 * HOUR, factories: [first, second, empty] })
})

test('a correction is counted as changed, and overwrites a figure if the stored reading has another one', async () => {
  const unchanged = at(second, 60, { actual: 5 })
  const goal = at(second, 120, { goal: 7 })
  const counts = { changed: 1, added: 0, exceeds: 0, from: 120, to: 120, factories: [second] }
  expect(await totalsOf(unchanged, goal)).toEqual({ ...counts, overwrites: 0 })
  expect(await totalsOf(unchanged, at(second, 120, { actual: 6 }))).toEqual({ ...counts, overwrites: 1 })
  expect(await totalsOf(unchanged, at(second, 120, { scrap: null }))).toMatchObject({ changed: 1, overwrites: 1 })
  expect(await totalsOf(goal, at(first, 120, { actual: 6 }))).toEqual({ ...counts, changed: 2, overwrites: 1, factories: [first, second] })
})

test('a reading that would have more scrap than actual production is found, added or corrected', async () => {
  expect(await totalsOf(at(first, 120, { scrap: 5 }))).toMatchObject({ exceeds: 0 })
  expect(await totalsOf(at(first, 120, { scrap: 6 }), at(first, 60, { goal: 1 }))).toMatchObject({ exceeds: 1 })
  expect(await totalsOf(at(first, 120, { actual: 0 }))).toMatchObject({ exceeds: 1 })
  expect(await totalsOf(at(first, 500, { actual: 1, scrap: 2 }), at(second, 500, { actual: 1 }))).toMatchObject({ exceeds: 1 })
})
