import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { copyChunks } from '../../support/copied-chunks.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a response whose stops follow from too many changes of state is rejected with advice, and every preset range is sent.

const HOUR = 3_600
const DAY = 24 * HOUR
const LAST_HOUR = Date.UTC(2024, 0, 16, 6) / 1_000
const FACTORIES = [3, 4, 5, 6]
/** The readings of an hour with the most stops: 59 of a minute, with a second of production between two of them. */
const readings = Array.from({ length: 59 }, (_, stop) => LAST_HOUR + 61 * stop).flatMap((time) => [
  { time, actual: 0 },
  { time: time + 60, actual: 1 },
])

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  for (const id of FACTORIES) {
    expect((await harness.engineer.post('/api/factories', { stop_after_seconds: 60 })).headers.get('Location')).toBe(`/api/factory/${id}`)
    expect((await harness.operator.post(`/api/factory/${id}/chart-data`, { readings })).status).toBe(200)
  }
  await env.DB.prepare(copyChunks((40 * DAY) / HOUR, -HOUR, `start = ${LAST_HOUR}`)).run()
})

const rangeOf = (days: number) => `from=${LAST_HOUR - days * DAY}&to=${LAST_HOUR}`

test.each([
  `/api/factory/3/stops?${rangeOf(38)}`,
  `/api/factory/3/stops/pareto?${rangeOf(38)}`,
  `/api/factory/3/oee?resolution=day&${rangeOf(38)}`,
  `/api/stops/pareto?factories=${FACTORIES.join(',')}&${rangeOf(7)}`,
  '/api/stops/pareto',
])('GET %s is rejected, because more than 100,000 changes of state are in the range', async (path) => {
  const problem = await problemOf(await harness.viewer.get(path), 400)
  expect(problem).toMatchObject({
    errors: [{ pointer: '#/query/to', detail: 'More than 100,000 changes of state. Send a shorter range.' }],
  })
})

test.each([
  `/api/factory/3/stops?${rangeOf(30)}`,
  '/api/factory/3/oee?last=month&resolution=day',
  '/api/factory/3/shifts?last=month',
  '/api/factory/3/summary',
  `/api/stops/pareto?factories=3,4&${rangeOf(7)}`,
])('GET %s is sent, whatever the readings are', async (path) => {
  expect((await harness.viewer.get(path)).status).toBe(200)
})
