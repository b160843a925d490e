import { beforeAll, expect, test } from 'vitest'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { addKey } from '../support/harness.ts'
import { createUsage } from '../support/binding-usage.ts'
import { ROUTES } from '../support/route-table.ts'
import { READINGS } from './budgets/readings.ts'
import { READS } from './budgets/reads.ts'
import { RESOURCES } from './budgets/resources.ts'
import { newFactory } from './budgets/row.ts'
import { targetOf } from './targets.ts'
import type { Usage } from '../support/binding-usage.ts'
import type { Harness } from '../support/harness.ts'

// Promise: every route uses exactly the stated trips, written rows and KV operations for each outcome, and at most the
// stated number of read rows. No resource has a leased entry here. counts.test.ts covers cached documents.
let harness: Harness
let usedBy: Usage['usedBy']
beforeAll(async () => {
  ;({ harness, usedBy } = await createUsage())
  // Keys of tests are added with SQL. The second admin key allows the first one to be changed.
  await addKey(1, 'second', 'admin')
  await addKey(1, 'limited', 'viewer', { factories: '[0,1]' })
  await harness.as('second').get('/api/keys')
  await harness.drain()
})

const ROWS = [...READS, ...READINGS, ...RESOURCES]

const EMPTY_KV = { kvReads: 0, kvPuts: 0, kvDeletes: 0, kvLists: 0 }

test.each(ROWS)('%s, %s (%i), stays within its budget', async (_route, _outcome, status, { trips, rowsRead, rowsWritten }, act, make) => {
  const path = (await make?.(harness)) ?? ''
  await harness.drain()
  await harness.as('limited').get('/api/factory/0/chart-data/1611194818')
  await harness.drain()
  const used = await usedBy(() => act(harness, path))
  expect(used).toMatchObject({ status, trips, rowsWritten, ...EMPTY_KV })
  expect(used.rowsRead).toBeLessThanOrEqual(rowsRead)
})

const BUDGETS = Object.entries(ROUTES).flatMap(([route, row]) => (row.budget ? [{ route, ...row, budget: row.budget }] : []))

test.each(BUDGETS)('$route, accepted ($accepted), stays within its budget', async ({ route, accepted, body, budget }) => {
  const [method = '', template = ''] = route.split(' ')
  const path = await targetOf(harness, template)
  await harness.drain()
  const headers = { 'Content-Type': 'application/json' }
  const used = await usedBy(() => harness.admin.send(method, path, body === undefined ? {} : { body: JSON.stringify(body), headers }))
  expect(used).toMatchObject({ status: accepted, trips: budget.trips, rowsWritten: budget.rowsWritten, ...EMPTY_KV })
  expect(used.rowsRead).toBeLessThanOrEqual(budget.rowsRead)
})

test('a POST with an Idempotency-Key reads the record first and saves the response afterwards; a replay writes nothing', async () => {
  const path = await newFactory(harness)
  await harness.drain()
  const headers = { 'Idempotency-Key': '"counted"' }
  const post = (actual: number) => () => harness.operator.post(`${path}/chart-data`, { time: 180, actual }, headers)
  const first = await usedBy(post(1))
  expect(first).toMatchObject({ status: 200, trips: 3, rowsWritten: 8, ...EMPTY_KV })
  expect(await usedBy(post(1))).toMatchObject({ status: 200, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  expect(await usedBy(post(2))).toMatchObject({ status: 422, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  const reading = () => harness.operator.post('/api/factory/0/chart-data', { time: 1, actual: -1 }, { 'Idempotency-Key': 'other' })
  expect(await usedBy(reading)).toMatchObject({ status: 422, trips: 1, rowsWritten: 0, ...EMPTY_KV })
})

test('If-Match costs one more trip, for the comparison', async () => {
  const path = await newFactory(harness)
  const tag = (await harness.viewer.get(`${path}/profile`)).headers.get('ETag')!
  await harness.drain()
  const rename = (name: string) => () => harness.engineer.patch(path, { name }, { 'If-Match': tag })
  expect(await usedBy(rename('A'))).toMatchObject({ status: 200, kvPuts: 1 })
  expect(await usedBy(rename('B'))).toMatchObject({ status: 412, trips: 1, rowsWritten: 0, ...EMPTY_KV })
})

test('an unknown key is queried once, and a rejected key is remembered', async () => {
  await addKey(1, 'new', 'viewer')
  await addKey(1, 'revoked', 'viewer', { revoked_at: 1 })
  const path = '/api/factory/9'
  // One trip for the key, one for the factory, and one after the response that records the use of the key.
  expect(await usedBy(() => harness.as('new').get(`${path}9/chart-data/1`))).toMatchObject({
    status: 404,
    trips: 3,
    rowsWritten: 1,
  })
  expect(await usedBy(() => harness.as('new').get(`${path}9/chart-data/1`))).toMatchObject({
    status: 404,
    trips: 1,
    rowsWritten: 0,
  })
  expect(await usedBy(() => harness.as('revoked').get(path))).toMatchObject({ status: 401, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  expect(await usedBy(() => harness.as('revoked').get(path))).toMatchObject({ status: 401, trips: 0, ...EMPTY_KV })
})

test('GET /ready queries D1 and KV, and writes nothing', async () => {
  expect(await usedBy(() => harness.anonymous.get('/ready'))).toMatchObject({ trips: 2, rowsWritten: 0, kvReads: 1, kvPuts: 0 })
})

test('HEAD uses as much as GET', async () => {
  await harness.viewer.get('/api/sprocket/1')
  await harness.drain()
  expect(await usedBy(() => harness.viewer.send('HEAD', '/api/sprocket/1'))).toMatchObject({ status: 200, trips: 0, kvReads: 1, kvPuts: 0 })
})

test('DELETE /api/organisation takes one trip', async () => {
  const confirm = { body: '{"confirm":"demo"}', headers: { 'Content-Type': 'application/json' } }
  expect(await usedBy(() => harness.admin.send('DELETE', '/api/organisation', confirm))).toMatchObject({
    status: 202,
    trips: 1,
    kvReads: 0,
    kvPuts: 0,
  })
})

test('every route has a budget', async () => {
  const { paths } = (await (await harness.anonymous.get('/openapi.json')).json()) as { paths: Record<string, object> }
  const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  const counted = new Set([
    ...ROWS.map(([route]) => route),
    ...BUDGETS.map(({ route }) => route),
    ...DOCUMENTS.map(({ path }) => `GET ${path}`),
    'GET /ready',
  ])
  expect(routes.filter((route) => !counted.has(route))).toEqual([])
})
