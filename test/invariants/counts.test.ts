import { beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { SEED } from '../support/harness.ts'
import { makeUsage, READER } from '../support/binding-usage.ts'
import type { Usage } from '../support/binding-usage.ts'
import type { Harness } from '../support/harness.ts'

/**
 * What the platform charges for, counted at the bindings: no noise touches these figures, and a request that asks once more
 * than it has to shows here. Keys and the public organisation are known to the isolate; looking them up is counted by itself.
 */
let world: Harness
let withMemory: Harness
let usedBy: Usage['usedBy']
let introduce: Usage['introduce']
let begin: Usage['begin']

beforeAll(async () => {
  const usage = await makeUsage()
  world = usage.world
  withMemory = usage.withMemory
  usedBy = usage.usedBy
  introduce = usage.introduce
  begin = usage.begin
})

const NO_D1 = { trips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }
const NO_PUTS = { kvPuts: 0, kvDeletes: 0, kvLists: 0 }

test('a first read asks D1 once for its answer, and once more each to lease, to assemble and to confirm what it puts', async () => {
  expect(await usedBy(() => world.viewer.get('/api/factory/0/profile'))).toMatchObject({
    trips: 4,
    kvReads: 1,
    kvPuts: 1,
    rowsWritten: 6,
  })
})

test('what is not there is asked for once, and leaves nothing', async () => {
  expect(await usedBy(() => world.anonymous.get('/api/factory/99'))).toMatchObject({
    status: 404,
    trips: 1,
    rowsWritten: 0,
    kvReads: 1,
    ...NO_PUTS,
  })
})

test('one reading and a page of a size of its own come from D1 alone', async () => {
  for (const path of [READER, '/api/factories?limit=2', '/api/sprockets?limit=2'])
    expect(await usedBy(() => world.anonymous.get(path)), path).toMatchObject({
      status: 200,
      trips: 1,
      kvReads: 0,
      rowsWritten: 0,
      ...NO_PUTS,
    })
})

describe('a write to what nobody reads', () => {
  const newFactory = async () => (await (await world.engineer.post('/api/factories', {})).json<{ factory: { id: number } }>()).factory.id
  const reading = { time: 1611300000, actual: 1, goal: 2 }

  test('an append is one trip and no put; sent again it writes nothing', async () => {
    const path = `/api/factory/${await newFactory()}/chart-data`
    await world.settle()
    const one = await usedBy(() => world.operator.post(path, reading))
    expect(one).toMatchObject({ status: 200, trips: 1, kvReads: 0, ...NO_PUTS })
    // The log and its two indexes, the reading, its hour and day, its series, its factory: and nothing for the copies.
    expect(one.rowsWritten).toBeLessThanOrEqual(10)
    expect(await usedBy(() => world.operator.post(path, reading))).toMatchObject({
      status: 200,
      trips: 1,
      rowsWritten: 0,
      kvReads: 0,
      ...NO_PUTS,
    })
    const hundred = Array.from({ length: 100 }, (_, at) => ({ ...reading, time: reading.time + 60 * (at + 1) }))
    expect(await usedBy(() => world.operator.post(path, { readings: hundred }))).toMatchObject({ trips: 1, kvReads: 0, ...NO_PUTS })
    expect(await usedBy(() => world.operator.put(`${path}/${reading.time}`, { actual: 3, goal: 3 }))).toMatchObject({
      status: 200,
      trips: 1,
      ...NO_PUTS,
    })
    expect(await usedBy(() => world.operator.delete(`${path}/${reading.time}`))).toMatchObject({ status: 204, trips: 1, ...NO_PUTS })
  })

  test('a series is replaced, a factory renamed and deleted, in one trip each', async () => {
    const path = `/api/factory/${await newFactory()}`
    await world.settle()
    const acts = [
      () => world.engineer.put(`${path}/chart-data`, SEED.factories[0]!.factory.chart_data),
      () => world.engineer.patch(path, { name: 'North' }),
      () => world.engineer.delete(path),
    ]
    for (const act of acts) expect(await usedBy(act)).toMatchObject({ trips: 1, kvReads: 0, ...NO_PUTS })
  })

  test('with If-Match the state is read first', async () => {
    const path = `/api/factory/${await newFactory()}`
    const tag = (await world.anonymous.get(`${path}/profile`)).headers.get('ETag')!
    await world.settle()
    expect(await usedBy(() => world.engineer.patch(path, { name: 'A' }, { 'If-Match': tag }))).toMatchObject({
      status: 200,
      trips: expect.any(Number),
    })
    expect(await usedBy(() => world.engineer.patch(path, { name: 'B' }, { 'If-Match': tag }))).toMatchObject({
      status: 412,
      rowsWritten: 0,
      ...NO_PUTS,
    })
  })
})

describe('a document', () => {
  test.each(DOCUMENTS.map(({ route }) => route))('%s', async (route) => {
    const path = route.replace('{id}', '2')
    const first = await world.viewer.get(path)
    await world.settle()
    expect(first.headers.get('Cache-Status')).toBe('kv; fwd=miss')

    for (const reader of [world.anonymous, world.viewer]) {
      expect(await usedBy(() => reader.get(path)), 'from KV').toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 1 })
      const unchanged = () => reader.get(path, { 'If-None-Match': first.headers.get('ETag')! })
      expect(await usedBy(unchanged), '304').toEqual({ status: 304, ...NO_D1, ...NO_PUTS, kvReads: 1 })
    }
    await introduce()
    await withMemory.anonymous.get(path)
    expect(await usedBy(() => withMemory.anonymous.get(path)), 'from memory').toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 0 })
    const unchanged = () => withMemory.anonymous.get(path, { 'If-None-Match': first.headers.get('ETag')! })
    expect(await usedBy(unchanged), '304 from memory').toEqual({ status: 304, ...NO_D1, ...NO_PUTS, kvReads: 0 })
  })
})

