import { beforeAll, describe, expect, test } from 'vitest'
import { ROWS_OF_CHUNK } from '../../src/chunks/select.ts'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { addAnnotations } from '../support/annotations.ts'
import { SEED } from '../support/harness.ts'
import { createUsage, READER } from '../support/binding-usage.ts'
import type { Usage } from '../support/binding-usage.ts'
import type { Harness } from '../support/harness.ts'
import { newFactory } from './budgets/row.ts'

// Promise: a request uses exactly the stated billed operations. They are counted at the bindings, so there is no noise,
// and one needless query fails a test. Identities are cached beforehand: their queries are counted separately.
let harness: Harness
let withMemory: Harness
let usedBy: Usage['usedBy']
let warmUp: Usage['warmUp']
let reset: Usage['reset']

beforeAll(async () => {
  const usage = await createUsage()
  harness = usage.harness
  await addAnnotations(harness, 3)
  await harness.drain()
  withMemory = usage.withMemory
  usedBy = usage.usedBy
  warmUp = usage.warmUp
  reset = usage.reset
})

const NO_D1 = { trips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }
const NO_PUTS = { kvPuts: 0, kvDeletes: 0, kvLists: 0 }

test('a first read takes four trips to D1: read, lease, render and confirm', async () => {
  expect(await usedBy(() => harness.viewer.get('/api/factory/0/profile'))).toMatchObject({
    trips: 4,
    kvReads: 1,
    kvPuts: 1,
    rowsWritten: 6,
  })
})

test('a read of an absent resource takes one trip, and stores nothing', async () => {
  expect(await usedBy(() => harness.anonymous.get('/api/factory/99'))).toMatchObject({
    status: 404,
    trips: 1,
    rowsWritten: 0,
    kvReads: 1,
    ...NO_PUTS,
  })
})

test('a single reading, or a page of another size, takes one trip to D1 and no KV operation', async () => {
  for (const path of [READER, '/api/factories?limit=2', '/api/sprockets?limit=2'])
    expect(await usedBy(() => harness.anonymous.get(path)), path).toMatchObject({
      status: 200,
      trips: 1,
      kvReads: 0,
      rowsWritten: 0,
      ...NO_PUTS,
    })
})

describe('a write to a factory without readers', () => {
  const newFactory = async () => (await (await harness.engineer.post('/api/factories', {})).json<{ factory: { id: number } }>()).factory.id
  const reading = { time: 1611300000, actual: 1, goal: 2 }

  test('an append to a factory without readers is one trip of three statements and 30 rows, and no put', async () => {
    const path = `/api/factory/${await newFactory()}/chart-data`
    await harness.operator.post(path, { ...reading, time: reading.time - 60 })
    await harness.drain()
    const one = await usedBy(() => harness.operator.post(path, reading))
    expect(one).toMatchObject({ status: 200, trips: 1, statements: 3, kvReads: 0, ...NO_PUTS })
    expect(one.rowsRead).toBeLessThanOrEqual(30)
    // The audit entry and its index, and the chunk of the reading. Nothing for cache entries.
    expect(one.rowsWritten).toBe(3)
    const more = Array.from({ length: 59 }, (_, at) => ({ ...reading, time: reading.time + 60 * (at + 1) }))
    const sixty = await usedBy(() => harness.operator.post(path, { readings: more }))
    expect(sixty).toMatchObject({ trips: 1, statements: 3, kvReads: 0, ...NO_PUTS })
    expect(sixty.rowsRead).toBeLessThanOrEqual(35)
    expect(sixty.rowsWritten).toBeLessThanOrEqual(4)
  })

  test('readings that do not continue the newest day take a second trip; readings sent again write nothing', async () => {
    const path = `/api/factory/${await newFactory()}/chart-data`
    await harness.drain()
    // The guard of the append in order stops its three statements.
    expect(await usedBy(() => harness.operator.post(path, reading))).toMatchObject({
      status: 200,
      trips: 2,
      statements: 3 + 5,
      rowsWritten: 3,
      kvReads: 0,
      ...NO_PUTS,
    })
    expect(await usedBy(() => harness.operator.post(path, reading))).toMatchObject({
      status: 200,
      trips: 2,
      rowsWritten: 0,
      kvReads: 0,
      ...NO_PUTS,
    })
    // Readings of more than a day are not tried in order.
    const hundred = Array.from({ length: 100 }, (_, at) => ({ ...reading, time: reading.time + 3_600 * (at + 1) }))
    expect(await usedBy(() => harness.operator.post(path, { readings: hundred }))).toMatchObject({ trips: 1, kvReads: 0, ...NO_PUTS })
    expect(await usedBy(() => harness.operator.put(`${path}/${reading.time}`, { actual: 3, goal: 3 }))).toMatchObject({
      status: 200,
      trips: 1,
      ...NO_PUTS,
    })
    expect(await usedBy(() => harness.operator.delete(`${path}/${reading.time}`))).toMatchObject({ status: 204, trips: 1, ...NO_PUTS })
  })

  test('replacing a series, renaming and deleting a factory without readers take one trip each', async () => {
    const path = `/api/factory/${await newFactory()}`
    await harness.drain()
    const acts = [
      () => harness.engineer.put(`${path}/chart-data`, SEED.factories[0]!.factory.chart_data),
      () => harness.engineer.patch(path, { name: 'North' }),
      () => harness.engineer.delete(path),
    ]
    for (const act of acts) expect(await usedBy(act)).toMatchObject({ trips: 1, kvReads: 0, ...NO_PUTS })
  })

  test('If-Match reads the current state before the write', async () => {
    const path = `/api/factory/${await newFactory()}`
    const tag = (await harness.anonymous.get(`${path}/profile`)).headers.get('ETag')!
    await harness.drain()
    expect(await usedBy(() => harness.engineer.patch(path, { name: 'A' }, { 'If-Match': tag }))).toMatchObject({
      status: 200,
      trips: expect.any(Number),
    })
    expect(await usedBy(() => harness.engineer.patch(path, { name: 'B' }, { 'If-Match': tag }))).toMatchObject({
      status: 412,
      rowsWritten: 0,
      ...NO_PUTS,
    })
  })
})

