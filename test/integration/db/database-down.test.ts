import { afterEach, beforeEach, expect, test } from 'vitest'
import { latestBookmark } from '../../../src/db/client.ts'
import { countTaken, PLACES } from '../../../src/db/pending-queries.ts'
import type { Queue } from '../../../src/runtime/database-queue.ts'
import { isCommit, LOST, makeFaultyD1, makeFaultyKv, OVERLOADED } from '../../support/fault-injection.ts'
import type { Trip } from '../../support/fault-injection.ts'
import { addKey, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { takePlaces } from '../../support/take-places.ts'

// Promise: while D1 or KV fails, reads use the other one or get 503, and a write is applied once, rejected, or reported
// as unknown.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
let kv: ReturnType<typeof makeFaultyKv>
beforeEach(async () => {
  d1 = makeFaultyD1()
  kv = makeFaultyKv()
  harness = await createHarness({ DB: d1.binding, CACHE: kv.binding })
  await harness.viewer.get('/api/factory/1')
  await harness.anonymous.get('/api/factory/1')
  await harness.drain()
})

afterEach(async () => {
  d1.decide = () => undefined
  kv.reads = 'none'
  kv.writes = 'none'
  await harness.drain()
})

const down = () => {
  d1.decide = () => ({ before: LOST })
}
const chart = '/api/factory/1/chart-data'
const statusOf = (response: Response) => response.headers.get('Cache-Status')
/** Fails the first `count` trips for which `isAffected` is true. */
const failFirst = (count: number, isAffected: (trip: Trip) => boolean, ending: { before: string } | { after: string }) => {
  let remaining = count
  d1.decide = (trip) => (isAffected(trip) && remaining-- > 0 ? ending : undefined)
}

test('a read comes from D1 in time, and a write succeeds, while KV fails or hangs', async () => {
  for (const fault of ['fails', 'hangs'] as const) {
    kv.reads = fault
    const started = Date.now()
    const response = await harness.viewer.get('/api/factory/1')
    expect([response.status, statusOf(response)]).toEqual([200, 'kv; fwd=bypass'])
    expect(Date.now() - started).toBeLessThan(2_000)
  }
  kv.writes = 'fails'
  const response = await harness.operator.post(chart, { time: 7, actual: 1 })
  expect(response.status).toBe(200)
})

test('while D1 is down, leased entries are served for five minutes, also to keys whose refresh is due', async () => {
  down()
  harness.clock.advance(31_000)
  expect(statusOf(await harness.viewer.get('/api/factory/1'))).toBe('kv; hit')
  expect(statusOf(await harness.anonymous.get('/api/factory/1'))).toBe('kv; hit')
  harness.clock.advance(295_000)
  expect((await harness.viewer.get('/api/factory/1')).status).toBe(200)
  harness.clock.advance(9_000)
  const late = await harness.viewer.get('/api/factory/1')
  expect([late.status, late.headers.get('Retry-After')]).toEqual([503, '5'])
})

test('while D1 is down, a key that this isolate has not seen gets 503, not 401', async () => {
  down()
  expect((await harness.admin.get('/api/factory/1')).status).toBe(503)
})

test('while D1 is down, an expired key gets no grace period', async () => {
  await addKey(1, 'short', 'viewer', { expires_at: harness.clock.now() + 60_000 })
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(200)
  down()
  harness.clock.advance(50_000)
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(200)
  harness.clock.advance(11_000)
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(503)
})

test('while D1 is down, an isolate that cannot check its recent commit serves the entry and says so, but a read with a bookmark gets 503', async () => {
  kv.writes = 'fails'
  const write = await harness.operator.post(chart, { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  down()
  expect(statusOf(await harness.viewer.get('/api/factory/1'))).toBe('kv; hit; detail=unchecked')
  const requests = await harness.viewer.get('/api/factory/1', bookmark)
  expect([requests.status, requests.headers.get('Retry-After')]).toEqual([503, '5'])
})

test('while D1 and KV are down, a read gets 503 with Retry-After', async () => {
  down()
  kv.reads = 'fails'
  const response = await harness.viewer.get('/api/factory/1')
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
})

test('a read whose lease fails is still answered', async () => {
  d1.decide = ({ sql }) => (sql.includes('insert into "cache_entries"') ? { before: LOST } : undefined)
  const response = await harness.viewer.get('/api/factory/2')
  expect([response.status, statusOf(response)]).toEqual([200, 'kv; fwd=miss'])
  await harness.drain()
})

test('a read that fails briefly is repeated, but not if D1 is overloaded', async () => {
  failFirst(2, ({ start }) => start === 'first-unconstrained', { before: LOST })
  expect((await harness.viewer.get('/api/factory/2')).status).toBe(200)
  failFirst(3, ({ start }) => start === 'first-unconstrained', { before: LOST })
  expect((await harness.viewer.get('/api/factory/0/time')).status).toBe(503)
  failFirst(1, ({ start }) => start === 'first-unconstrained', { before: OVERLOADED })
  expect((await harness.viewer.get('/api/factory/0/time')).status).toBe(503)
})

test('a read with a bookmark is repeated at the primary if the replica fails', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  d1.decide = ({ start }) => (start === bookmark ? { before: LOST } : undefined)
  const response = await harness.viewer.get('/api/factory/1/chart-data/7', { 'x-d1-bookmark': bookmark })
  expect([response.status, await response.json()]).toEqual([200, { time: 7, actual: 1, goal: null }])
  d1.decide = ({ start }) => (start === bookmark ? { before: OVERLOADED } : undefined)
  expect((await harness.viewer.get('/api/factory/1/chart-data/7', { 'x-d1-bookmark': bookmark })).status, 'not if D1 is overloaded').toBe(
    503,
  )
})

test('an isolate with too many pending queries rejects further ones at once, and accepts them again later', async () => {
  await Promise.all([harness.viewer, harness.operator, harness.anonymous].map((actor) => actor.get('/api/sprocket/1')))
  const requests = {
    read: () => harness.viewer.get('/api/factory/1/chart-data/1611204818'),
    anonymous: () => harness.anonymous.get('/api/factory/1/chart-data/1611204818'),
    write: () => harness.operator.post(chart, { time: 7, actual: 1 }),
    lookup: () => harness.admin.get('/api/sprocket/1'),
  }
  for (const [queue, send] of Object.entries(requests) as [keyof typeof requests, () => Promise<Response>][]) {
    const free = takePlaces(harness.isolate, queue, PLACES[queue])
    const response = await send()
    expect([response.status, response.headers.get('Retry-After')], queue).toEqual([503, '5'])
    for (const [other, sendOther] of Object.entries(requests))
      if (other !== queue && other !== 'lookup') expect((await sendOther()).status, `${other} while ${queue} is full`).toBe(200)
    await harness.drain()
    free()
    expect((await send()).status, queue).toBe(200)
    await harness.drain()
  }
  expect((Object.keys(PLACES) as Queue[]).filter((queue) => countTaken(harness.isolate, queue) > 0)).toEqual([])
})

const reading = `${chart}/1611204818`
const startsOf = async (act: () => Promise<unknown>): Promise<string[]> => {
  const before = d1.trips.length
  await act()
  return d1.trips.slice(before).map(({ start }) => start)
}

test('a bookmark that the isolate has not seen is queried at the primary, because a replica may never reach it', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  await harness.drain()
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))).toEqual([bookmark])
  const forged = `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}`
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': forged }))).toEqual(['first-primary'])
  expect(latestBookmark(harness.isolate) < forged).toBe(true)
})

