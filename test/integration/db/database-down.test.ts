import { afterEach, beforeEach, expect, test } from 'vitest'
import { PLACES } from '../../../src/db/retry.ts'
import { isCommit, LOST, makeFaultyD1, makeFaultyKv, OVERLOADED } from '../../support/fault-injection.ts'
import type { Trip } from '../../support/fault-injection.ts'
import { addKey, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

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
/** Fails the first trips that are of a kind. */
const failFirst = (count: number, kind: (trip: Trip) => boolean, ending: { before: string } | { after: string }) => {
  let left = count
  d1.decide = (trip) => (kind(trip) && left-- > 0 ? ending : undefined)
}

test('with KV failing or hanging a read comes from the database, in time, and a write succeeds', async () => {
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

test('with the database down a leased copy is served, also to keys whose check is due, for five minutes', async () => {
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

test('with the database down a key that nobody has seen here is refused with 503, not 401', async () => {
  down()
  expect((await harness.admin.get('/api/factory/1')).status).toBe(503)
})

test('a key that lapses meanwhile has no grace', async () => {
  await addKey(1, 'short', 'viewer', { expires_at: harness.clock.now() + 60_000 })
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(200)
  down()
  harness.clock.advance(50_000)
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(200)
  harness.clock.advance(11_000)
  expect((await harness.as('short').get('/api/factory/1')).status).toBe(503)
})

test('an isolate that cannot look at its own commit serves the copy and says so; a bookmark is kept or refused', async () => {
  kv.writes = 'fails'
  const write = await harness.operator.post(chart, { time: 7, actual: 1 })
  const bookmark = { 'x-d1-bookmark': write.headers.get('x-d1-bookmark')! }
  down()
  expect(statusOf(await harness.viewer.get('/api/factory/1'))).toBe('kv; hit; detail=unchecked')
  const asked = await harness.viewer.get('/api/factory/1', bookmark)
  expect([asked.status, asked.headers.get('Retry-After')]).toEqual([503, '5'])
})

test('with both down a read is refused with 503 and when to come back', async () => {
  down()
  kv.reads = 'fails'
  const response = await harness.viewer.get('/api/factory/1')
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
})

test('a miss that cannot lease is still answered', async () => {
  d1.decide = ({ sql }) => (sql.includes('insert into "copies"') ? { before: LOST } : undefined)
  const response = await harness.viewer.get('/api/factory/2')
  expect([response.status, statusOf(response)]).toEqual([200, 'kv; fwd=miss'])
  await harness.drain()
})

test('a read that fails in passing is asked again; overload is not', async () => {
  failFirst(2, ({ start }) => start === 'first-unconstrained', { before: LOST })
  expect((await harness.viewer.get('/api/factory/2')).status).toBe(200)
  failFirst(3, ({ start }) => start === 'first-unconstrained', { before: LOST })
  expect((await harness.viewer.get('/api/factory/0/time')).status).toBe(503)
  failFirst(1, ({ start }) => start === 'first-unconstrained', { before: OVERLOADED })
  expect((await harness.viewer.get('/api/factory/0/time')).status).toBe(503)
})

test('a bookmark that a replica fails on is taken to the primary', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  d1.decide = ({ start }) => (start === bookmark ? { before: LOST } : undefined)
  const response = await harness.viewer.get('/api/factory/1/chart-data/7', { 'x-d1-bookmark': bookmark })
  expect([response.status, await response.json()]).toEqual([200, { time: 7, actual: 1, goal: null }])
  d1.decide = ({ start }) => (start === bookmark ? { before: OVERLOADED } : undefined)
  expect((await harness.viewer.get('/api/factory/1/chart-data/7', { 'x-d1-bookmark': bookmark })).status, 'no more of it').toBe(503)
})

test('an isolate that waits for too many answers refuses at once, and takes up again', async () => {
  await Promise.all([harness.viewer, harness.operator, harness.anonymous].map((actor) => actor.get('/api/sprocket/1')))
  const { pendingQueries } = harness.isolate
  const asked = {
    read: () => harness.viewer.get('/api/factory/1/chart-data/1611204818'),
    anonymous: () => harness.anonymous.get('/api/factory/1/chart-data/1611204818'),
    write: () => harness.operator.post(chart, { time: 7, actual: 1 }),
    lookup: () => harness.admin.get('/api/sprocket/1'),
  }
  for (const [queue, ask] of Object.entries(asked) as [keyof typeof asked, () => Promise<Response>][]) {
    pendingQueries[queue] = PLACES[queue]
    const response = await ask()
    expect([response.status, response.headers.get('Retry-After')], queue).toEqual([503, '5'])
    for (const [other, askAnother] of Object.entries(asked))
      if (other !== queue && other !== 'lookup') expect((await askAnother()).status, `${other} while ${queue} is full`).toBe(200)
    await harness.drain()
    pendingQueries[queue] = 0
    expect((await ask()).status, queue).toBe(200)
    await harness.drain()
  }
  expect(pendingQueries).toEqual({ write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 })
})

const reading = `${chart}/1611204818`
const startsOf = async (act: () => Promise<unknown>): Promise<string[]> => {
  const before = d1.trips.length
  await act()
  return d1.trips.slice(before).map(({ start }) => start)
}

test('a bookmark that the isolate has not seen is taken to the primary, for a replica might wait for it in vain', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  await harness.drain()
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))).toEqual([bookmark])
  const forged = `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}`
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': forged }))).toEqual(['first-primary'])
  expect(harness.isolate.memory.latestBookmark < forged).toBe(true)
})

