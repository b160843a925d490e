import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { copyChunks } from '../../support/copied-chunks.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the audit image of a replaced series has its 100 oldest readings, and reads only the hours that contain them.

const HOUR = 3_600
let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const readingsEvery = (seconds: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ time: n * seconds, actual: n % 7, goal: 5 }))
const addFactory = async (readings: object[]) => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  expect((await harness.operator.post(`${path}/chart-data`, { readings })).status).toBe(200)
  return path
}
const lastImages = async () => {
  const row = await env.DB.prepare('select before, after from audit_log where organisation_pk = 1 order by commit_seq desc limit 1').first<{
    before: string
    after: string
  }>()
  return [row!.before, row!.after].map((image) => (JSON.parse(image) as { time: number }[]).map(({ time }) => time))
}

test.each([
  ['an hour', 10],
  ['several hours', 90],
  ['more hours than it has readings', 3_000],
  ['hours that have 100 readings together', 72],
])('the image of a series has its 100 oldest readings, and all sent ones up to 100, if they lie in %s', async (_, seconds) => {
  const old = readingsEvery(seconds, 250)
  const path = await addFactory(old)
  const sent = readingsEvery(seconds + 1, 170)
  expect((await harness.engineer.put(`${path}/chart-data`, { readings: sent })).status).toBe(200)
  expect(await lastImages()).toEqual([old, sent].map((readings) => readings.slice(0, 100).map(({ time }) => time)))
})

test('the image of a series with fewer than 100 readings has all of them', async () => {
  const path = await addFactory(readingsEvery(60, 99))
  await harness.engineer.put(`${path}/chart-data`, { readings: [] })
  expect((await lastImages()).map(({ length }) => length)).toEqual([99, 0])
})

test('the rows of a replacement do not depend on the readings of the hours after the 100 oldest ones', async () => {
  const rowsOf = async (perHour: number) => {
    const path = await addFactory(readingsEvery(HOUR / perHour, perHour))
    const series = `(select series_pk from factories where organisation_pk = 1 and id = ${Number(path.split('/').at(-1))})`
    await env.DB.prepare(copyChunks(50, HOUR, `series_pk = ${series}`)).run()
    const counter = countBindings(env)
    const { engineer } = harness.elsewhere(newIsolate(harness.clock, counter.env))
    await engineer.get(path)
    counter.take()
    expect((await engineer.put(`${path}/chart-data`, { time: 60, actual: 1 })).status).toBe(200)
    return counter.take().rowsRead
  }
  // The second has 360 readings in its first hour, and the first has 120.
  const [few, many] = [await rowsOf(120), await rowsOf(360)]
  expect(many - few).toBeLessThan(10 * 360)
})