describe('a write to what is read', () => {
  test('puts the payloads that are read and changed, and no others', async () => {
    const path = `/api/factory/${(await (await world.engineer.post('/api/factories', {})).json<{ factory: { id: number } }>()).factory.id}`
    const append = (time: number, more: object) => usedBy(() => world.operator.post(`${path}/chart-data`, { time, ...more }))
    await append(1611300000, { actual: 1, goal: 1 })
    for (const read of ['/chart-data', '/time', '/production-goal']) await world.viewer.get(path + read)
    await world.settle()
    begin()
    const alone = await append(1611300060, { actual: 2, goal: 2 })
    // A corrected goal leaves the times and whatever has no goals in it as they were.
    const corrected = await append(1611300060, { goal: 3 })
    expect(alone.kvPuts - corrected.kvPuts).toBe(1)
    expect(await append(1611300060, { goal: 3 })).toMatchObject({ trips: 1, rowsWritten: 0, ...NO_PUTS })
  })
})

describe('what is refused', () => {
  const refusals: [name: string, status: number, trips: number, act: () => Promise<Response>][] = [
    ['a key that is none', 401, 0, () => world.as('spk_none').get('/api/factories')],
    ['too low a role', 403, 0, () => world.viewer.post('/api/factories', {})],
    ['no key for a write', 401, 0, () => world.anonymous.post('/api/factories', {})],
    ['an ill-formed id', 404, 0, () => world.anonymous.get('/api/factory/x')],
    ['a query that is not valid', 400, 0, () => world.anonymous.get('/api/factories?limit=0')],
    ['a bookmark that is none', 400, 0, () => world.anonymous.get('/api/factories', { 'x-d1-bookmark': 'x' })],
    [
      'a body that is no JSON',
      400,
      0,
      () => world.operator.send('POST', '/api/factory/1/chart-data', { body: '{', headers: { 'Content-Type': 'application/json' } }),
    ],
    ['a reading that is not valid', 422, 0, () => world.operator.post('/api/factory/1/chart-data', { time: 1, actual: -1 })],
    ['a method that is not offered', 405, 0, () => world.anonymous.put('/api/factories', {})],
    ['a path that is none', 404, 0, () => world.anonymous.get('/api/nothing')],
  ]
  test.each(refusals)('%s', async (_, status, trips, act) => {
    expect(await usedBy(act)).toEqual({ status, ...NO_D1, trips, ...NO_PUTS, kvReads: 0 })
  })

  test('an append to a factory that is not there is found out in its own transaction', async () => {
    const used = await usedBy(() => world.operator.post('/api/factory/99/chart-data', { time: 1611300000, actual: 1 }))
    expect(used).toMatchObject({ status: 404, rowsWritten: 0, kvReads: 0, ...NO_PUTS })
    expect(used.trips).toBeLessThanOrEqual(2)
  })
})

test('open routes ask nobody', async () => {
  for (const path of ['/health', '/openapi.json'])
    expect(await usedBy(() => world.anonymous.get(path)), path).toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 0 })
})