test('a question that waits for a replica takes no place of those that are answered, and the primary is asked where many wait', async () => {
  const bookmark = (await harness.operator.post(chart, { time: 7, actual: 1 })).headers.get('x-d1-bookmark')!
  await harness.drain()
  const caughtUp = Promise.withResolvers<undefined>()
  d1.decide = ({ start }) => (start === bookmark ? caughtUp.promise : undefined)
  const waiting = Array.from({ length: PLACES.replica }, () => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))
  const { pendingQueries } = harness.isolate
  while (pendingQueries.replica < PLACES.replica) await new Promise((resolve) => setTimeout(resolve, 1))
  expect([pendingQueries.read, pendingQueries.write]).toEqual([0, 0])
  expect(await startsOf(() => harness.viewer.get(reading, { 'x-d1-bookmark': bookmark }))).toEqual(['first-primary'])
  expect((await harness.operator.post(chart, { time: 8, actual: 1 })).status).toBe(200)
  caughtUp.resolve(undefined)
  for (const response of waiting) expect((await response).status).toBe(200)
  expect([pendingQueries.replica, pendingQueries.read]).toEqual([0, 0])
})

const sprocket = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const countSprockets = async () => ((await (await harness.viewer.get('/api/sprockets?limit=1')).json()) as { count: number }).count

test('a commit whose answer is lost is found in the log: once done, once answered', async () => {
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
] as const)('%s that landed unanswered and was removed before that was found is told to be gone', async (_, method, path, body, gone) => {
  let landed = false
  d1.decide = async (trip) => {
    if (!landed) {
      landed = isCommit(trip)
      return landed ? { after: LOST } : undefined
    }
    d1.decide = () => undefined
    expect((await harness.engineer.send('DELETE', gone)).status).toBe(204)
    return undefined
  }
  const response = await harness.engineer.send(method, path, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
  expect([response.status, await response.json()]).toMatchObject([409, { type: expect.stringMatching(/#conflict$/) }])
})

test('a commit that did not get there is sent again', async () => {
  const before = await countSprockets()
  failFirst(2, isCommit, { before: LOST })
  expect((await harness.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
  expect(await countSprockets()).toBe(before + 1)
})

test('a commit that landed, and of which even the log could not be asked, is not done twice', async () => {
  const before = await countSprockets()
  let answers = 0
  d1.decide = (trip) =>
    isCommit(trip) && answers++ === 0
      ? { after: LOST }
      : trip.sql.includes('select "seq"') && answers++ === 1
        ? { before: LOST }
        : undefined
  expect((await harness.engineer.post('/api/sprockets', sprocket)).status).toBe(201)
  d1.decide = () => undefined
  expect(await countSprockets()).toBe(before + 1)
})

test('a guarded commit that landed is not taken for one that lost its race', async () => {
  const tag = (await harness.engineer.get('/api/factory/1/profile')).headers.get('ETag')!
  let commits = 0
  let questions = 0
  d1.decide = (trip) => {
    if (isCommit(trip)) return commits++ === 0 ? { after: LOST } : undefined
    return trip.sql.startsWith('select "seq"') && questions++ === 0 ? { before: LOST } : undefined
  }
  const response = await harness.engineer.patch('/api/factory/1', { name: 'north' }, { 'If-Match': tag })
  expect([response.status, await response.json()]).toEqual([200, { id: 1, name: 'north', time_zone: 'UTC' }])
  expect(commits).toBe(2)
})

test('a commit that did not get there finds what was done meanwhile as if it had only been sent now', async () => {
  const elsewhere = harness.elsewhere(newIsolate(harness.clock))
  /** Loses the first sending, and has something done before the second. */
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

test('an outcome that nobody can tell is said to be so, with the request id', async () => {
  d1.decide = (trip) => (isCommit(trip) ? { after: LOST } : trip.sql.startsWith('select "seq"') ? { before: LOST } : undefined)
  const response = await harness.engineer.post('/api/sprockets', sprocket, { 'X-Request-Id': 'abc-1' })
  const problem = (await response.json()) as { type: string; detail: string; request_id: string }
  expect([response.status, response.headers.get('Retry-After'), problem.request_id]).toEqual([503, '5', 'abc-1'])
  expect(problem.type).toContain('outcome-unknown')
  expect(problem.detail).toContain('abc-1')
})

test('a write that an overloaded database refuses is not done, and says no more than that', async () => {
  const before = await countSprockets()
  failFirst(1, isCommit, { before: OVERLOADED })
  const response = await harness.engineer.post('/api/sprockets', sprocket)
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
  expect(((await response.json()) as { type: string }).type).toContain('unavailable')
  expect(await countSprockets()).toBe(before)
})
