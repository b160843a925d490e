import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { isCommit, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: an upsert of readings is applied to all its factories or to none, and the audit log shows the figures that it overwrote.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  harness = await createHarness({ DB: d1.binding })
})

interface Reading {
  factory: number
  time: number
  actual?: number
}
const post = (readings: Reading[]) => harness.operator.post('/api/readings', { readings })
const readEntry = async () => {
  const { entries } = await (
    await harness.admin.get('/api/audit-log?limit=1')
  ).json<{ entries: [{ verb: string; before: Reading[]; after: Reading[] }] }>()
  return entries[0]
}
const placesOf = (readings: Reading[]) => readings.map(({ factory, time }) => [factory, time])
/** Readings of two hours of each factory, in the opposite order. */
const readingsOf = (factories: number[], perHour: number, actual: number) =>
  factories
    .toSorted((a, b) => b - a)
    .flatMap((factory) =>
      [3_600, 0].flatMap((hour) => Array.from({ length: perHour }, (_, n) => ({ factory, time: hour + 60 * (perHour - n), actual }))),
    )

test('the images of a correction contain the first 100 readings in order of factory and time', async () => {
  const first = readingsOf([1, 2], 30, 1)
  expect((await post(first)).status).toBe(200)
  expect((await post(readingsOf([1, 2], 30, 2))).status).toBe(200)
  const { verb, before, after } = await readEntry()
  const places = placesOf(first).toSorted(([a, at], [b, bt]) => a! - b! || at! - bt!)
  expect([verb, placesOf(before), placesOf(after)]).toEqual(['corrected', places.slice(0, 100), places.slice(0, 100)])
  expect([new Set(before.map(({ actual }) => actual)), new Set(after.map(({ actual }) => actual))]).toEqual([new Set([1]), new Set([2])])
})

test('the images of a replacement contain the first 100 readings', async () => {
  const at = (start: number) => Array.from({ length: 150 }, (_, n) => ({ time: start + 3_600 * (149 - n), actual: 1 }))
  for (const start of [0, 60]) await harness.engineer.put('/api/factory/1/chart-data', { readings: at(start) })
  const { before, after } = await readEntry()
  const times = (start: number) => Array.from({ length: 100 }, (_, n) => start + 3_600 * n)
  expect([before.map(({ time }) => time), after.map(({ time }) => time)]).toEqual([times(0), times(60)])
})

test('POST /api/readings returns the newest readings in order of their factories', async () => {
  await post([1, 2].map((factory) => ({ factory, time: 1_700_000_000, actual: 1 })))
  const inOrder = [2, 1].map((factory) => ({ factory, time: 1_700_000_060, actual: 1 }))
  for (const readings of [inOrder, inOrder]) {
    const { latest } = await (await post(readings)).json<{ latest: Reading[] }>()
    expect(placesOf(latest)).toEqual([
      [1, 1_700_000_060],
      [2, 1_700_000_060],
    ])
  }
})

test('readings of several factories are rejected together if one of them is deleted during the request', async () => {
  const readings = [1, 2].map((factory) => ({ factory, time: 60, actual: 1 }))
  d1.decide = async (trip) => {
    if (isCommit(trip)) await env.DB.prepare('delete from factories where organisation_pk = 1 and id = 2').run()
    return undefined
  }
  expect((await problemOf(await post(readings), 409)).detail).toContain('was deleted during the request')
  expect((await harness.viewer.get('/api/factory/1/chart-data/60')).status).toBe(404)
})

test('PUT of a series drops the replaced series and no other', async () => {
  const readSeries = async () => env.DB.prepare('select series_pk from factories where organisation_pk = 1 and id = 1').first('series_pk')
  const replaced = await readSeries()
  expect((await harness.engineer.put('/api/factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(200)
  const { results } = await env.DB.prepare('select pk, dropped_at from series where dropped_at is not null').all()
  expect(results).toEqual([{ pk: replaced, dropped_at: harness.clock.now() }])
  expect(await readSeries()).not.toBe(replaced)
})
