import { afterEach, expect, test } from 'vitest'
import { SimulatedD1, WELL_D1 } from '../support/simulated-d1.ts'
import { SimulatedKv, WELL_KV } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { loadCode } from './code.ts'
import type { Code } from './code.ts'
import { seedDatabase, apiKeyOf, makeDeterministic } from './seed-database.ts'
import { checkInvariants } from './check-invariants.ts'
import { startIsolate } from './simulated-isolate.ts'
import { Oracle } from './oracle.ts'

// Promise: writers alone, without cron, publish a burst within the minimum put intervals, and lose no write.

let restore = () => {}
afterEach(() => restore())

const SECOND = 1_000

/** Starts four isolates at two locations. The entries of the leased paths are in KV and shown everywhere. */
const createHarness = async (code: Code, factories: number, leased: string[]) => {
  const timeline = new Timeline(1)
  const kv = new SimulatedKv(timeline, WELL_KV)
  const d1 = new SimulatedD1(timeline, WELL_D1, 'north')
  restore = makeDeterministic(timeline)
  seedDatabase(d1, factories)
  const platform = { timeline, kv, d1, variables: {} }
  const isolates = ['north', 'south', 'north', 'south'].map((location) => startIsolate(code, location, platform))
  // The first read with a key leases the entry.
  const headers = { Authorization: `Bearer ${apiKeyOf(1)}` }
  for (const path of leased) void isolates[0]!.fetch(new Request(`https://api.test${path}`, { headers }))
  await timeline.run(timeline.now + 95 * SECOND)
  kv.writes.clear()
  const statuses: number[] = []
  const append = async (factory: number, time: number) => {
    const request = new Request(`https://api.test/api/factory/${factory}/chart-data`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKeyOf(1)}` },
      body: JSON.stringify({ time, actual: time }),
    })
    statuses.push((await timeline.pick(isolates).fetch(request)).status)
  }
  /** Cron never runs, so every current entry was published by a write. */
  const findViolations = () => checkInvariants(code, kv, d1, new Oracle(code, d1), timeline.now, true)
  const countReadings = () =>
    (d1.primary.prepare('select sum(readings_0 + readings_1 + readings_2 + readings_3) as n from chunks').get() as { n: number }).n
  return { timeline, kv, append, statuses, findViolations, countReadings }
}

const code = await loadCode(`${import.meta.dirname}/../../src`)
const keyOf = (path: string) => code.paths.kvKey(`1${path}`, code.paths.PAYLOAD_VERSION)

test('publish puts each leased document of a factory once a second when 1,000 readings are appended in ten seconds', async () => {
  const paths = ['/api/factory/0', '/api/factory/0/chart-data', '/api/factory/0/time', '/api/factory/0/production-actual']
  const harness = await createHarness(code, 2, [...paths, '/api/factories', '/api/factory/1'])
  for (let n = 0; n < 1_000; n++) harness.timeline.after(n * 10, () => void harness.append(0, n + 1))
  await harness.timeline.run(harness.timeline.now + 60 * SECOND)
  expect(harness.statuses.filter((status) => status === 200)).toHaveLength(1_000)
  expect(harness.countReadings()).toBe(1_000)
  expect(harness.findViolations()).toEqual([])
  for (const path of paths) {
    const times = harness.kv.writes.get(keyOf(path))!
    // One put in ten takes up to 4 s, and a round ends with its slowest put.
    expect(times.length, path).toBeGreaterThanOrEqual(3)
    expect(times.length, path).toBeLessThanOrEqual(12)
    expect(Math.min(...times.slice(1).map((time, index) => time - times[index]!)), path).toBeGreaterThanOrEqual(SECOND)
  }
  expect(harness.kv.writes.get(keyOf('/api/factories'))!.length).toBeLessThanOrEqual(3)
  expect(harness.kv.writes.has(keyOf('/api/factory/1'))).toBe(false)
})

test('publish puts a list page once in ten seconds when 100 factories report at the same time', async () => {
  const harness = await createHarness(code, 100, ['/api/factories', '/api/factories?cursor=80'])
  for (let id = 0; id < 100; id++) harness.timeline.after(harness.timeline.between(0, SECOND), () => void harness.append(id, 60))
  await harness.timeline.run(harness.timeline.now + 60 * SECOND)
  expect(harness.statuses.filter((status) => status === 200)).toHaveLength(100)
  expect(harness.countReadings()).toBe(100)
  expect(harness.findViolations()).toEqual([])
  expect([...harness.kv.writes.keys()].toSorted()).toEqual(['/api/factories', '/api/factories?cursor=80'].map(keyOf))
  for (const [key, times] of harness.kv.writes) {
    expect(times.length, key).toBeLessThanOrEqual(2)
    if (times.length === 2) expect(times[1]! - times[0]!, key).toBeGreaterThanOrEqual(10 * SECOND)
  }
})
