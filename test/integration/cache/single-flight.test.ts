import { beforeEach, expect, test } from 'vitest'
import { createInFlight, singleFlight } from '../../../src/cache/single-flight.ts'
import type { RequestTerms } from '../../../src/runtime/database-queue.ts'
import type { Payload } from '../../../src/cache/assemble.ts'
import { getEpochState } from '../../../src/runtime/state.ts'
import { batchesThrough, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: concurrent readers of one payload share one query.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
beforeEach(async () => {
  d1 = makeFaultyD1()
  harness = await createHarness({ DB: d1.binding })
})

const bytes = (text: string): Payload => ({ body: new TextEncoder().encode(text), etag: `"${text}"` })
const renderings = () => d1.trips.filter(({ start, sql }) => start === 'first-unconstrained' && sql.includes('"factories"')).length

test('concurrent readers of a missing payload share one query, and a later reader does not', async () => {
  const read = () => harness.anonymous.get('/api/factory/1')
  // This read caches the identity, so that it needs no query below.
  await harness.anonymous.get('/api/sprocket/1')
  const before = renderings()
  const [one, ...others] = await Promise.all(Array.from({ length: 20 }, async () => (await read()).text()))
  expect(new Set(others)).toEqual(new Set([one]))
  expect(renderings() - before).toBe(1)
  await Promise.all(['/api/factory/0', '/api/factory/2'].map((path) => harness.anonymous.get(path)))
  expect(renderings() - before).toBe(3)
  expect(getEpochState(harness.isolate, createInFlight).size).toBe(0)
})

test('concurrent readers of an absent resource share one query', async () => {
  await harness.anonymous.get('/api/sprocket/1')
  const before = renderings()
  const answers = await Promise.all(Array.from({ length: 5 }, () => harness.anonymous.get('/api/factory/9')))
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(renderings() - before).toBe(1)
})

test('a follower of a leader that fails, or was stopped, renders the payload itself', async () => {
  const waiting: Promise<unknown>[] = []
  const request: RequestTerms = { queue: 'read', pay: async () => {}, waitUntil: (work) => void waiting.push(work) }
  const run = (render: () => Promise<Payload | null>) => singleFlight({ ...harness.isolate, request }, 'x', render)
  const failing = Promise.withResolvers<Payload>()
  const leader = run(() => failing.promise)
  const follower = run(async () => bytes('own'))
  failing.reject(new Error('stopped'))
  await expect(leader).rejects.toThrow('stopped')
  expect(await follower).toEqual(bytes('own'))
  await Promise.all(waiting)

  const stopped = Promise.withResolvers<Payload>()
  void run(() => stopped.promise)
  expect(await run(async () => bytes('own'))).toEqual(bytes('own'))
  // A new reader does not wait for the leader of the stopped request, which may never end.
  const late = run(async () => bytes('late'))
  stopped.resolve(bytes('theirs'))
  expect(await late).toEqual(bytes('late'))
})

test('a reader with a bookmark does not share the query of an earlier reader, which may not contain the commit', async () => {
  const path = '/api/factory/1/time'
  const held = Promise.withResolvers<void>()
  let isHeld = false
  const database = batchesThrough(async (run) => {
    const results = await run()
    if (!isHeld) return results
    isHeld = false
    await held.promise
    return results
  })
  const reader = harness.elsewhere(newIsolate(harness.clock, { DB: database }))
  // This read caches the identity, so that the next batch renders the payload.
  await reader.viewer.get('/api/sprocket/1')
  await reader.drain()
  isHeld = true
  const early = reader.viewer.get(path)
  const write = await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
  const late = reader.viewer.get(path, { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! })
  // A follower waits for its leader for a second. If it is one, it gets the payload of the leader.
  setTimeout(held.resolve, 300)
  expect(await (await late).json()).toContain(60)
  expect(await (await early).json()).not.toContain(60)
})
