import { afterAll, expect, test } from 'vitest'
import { PAYLOAD_VERSION } from '../../src/documents/path.ts'
import { SimulatedD1, WELL_D1 } from '../support/simulated-d1.ts'
import { SimulatedKv, WELL_KV } from '../support/simulated-kv.ts'
import { Timeline } from '../support/timeline.ts'
import { loadCode } from './code.ts'
import type { Code } from './code.ts'
import { seedDatabase, KEY, makeDeterministic } from './seed-database.ts'
import { inspect } from './check-invariants.ts'
import { startIsolate } from './simulated-isolate.ts'
import { Oracle } from './oracle.ts'

const given = crypto
afterAll(() => Object.defineProperty(globalThis, 'crypto', { configurable: true, value: given }))

const SECOND = 1_000

/** Four isolates in two locations, with these documents leased, in KV and seen everywhere. */
const makePlant = async (code: Code, factories: number, watched: string[]) => {
  const timeline = new Timeline(1)
  const kv = new SimulatedKv(timeline, WELL_KV)
  const d1 = new SimulatedD1(timeline, WELL_D1, 'north')
  makeDeterministic(timeline)
  seedDatabase(d1, factories)
  const surroundings = { timeline, kv, d1, variables: {} }
  const members = ['north', 'south', 'north', 'south'].map((location) => startIsolate(code, location, surroundings))
  // A reader with a key is given a lease at the first read.
  const headers = { Authorization: `Bearer ${KEY}` }
  for (const path of watched) void members[0]!.fetch(new Request(`https://api.test${path}`, { headers }))
  await timeline.run(timeline.now + 95 * SECOND)
  kv.writes.clear()
  const answers: number[] = []
  const append = async (factory: number, time: number) => {
    const request = new Request(`https://api.test/api/factory/${factory}/chart-data`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ time, actual: time }),
    })
    answers.push((await timeline.pick(members).fetch(request)).status)
  }
  /** No cron in sight: what is right in the end is so by the writers' own doing. */
  const faults = () => inspect(code, kv, d1, new Oracle(code, d1.primary), timeline.now, true)
  const countReadings = () => (d1.primary.prepare('select count(*) as n from readings').get() as { n: number }).n
  return { timeline, kv, append, answers, faults, countReadings }
}

const code = await loadCode(`${import.meta.dirname}/../../src`)

test('1,000 appends to one factory in ten seconds cost a put a second for each document that is read, lose nothing, and the last put is current', async () => {
  const own = ['/api/factory/0', '/api/factory/0/chart-data', '/api/factory/0/time', '/api/factory/0/production-actual']
  const plant = await makePlant(code, 2, [...own, '/api/factories', '/api/factory/1'])
  for (let n = 0; n < 1_000; n++) plant.timeline.after(n * 10, () => void plant.append(0, n + 1))
  await plant.timeline.run(plant.timeline.now + 60 * SECOND)
  expect(plant.answers.filter((status) => status === 200)).toHaveLength(1_000)
  expect(plant.countReadings()).toBe(1_000)
  expect(plant.faults()).toEqual([])
  for (const path of own) {
    const times = plant.kv.writes.get(`${PAYLOAD_VERSION}/1${path}`)!
    expect(times.length, path).toBeGreaterThan(4)
    expect(times.length, path).toBeLessThanOrEqual(12)
    expect(Math.min(...times.slice(1).map((time, index) => time - times[index]!)), path).toBeGreaterThanOrEqual(SECOND)
  }
  expect(plant.kv.writes.get(`${PAYLOAD_VERSION}/1/api/factories`)!.length).toBeLessThanOrEqual(3)
  expect(plant.kv.writes.has(`${PAYLOAD_VERSION}/1/api/factory/1`)).toBe(false)
})

test('100 factories that report at once cost a page of the list one put in ten seconds', async () => {
  const plant = await makePlant(code, 100, ['/api/factories', '/api/factories?cursor=80'])
  for (let id = 0; id < 100; id++) plant.timeline.after(plant.timeline.between(0, SECOND), () => void plant.append(id, 60))
  await plant.timeline.run(plant.timeline.now + 60 * SECOND)
  expect(plant.answers.filter((status) => status === 200)).toHaveLength(100)
  expect(plant.countReadings()).toBe(100)
  expect(plant.faults()).toEqual([])
  expect([...plant.kv.writes.keys()].toSorted()).toEqual([
    `${PAYLOAD_VERSION}/1/api/factories`,
    `${PAYLOAD_VERSION}/1/api/factories?cursor=80`,
  ])
  for (const [key, times] of plant.kv.writes) {
    expect(times.length, key).toBeLessThanOrEqual(2)
    if (times.length === 2) expect(times[1]! - times[0]!, key).toBeGreaterThanOrEqual(10 * SECOND)
  }
})
