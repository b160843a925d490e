// Promise: with PLAN = "free", three factories and one dashboard around the clock stay within the free plan's daily limits.
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness } from '../../support/harness.ts'

/** https://developers.cloudflare.com/workers/platform/pricing/, d1/platform/pricing/ and kv/platform/pricing/ */
const DAILY = { requests: 100_000, rowsRead: 5_000_000, rowsWritten: 100_000, kvReads: 100_000, kvPuts: 1_000 }
/** Simulated hours. `FREE_HOURS=24` simulates a whole day. */
const HOURS = Number(env.FREE_HOURS)
const DAY_HOURS = 24

test(`${HOURS} hours of three factories that report every minute and a dashboard that polls every 15 s use their share of the free plan`, async () => {
  const counter = countBindings(env)
  const harness = await createHarness({ ...counter.env, PLAN: 'free' })
  const start = Math.floor(harness.clock.now() / 60_000) * 60
  // A series of some days, so that each payload has its full length.
  for (const factory of [0, 1, 2]) {
    const readings = Array.from({ length: 1_500 }, (_, n) => ({ time: start - 60 * (1_500 - n), actual: 30, goal: 31 }))
    await harness.operator.post(`/api/factory/${factory}/chart-data`, { readings })
  }
  await harness.drain()
  counter.take()
  let requests = 0
  const watched = [
    '/api/summary',
    ...[0, 1, 2].map((id) => `/api/factory/${id}/summary`),
    '/api/factory/0/profile',
    '/api/factory/0/chart-data',
  ]
  let stalest = 0
  for (let minute = 0; minute < HOURS * 60; minute++) {
    await runCron(harness.isolate, harness.clock.now())
    requests += 1
    for (const factory of [0, 1, 2]) {
      requests += 1
      const time = start + 60 * minute
      const response = await harness.operator.post(`/api/factory/${factory}/chart-data`, { time, actual: minute % 40, goal: 31 })
      expect(response.status).toBe(200)
    }
    for (let quarter = 0; quarter < 4; quarter++) {
      for (const path of watched) {
        requests += 1
        const response = await harness.viewer.get(path)
        expect(response.status).toBe(200)
        if (path === '/api/summary') {
          const [first] = (await response.json<{ factories: { latest: { time: number } }[] }>()).factories
          stalest = Math.max(stalest, start + 60 * minute - first!.latest.time)
        }
      }
      await harness.drain()
      harness.clock.advance(15_000)
    }
  }
  const used = counter.take()
  const day = (count: number) => (count * DAY_HOURS) / HOURS
  const usage = { requests, rowsRead: used.rowsRead, rowsWritten: used.rowsWritten, kvReads: used.kvReads, kvPuts: used.kvPuts }
  console.log(Object.fromEntries(Object.entries(usage).map(([name, count]) => [name, Math.round(day(count))])), { stalest })
  for (const [name, count] of Object.entries(usage)) expect(day(count), name).toBeLessThanOrEqual(DAILY[name as keyof typeof DAILY])
  expect(used.kvDeletes + used.kvLists).toBeLessThanOrEqual((DAILY.kvPuts * HOURS) / DAY_HOURS)
  // A quarter of an hour until the put is due, a minute until cron makes it, two minutes in memory and in KV.
  expect(stalest).toBeLessThanOrEqual(900 + 60 + 120)
})
