import { beforeAll, expect, test } from 'vitest'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { REASON } from '../support/annotations.ts'
import { addKey, SEED } from '../support/harness.ts'
import { createUsage } from '../support/binding-usage.ts'
import { ROUTES } from '../support/route-table.ts'
import type { Budget } from '../support/route-table.ts'
import { targetOf } from './targets.ts'
import type { Usage } from '../support/binding-usage.ts'
import type { TestClient, Harness } from '../support/harness.ts'

// Promise: every route uses exactly the stated trips, written rows and KV operations for each outcome, and at most the
// stated number of read rows. No resource has a leased entry here. counts.test.ts covers cached documents.
let harness: Harness
let usedBy: Usage['usedBy']
beforeAll(async () => {
  const usage = await createUsage()
  harness = usage.harness
  usedBy = usage.usedBy
  // Keys of tests are added with SQL. The second admin key allows the first one to be changed.
  await addKey(1, 'second', 'admin')
  await addKey(1, 'limited', 'viewer', { factories: '[0,1]' })
  await harness.as('second').get('/api/keys')
  await harness.drain()
})

const idOf = (response: Response) => response.headers.get('Location')!.split('/').at(-1)!
const newFactory = async () =>
  `/api/factory/${idOf(await harness.engineer.post('/api/factories', { chart_data: { time: [60, 120], sprocket_production_actual: [1, 2] } }))}`
const newSprocket = async () => `/api/sprocket/${idOf(await harness.engineer.post('/api/sprockets', SPROCKET))}`
const newKey = async () => `/api/key/${idOf(await harness.admin.post('/api/keys', { name: 'A', role: 'viewer' }))}`

/** Creates an annotation of a factory, by default of a new one. */
const newAnnotation = async (factory?: string) => {
  const path = factory ?? (await newFactory())
  await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  const created = await harness.operator.post(`${path}/stop-annotations`, { from: 60, to: 120, reason: REASON.code })
  return created.headers.get('Location')!
}

const SPROCKET = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const CSV = { 'Content-Type': 'text/csv' }
const HUNDRED = Array.from({ length: 100 }, (_, at) => ({ time: 600 + 60 * at, actual: at, goal: 1 }))
const csvOf = (header: string, rows: (string | number)[][]) => [header, ...rows.map((row) => row.join(','))].join('\n')
const sendText = (actor: TestClient, path: string, body: string, headers: Record<string, string> = CSV) =>
  actor.send('POST', path, { body, headers })

type Act = (path: string) => Promise<Response>
type Row = [route: string, outcome: string, status: number, budget: Budget, act: Act, make?: () => Promise<string>]