describe('a cached document', () => {
  test.each(DOCUMENTS.map(({ path }) => path))('%s is read with one KV operation, or none from memory', async (template) => {
    const path = template.replace('{id}', '2')
    const first = await harness.viewer.get(path)
    await harness.drain()
    expect(first.headers.get('Cache-Status')).toBe('kv; fwd=miss')

    for (const reader of [harness.anonymous, harness.viewer]) {
      expect(await usedBy(() => reader.get(path)), 'from KV').toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 1 })
      const unchanged = () => reader.get(path, { 'If-None-Match': first.headers.get('ETag')! })
      expect(await usedBy(unchanged), '304').toEqual({ status: 304, ...NO_D1, ...NO_PUTS, kvReads: 1 })
    }
    await warmUp()
    await withMemory.anonymous.get(path)
    expect(await usedBy(() => withMemory.anonymous.get(path)), 'from memory').toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 0 })
    const unchanged = () => withMemory.anonymous.get(path, { 'If-None-Match': first.headers.get('ETag')! })
    expect(await usedBy(unchanged), '304 from memory').toEqual({ status: 304, ...NO_D1, ...NO_PUTS, kvReads: 0 })
  })
})

describe('a write to a factory with readers', () => {
  test('a write puts the payloads that have readers and are changed, and no others', async () => {
    const path = `/api/factory/${(await (await harness.engineer.post('/api/factories', {})).json<{ factory: { id: number } }>()).factory.id}`
    const append = (time: number, more: object) => usedBy(() => harness.operator.post(`${path}/chart-data`, { time, ...more }))
    await append(1611300000, { actual: 1, goal: 1 })
    for (const read of ['/chart-data', '/time', '/production-goal']) await harness.viewer.get(path + read)
    await harness.drain()
    reset()
    const alone = await append(1611300060, { actual: 2, goal: 2 })
    // A corrected goal leaves the times and every payload without goals unchanged.
    const corrected = await append(1611300060, { goal: 3 })
    expect(alone.kvPuts - corrected.kvPuts).toBe(1)
    expect(await append(1611300060, { goal: 3 })).toMatchObject({ trips: 2, rowsWritten: 0, ...NO_PUTS })
  })
})

test('a page of 499 readings, one a minute, reads at most 30 rows: two for each of ten hours, and ten more', async () => {
  const path = await newFactory(harness)
  const readings = Array.from({ length: 1_200 }, (_, n) => ({ time: 1611300000 + n * 60, actual: 30, goal: 30 }))
  await harness.operator.post(`${path}/chart-data`, { readings })
  await harness.drain()
  await warmUp()
  // No cached document has this limit, so the page is read from D1.
  const used = await usedBy(() => harness.viewer.get(`${path}/chart-data?limit=499`))
  expect(used).toMatchObject({ status: 200, trips: 1, rowsWritten: 0 })
  expect(used.rowsRead).toBeLessThanOrEqual(10 * ROWS_OF_CHUNK + 10)
})

describe('a rejected request', () => {
  const rejections: [name: string, status: number, trips: number, act: () => Promise<Response>][] = [
    ['an invalid key', 401, 0, () => harness.as('spk_none').get('/api/factories')],
    ['an insufficient role', 403, 0, () => harness.viewer.post('/api/factories', {})],
    ['no key for a write', 401, 0, () => harness.anonymous.post('/api/factories', {})],
    ['an ill-formed id', 404, 0, () => harness.anonymous.get('/api/factory/x')],
    ['an invalid query', 400, 0, () => harness.anonymous.get('/api/factories?limit=0')],
    ['an invalid bookmark', 400, 0, () => harness.anonymous.get('/api/factories', { 'x-d1-bookmark': 'x' })],
    [
      'a body that is not JSON',
      400,
      0,
      () => harness.operator.send('POST', '/api/factory/1/chart-data', { body: '{', headers: { 'Content-Type': 'application/json' } }),
    ],
    ['an invalid reading', 422, 0, () => harness.operator.post('/api/factory/1/chart-data', { time: 1, actual: -1 })],
    ['a method that is not allowed', 405, 0, () => harness.anonymous.put('/api/factories', {})],
    ['an unknown path', 404, 0, () => harness.anonymous.get('/api/nothing')],
  ]
  test.each(rejections)('a request with %s uses nothing', async (_, status, trips, act) => {
    expect(await usedBy(act)).toEqual({ status, ...NO_D1, trips, ...NO_PUTS, kvReads: 0 })
  })

  test('an append to an absent factory is rejected by the append in order, the upsert and the query for its failed guard', async () => {
    const used = await usedBy(() => harness.operator.post('/api/factory/99/chart-data', { time: 1611300000, actual: 1 }))
    expect(used).toMatchObject({ status: 404, rowsWritten: 0, kvReads: 0, ...NO_PUTS })
    expect(used.trips).toBe(3)
  })
})

test('public routes without data use neither D1 nor KV', async () => {
  for (const path of ['/health', '/openapi.json'])
    expect(await usedBy(() => harness.anonymous.get(path)), path).toEqual({ status: 200, ...NO_D1, ...NO_PUTS, kvReads: 0 })
})