test('a query that waits for a replica takes no place of other queries, and the primary is queried when many wait', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  await harness.drain()
  const caughtUp = Promise.withResolvers<undefined>()
  d1.decide = ({ start }) => (start === bookmark ? caughtUp.promise : undefined)
  const waiting = Array.from({ length: PLACES.replica }, () => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))
  const taken = (...queues: Queue[]) => queues.map((queue) => countTaken(harness.isolate, queue))
  while (taken('replica')[0]! < PLACES.replica) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(taken('read', 'write')).toEqual([0, 0])
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))).toEqual(['first-primary'])
  expect((await harness.operator.post(chart, { time: 8, actual: 1 })).status).toBe(200)
  caughtUp.resolve(undefined)
  for (const response of waiting) expect((await response).status).toBe(200)
  expect(taken('replica', 'read')).toEqual([0, 0])
})

const sprocket = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const countSprockets = async () => ((await (await harness.viewer.get('/api/sprockets?limit=1')).json()) as { count: number }).count

test('a commit whose response is lost is found in the audit log, and applied once', async () => {
  const before = await countSprockets()
  failFirst(1, isCommit, { after: LOST })
  const response = await harness.engineer.post('/api/sprockets', sprocket)
  expect([response.status, await response.json()]).toEqual([201, { id: before, ...sprocket }])
  expect(response.headers.get('x-d1-bookmark')).toMatch(/^[0-9a-f-]+$/)
  expect(await countSprockets()).toBe(before + 1)
})