const uses = (trips: number, rowsRead = 0, rowsWritten = 0): Budget => ({ trips, rowsRead, rowsWritten })
const ROWS: Row[] = [
  ['GET /api/factories', 'a page of another size', 200, uses(1, 20), () => harness.viewer.get('/api/factories?limit=2')],
  ['GET /api/factories', 'with a limited key', 200, uses(1, 40), () => harness.as('limited').get('/api/factories')],
  ['GET /api/summary', 'with a limited key', 200, uses(1, 30), () => harness.as('limited').get('/api/summary')],
  ['GET /api/factory/{id}', 'out of scope', 404, uses(0), () => harness.as('limited').get('/api/factory/2')],
  ['GET /api/factory/{id}/chart-data', 'a range', 200, uses(1, 9), () => harness.viewer.get('/api/factory/1/chart-data?from=0')],
  ['GET /api/factory/{id}/chart-data', 'downsampled', 200, uses(1, 9), () => harness.viewer.get('/api/factory/1/chart-data?points=5')],
  ['GET /api/factory/{id}/chart-data', 'shifts', 200, uses(1, 9), () => harness.viewer.get('/api/factory/1/chart-data?resolution=shift')],
  ['GET /api/factory/{id}/shifts', 'of a date', 200, uses(1, 20), () => harness.viewer.get('/api/factory/1/shifts?date=2021-01-21')],
  ['GET /api/factory/{id}/shifts', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/shifts?date=2021-01-21')],
  ['GET /api/factory/{id}/states', 'a day', 200, uses(1, 20), () => harness.viewer.get('/api/factory/1/states')],
  ['GET /api/factory/{id}/states', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/states')],
  ['GET /api/factory/{id}/stops', 'a week', 200, uses(1, 20), () => harness.viewer.get('/api/factory/1/stops')],
  ['GET /api/factory/{id}/stops/pareto', 'a week', 200, uses(1, 20), () => harness.viewer.get('/api/factory/1/stops/pareto')],
  ['GET /api/factory/{id}/stops/pareto', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/stops/pareto')],
  ['GET /api/stops/pareto', 'all factories', 200, uses(2, 50), () => harness.viewer.get('/api/stops/pareto')],
  ['GET /api/stops/pareto', 'with a limited key', 200, uses(1, 40), () => harness.as('limited').get('/api/stops/pareto')],
  ['GET /api/factory/{id}/oee', 'the last day', 200, uses(1, 80), () => harness.viewer.get('/api/factory/1/oee?resolution=day')],
  ['GET /api/factory/{id}/oee', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/oee')],
  ['GET /api/factory/{id}/stops', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/stops')],
  ['GET /api/factory/{id}/chart-data/{time}', 'found', 200, uses(1, 4), () => harness.viewer.get('/api/factory/1/chart-data/1611204818')],
  ['GET /api/factory/{id}/chart-data/{time}', 'not found', 404, uses(1, 1), () => harness.viewer.get('/api/factory/1/chart-data/1')],
  ['GET /api/factory/{id}/export', 'all readings', 200, uses(1, 9), () => harness.viewer.get('/api/factory/1/export')],
  ['GET /api/factory/{id}/export', 'not found', 404, uses(1), () => harness.viewer.get('/api/factory/99/export')],
  ['GET /api/key/{id}', 'found', 200, uses(1, 1), () => harness.admin.get('/api/key/0')],
  ['GET /api/key/{id}', 'not found', 404, uses(1), () => harness.admin.get('/api/key/99')],
  ['GET /api/audit-log', 'a page', 200, uses(1, 7), () => harness.admin.get('/api/audit-log?limit=1')],
  ['GET /api/audit-log', 'an invalid cursor', 400, uses(1, 2), () => harness.admin.get('/api/audit-log?cursor=x')],

  ['POST /api/factories', 'created', 201, uses(1, 60, 12), () => harness.engineer.post('/api/factories', {})],
  [
    'POST /api/factories',
    'created with a series',
    201,
    uses(1, 80, 13),
    () => harness.engineer.post('/api/factories', SEED.factories[0]!.factory),
  ],
  ['POST /api/factories', 'invalid', 422, uses(0), () => harness.engineer.post('/api/factories', { name: 1 })],
  ['PATCH /api/factory/{id}', 'renamed', 200, uses(1, 50, 4), (path) => harness.engineer.patch(path, { name: 'North' }), newFactory],
  ['PATCH /api/factory/{id}', 'unchanged', 200, uses(1, 30), (path) => harness.engineer.patch(path, { name: null }), newFactory],
  ['PATCH /api/factory/{id}', 'not found', 404, uses(1, 4), () => harness.engineer.patch('/api/factory/99', { name: 'X' })],
  [
    'PUT /api/factory/{id}/schedule',
    'replaced',
    200,
    uses(1, 35, 4),
    (path) => harness.engineer.put(`${path}/schedule`, { versions: [{ valid_from: '2026-01-05', shifts: [] }], exceptions: [] }),
    newFactory,
  ],
  [
    'PUT /api/factory/{id}/schedule',
    'unchanged',
    200,
    uses(1, 20),
    (path) => harness.engineer.put(`${path}/schedule`, { versions: [], exceptions: [] }),
    newFactory,
  ],
  [
    'PUT /api/factory/{id}/schedule',
    'invalid',
    422,
    uses(0),
    () => harness.engineer.put('/api/factory/0/schedule', { versions: [{}], exceptions: [] }),
  ],
  ['DELETE /api/factory/{id}', 'deleted', 204, uses(1, 65, 7), (path) => harness.engineer.delete(path), newFactory],
  ['DELETE /api/factory/{id}', 'not found', 404, uses(1, 4), () => harness.engineer.delete('/api/factory/99')],

  [
    'POST /api/factory/{id}/chart-data',
    'JSON',
    200,
    uses(1, 170, 3),
    (path) => harness.operator.post(`${path}/chart-data`, { time: 180, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'sent again',
    200,
    uses(1, 150),
    (path) => harness.operator.post(`${path}/chart-data`, { time: 60, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'CSV with 100 readings',
    200,
    uses(1, 160, 4),
    (path) =>
      sendText(
        harness.operator,
        `${path}/chart-data`,
        csvOf(
          'time,actual,goal',
          HUNDRED.map(({ time, actual, goal }) => [time, actual, goal]),
        ),
      ),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'lenient: the valid readings',
    200,
    uses(1, 120, 3),
    (path) =>
      harness.operator.post(
        `${path}/chart-data`,
        { time: [180, 240], sprocket_production_actual: [-1, 2] },
        { Prefer: 'handling=lenient' },
      ),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'with the chart in the response',
    200,
    uses(1, 120, 3),
    (path) => harness.operator.post(`${path}/chart-data`, { time: 180, actual: 1 }, { Prefer: 'return=representation' }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'invalid',
    422,
    uses(0),
    () => harness.operator.post('/api/factory/0/chart-data', { time: 1, actual: -1 }),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'invalid CSV',
    422,
    uses(0),
    () => sendText(harness.operator, '/api/factory/0/chart-data', 'a,b\n1,2'),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'factory not found',
    404,
    uses(1, 13),
    () => harness.operator.post('/api/factory/99/chart-data', { time: 60, actual: 1 }),
  ],
  [
    'PUT /api/factory/{id}/chart-data',
    'replaced',
    200,
    uses(1, 330, 10),
    (path) => harness.engineer.put(`${path}/chart-data`, SEED.factories[0]!.factory.chart_data),
    newFactory,
  ],
  [
    'PUT /api/factory/{id}/chart-data/{time}',
    'corrected',
    200,
    uses(1, 230, 3),
    (path) => harness.operator.put(`${path}/chart-data/60`, { actual: 3, goal: 3 }),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'deleted',
    204,
    uses(1, 170, 3),
    (path) => harness.operator.delete(`${path}/chart-data/60`),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'not found',
    404,
    uses(1, 10),
    (path) => harness.operator.delete(`${path}/chart-data/61`),
    newFactory,
  ],
  [
    'POST /api/readings',
    'for three factories',
    200,
    uses(2, 540, 8),
    () => harness.operator.post('/api/readings', { readings: [0, 1, 2].map((factory) => ({ factory, time: 1611400000, actual: 1 })) }),
  ],
  [
    'POST /api/readings',
    'CSV',
    200,
    uses(2, 190, 4),
    () =>
      sendText(
        harness.operator,
        '/api/readings',
        csvOf('factory,time,actual', [
          [0, 1611400060, 1],
          [1, 1611400060, 2],
        ]),
      ),
  ],
  [
    'POST /api/readings',
    'factory not found',
    422,
    uses(1, 2),
    () => harness.operator.post('/api/readings', { readings: [{ factory: 99, time: 60, actual: 1 }] }),
  ],
  [
    'POST /api/v2/write',
    'lines',
    204,
    uses(2, 190, 4),
    () =>
      sendText(
        harness.operator,
        '/api/v2/write?precision=s',
        'production,factory=0 actual=5i 1611400120\nproduction,factory=1 actual=6i 1611400120',
        {},
      ),
  ],
  ['POST /api/v2/write', 'invalid lines', 400, uses(0), () => sendText(harness.operator, '/api/v2/write', 'production', {})],

  [
    'PUT /api/stop-reasons',
    'replaced',
    200,
    uses(1, 30, 4),
    () => harness.engineer.put('/api/stop-reasons', { reasons: [{ ...REASON, name: 'Jammed' }] }),
  ],
  [
    'PUT /api/stop-reasons',
    'without a reason that an annotation uses',
    409,
    uses(1, 20),
    () => harness.engineer.put('/api/stop-reasons', { reasons: [] }),
    () => newAnnotation(),
  ],
  [
    'GET /api/factory/{id}/stop-annotations',
    'a range',
    200,
    uses(1, 5),
    () => harness.viewer.get('/api/factory/1/stop-annotations?from=0&to=100'),
    () => newAnnotation(),
  ],
  [
    'GET /api/stop-annotation/{id}',
    'with a limited key',
    404,
    uses(1, 5),
    (path) => harness.as('limited').get(path),
    () => newAnnotation(),
  ],
  [
    'POST /api/factory/{id}/stop-annotations',
    'created',
    201,
    uses(1, 50, 7),
    (path) => harness.operator.post(`${path}/stop-annotations`, { from: 60, to: 120, reason: REASON.code }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/stop-annotations',
    'that overlaps another',
    409,
    uses(1, 50),
    () => harness.operator.post('/api/factory/2/stop-annotations', { from: 60, to: 120, reason: REASON.code }),
    async () => newAnnotation('/api/factory/2'),
  ],
  ['POST /api/factory/{id}/stop-annotations', 'invalid', 422, uses(0), () => harness.operator.post('/api/factory/0/stop-annotations', {})],
  [
    'PATCH /api/stop-annotation/{id}',
    'changed',
    200,
    uses(2, 40, 4),
    (path) => harness.operator.patch(path, { to: 90 }),
    () => newAnnotation(),
  ],
  [
    'PATCH /api/stop-annotation/{id}',
    'unchanged',
    200,
    uses(2, 40),
    (path) => harness.operator.patch(path, { to: 120 }),
    () => newAnnotation(),
  ],
  ['PATCH /api/stop-annotation/{id}', 'not found', 404, uses(1), () => harness.operator.patch('/api/stop-annotation/99', { to: 90 })],
  ['DELETE /api/stop-annotation/{id}', 'deleted', 204, uses(2, 40, 4), (path) => harness.operator.delete(path), () => newAnnotation()],
  ['PUT /api/stop-reasons', 'invalid', 422, uses(0), () => harness.engineer.put('/api/stop-reasons', { reasons: [{}] })],

  ['POST /api/sprockets', 'created', 201, uses(1, 40, 7), () => harness.engineer.post('/api/sprockets', SPROCKET)],
  ['PUT /api/sprocket/{id}', 'replaced', 200, uses(1, 30, 4), (path) => harness.engineer.put(path, { ...SPROCKET, teeth: 8 }), newSprocket],
  ['PATCH /api/sprocket/{id}', 'patched', 200, uses(1, 30, 4), (path) => harness.engineer.patch(path, { teeth: 8 }), newSprocket],
  ['PATCH /api/sprocket/{id}', 'not found', 404, uses(1, 4), () => harness.engineer.patch('/api/sprocket/99', { teeth: 8 })],
  ['DELETE /api/sprocket/{id}', 'deleted', 204, uses(1, 30, 5), (path) => harness.engineer.delete(path), newSprocket],

  ['POST /api/keys', 'created', 201, uses(1, 30, 8), () => harness.admin.post('/api/keys', { name: 'B', role: 'viewer' })],
  ['POST /api/keys', 'invalid', 422, uses(0), () => harness.admin.post('/api/keys', { name: 'B', role: 'king' })],
  ['PATCH /api/key/{id}', 'renamed', 200, uses(1, 30, 4), (path) => harness.admin.patch(path, { name: 'C' }), newKey],
  ['PATCH /api/key/{id}', 'not found', 404, uses(1, 5), () => harness.admin.patch('/api/key/99', { name: 'C' })],
  ['POST /api/key/{id}/rotate', 'rotated', 201, uses(1, 40, 9), (path) => harness.admin.post(`${path}/rotate`, {}), newKey],
  ['DELETE /api/key/{id}', 'revoked', 204, uses(1, 30, 4), (path) => harness.admin.delete(path), newKey],
  ['PATCH /api/organisation', 'renamed', 200, uses(1, 20, 4), () => harness.admin.patch('/api/organisation', { name: 'Acme' })],
  [
    'DELETE /api/organisation',
    'not confirmed',
    422,
    uses(0),
    () =>
      harness.admin.send('DELETE', '/api/organisation', { body: '{"confirm":"other"}', headers: { 'Content-Type': 'application/json' } }),
  ],
]

const EMPTY_KV = { kvReads: 0, kvPuts: 0, kvDeletes: 0, kvLists: 0 }

test.each(ROWS)('%s, %s (%i), stays within its budget', async (_route, _outcome, status, { trips, rowsRead, rowsWritten }, act, make) => {
  const path = (await make?.()) ?? ''
  await harness.drain()
  await harness.as('limited').get('/api/factory/0/chart-data/1611194818')
  await harness.drain()
  const used = await usedBy(() => act(path))
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
  const path = await newFactory()
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
  const path = await newFactory()
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