test.each([
  ['a reading', 'PUT', '/api/factory/1/chart-data/1000', { actual: 1 }, '/api/factory/1/chart-data/1000'],
  ['a name', 'PATCH', '/api/factory/1', { name: 'North' }, '/api/factory/1'],
  ['a measure', 'PATCH', '/api/sprocket/1', { teeth: 9 }, '/api/sprocket/1'],
] as const)(
  '%s that was written without a response, and deleted before the commit found itself, gets 409',
  async (_, method, path, body, deleted) => {
    let isApplied = false
    d1.decide = async (trip) => {
      if (!isApplied) {
        isApplied = isCommit(trip)
        return isApplied ? { after: LOST } : undefined
      }
      d1.decide = () => undefined
      expect((await harness.engineer.send('DELETE', deleted)).status).toBe(204)
      return undefined
    }
    const response = await harness.engineer.send(method, path, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    })
    expect([response.status, await response.json()]).toMatchObject([409, { type: expect.stringMatching(/#conflict$/) }])
  },
)

test('a commit that did not reach D1 is sent again', async () => {
  const before = await countSprockets()
  failFirst(2, isCommit, { before: LOST })
  expect((await harness.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
  expect(await countSprockets()).toBe(before + 1)
})

test('a commit that was applied is not applied twice, even if the look-up in the audit log fails', async () => {
  const before = await countSprockets()
  let trips = 0
  d1.decide = (trip) =>
    isCommit(trip) && trips++ === 0
      ? { after: LOST }
      : trip.sql.includes('select "commit_seq"') && trips++ === 1
        ? { before: LOST }
        : undefined
  expect((await harness.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
  d1.decide = () => undefined
  expect(await countSprockets()).toBe(before + 1)
})

test('a commit with If-Match that was applied without a response gets 200, not 412', async () => {
  const tag = (await harness.engineer.get('/api/factory/1/profile')).headers.get('ETag')!
  let commits = 0
  let lookups = 0
  d1.decide = (trip) => {
    if (isCommit(trip)) return commits++ === 0 ? { after: LOST } : undefined
    return trip.sql.startsWith('select "commit_seq"') && lookups++ === 0 ? { before: LOST } : undefined
  }
  const response = await harness.engineer.patch('/api/factory/1', { name: 'north' }, { 'If-Match': tag })
  expect([response.status, await response.json()]).toEqual([200, { id: 1, name: 'north', time_zone: 'UTC' }])
  expect(commits).toBe(2)
})

test('a commit that did not reach D1 sees concurrent writes when it is sent again', async () => {
  const elsewhere = harness.elsewhere(newIsolate(harness.clock))
  /** Loses the first attempt, and runs a write before the second. */
  const overtake = (act: () => Promise<unknown>) => {
    let left = 1
    d1.decide = async (trip) => {
      if (!isCommit(trip) || left-- < 1) return undefined
      await act()
      return { before: LOST }
    }
  }
  const before = await countSprockets()
  const send = (at: Harness) => at.engineer.post('/api/sprockets', sprocket, { 'Idempotency-Key': 'once' })
  overtake(() => send(elsewhere))
  const again = await send(harness)
  expect([again.status, again.headers.get('Idempotent-Replayed'), await countSprockets()]).toEqual([201, 'true', before + 1])

  overtake(() => elsewhere.engineer.delete('/api/factory/1'))
  expect((await harness.operator.post(chart, { time: 7, actual: 1 })).status).toBe(404)
  await elsewhere.drain()
})

test('a commit whose outcome cannot be found gets outcome-unknown with the request id', async () => {
  d1.decide = (trip) => (isCommit(trip) ? { after: LOST } : trip.sql.startsWith('select "commit_seq"') ? { before: LOST } : undefined)
  const response = await harness.engineer.post('/api/sprockets', sprocket, { 'X-Request-Id': 'abc-1' })
  const problem = (await response.json()) as { type: string; detail: string; request_id: string }
  expect([response.status, response.headers.get('Retry-After'), problem.request_id]).toEqual([503, '5', 'abc-1'])
  expect(problem.type).toContain('outcome-unknown')
  expect(problem.detail).toContain('abc-1')
})

test('a write that an overloaded D1 rejects gets 503 unavailable, and is not applied', async () => {
  const before = await countSprockets()
  failFirst(1, isCommit, { before: OVERLOADED })
  const response = await harness.engineer.post('/api/sprockets', sprocket)
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
  expect(((await response.json()) as { type: string }).type).toContain('unavailable')
  expect(await countSprockets()).toBe(before)
})
