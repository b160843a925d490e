import { beforeAll, expect, test } from 'vitest'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { addKey, SEED } from '../support/harness.ts'
import { makeUsage } from '../support/binding-usage.ts'
import type { Usage } from '../support/binding-usage.ts'
import type { TestClient, Harness } from '../support/harness.ts'

/**
 * What every route asks of database and KV for each way it can end, with nothing of what it touches being read: exactly so
 * many trips, rows written, KV reads and puts, and at most so many rows read. What documents take is in counts.test.ts.
 */
let world: Harness
let usedBy: Usage['usedBy']
beforeAll(async () => {
  const usage = await makeUsage()
  world = usage.world
  usedBy = usage.usedBy
  // Keys of tests are made beside the API; the one that governs is not to be the last of its kind.
  await addKey(1, 'second', 'admin')
  await addKey(1, 'limited', 'viewer', { factories: '[0,1]' })
  await world.as('second').get('/api/keys')
  await world.settle()
})

const idOf = (response: Response) => response.headers.get('Location')!.split('/').at(-1)!
const newFactory = async () =>
  `/api/factory/${idOf(await world.engineer.post('/api/factories', { chart_data: { time: [60, 120], sprocket_production_actual: [1, 2] } }))}`
const newSprocket = async () => `/api/sprocket/${idOf(await world.engineer.post('/api/sprockets', SPROCKET))}`
const newKey = async () => `/api/key/${idOf(await world.admin.post('/api/keys', { name: 'A', role: 'viewer' }))}`

const SPROCKET = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const CSV = { 'Content-Type': 'text/csv' }
const HUNDRED = Array.from({ length: 100 }, (_, at) => ({ time: 600 + 60 * at, actual: at, goal: 1 }))
const csvOf = (header: string, rows: (string | number)[][]) => [header, ...rows.map((row) => row.join(','))].join('\n')
const sendText = (actor: TestClient, path: string, body: string, headers: Record<string, string> = CSV) =>
  actor.send('POST', path, { body, headers })

/** What one may use; nothing of KV unless it says so. */
interface Most {
  trips: number
  /** At most so many. */
  rowsRead: number
  rowsWritten: number
}
type Act = (made: string) => Promise<Response>
type Row = [route: string, outcome: string, status: number, most: Most, act: Act, make?: () => Promise<string>]

const of = (trips: number, rowsRead = 0, rowsWritten = 0): Most => ({ trips, rowsRead, rowsWritten })
const ROWS: Row[] = [
  ['GET /health', 'runs', 200, of(0), () => world.anonymous.get('/health')],
  ['GET /ping', 'runs', 204, of(0), () => world.anonymous.get('/ping')],
  ['GET /api/v2/ping', 'runs', 204, of(0), () => world.anonymous.get('/api/v2/ping')],
  ['GET /openapi.json', 'is made here', 200, of(0), () => world.anonymous.get('/openapi.json')],
  ['GET /api/factories', 'a page of a size of its own', 200, of(1, 200), () => world.viewer.get('/api/factories?limit=2')],
  ['GET /api/factories', 'a key limited to some', 200, of(1, 210), () => world.as('limited').get('/api/factories')],
  ['GET /api/summary', 'a key limited to some', 200, of(1, 20), () => world.as('limited').get('/api/summary')],
  ['GET /api/factory/{id}', 'beyond the reach of its key', 404, of(0), () => world.as('limited').get('/api/factory/2')],
  ['GET /api/factory/{id}/chart-data', 'a range', 200, of(1, 50), () => world.viewer.get('/api/factory/1/chart-data?from=0')],
  ['GET /api/factory/{id}/chart-data', 'so many points', 200, of(1, 50), () => world.viewer.get('/api/factory/1/chart-data?points=5')],
  ['GET /api/factory/{id}/chart-data/{time}', 'there', 200, of(1, 3), () => world.viewer.get('/api/factory/1/chart-data/1611204818')],
  ['GET /api/factory/{id}/chart-data/{time}', 'not there', 404, of(1, 2), () => world.viewer.get('/api/factory/1/chart-data/1')],
  ['GET /api/factory/{id}/export', 'whole', 200, of(1, 50), () => world.viewer.get('/api/factory/1/export')],
  ['GET /api/factory/{id}/export', 'not there', 404, of(1), () => world.viewer.get('/api/factory/99/export')],
  ['GET /api/keys', 'all', 200, of(1, 20), () => world.admin.get('/api/keys')],
  ['GET /api/key/{id}', 'there', 200, of(1, 1), () => world.admin.get('/api/key/0')],
  ['GET /api/key/{id}', 'not there', 404, of(1), () => world.admin.get('/api/key/99')],
  ['GET /api/organisation', 'there', 200, of(1, 1), () => world.admin.get('/api/organisation')],
  ['GET /api/audit-log', 'a page', 200, of(1, 20), () => world.admin.get('/api/audit-log?limit=1')],
  ['GET /api/audit-log', 'a cursor that is none', 400, of(1), () => world.admin.get('/api/audit-log?cursor=x')],

  ['POST /api/factories', 'made', 201, of(1, 180, 23), () => world.engineer.post('/api/factories', {})],
  [
    'POST /api/factories',
    'made with a series',
    201,
    of(1, 520, 45),
    () => world.engineer.post('/api/factories', SEED.factories[0]!.factory),
  ],
  ['POST /api/factories', 'not valid', 422, of(0), () => world.engineer.post('/api/factories', { name: 1 })],
  ['PATCH /api/factory/{id}', 'renamed', 200, of(1, 50, 6), (made) => world.engineer.patch(made, { name: 'North' }), newFactory],
  ['PATCH /api/factory/{id}', 'as it was', 200, of(1, 40), (made) => world.engineer.patch(made, { name: null }), newFactory],
  ['PATCH /api/factory/{id}', 'not there', 404, of(1, 4), () => world.engineer.patch('/api/factory/99', { name: 'X' })],
  ['DELETE /api/factory/{id}', 'gone', 204, of(1, 60, 11), (made) => world.engineer.delete(made), newFactory],
  ['DELETE /api/factory/{id}', 'not there', 404, of(1, 4), () => world.engineer.delete('/api/factory/99')],

  [
    'POST /api/factory/{id}/chart-data',
    'JSON',
    200,
    of(1, 170, 8),
    (made) => world.operator.post(`${made}/chart-data`, { time: 180, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'sent again',
    200,
    of(1, 130),
    (made) => world.operator.post(`${made}/chart-data`, { time: 60, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'CSV of a hundred',
    200,
    of(1, 3610, 108),
    (made) =>
      sendText(
        world.operator,
        `${made}/chart-data`,
        csvOf(
          'time,actual,goal',
          HUNDRED.map(({ time, actual, goal }) => [time, actual, goal]),
        ),
      ),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'what is good of it',
    200,
    of(1, 190, 8),
    (made) =>
      world.operator.post(`${made}/chart-data`, { time: [180, 240], sprocket_production_actual: [-1, 2] }, { Prefer: 'handling=lenient' }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'answered with the chart',
    200,
    of(1, 220, 8),
    (made) => world.operator.post(`${made}/chart-data`, { time: 180, actual: 1 }, { Prefer: 'return=representation' }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'not valid',
    422,
    of(0),
    () => world.operator.post('/api/factory/0/chart-data', { time: 1, actual: -1 }),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'CSV that is none',
    422,
    of(0),
    () => sendText(world.operator, '/api/factory/0/chart-data', 'a,b\n1,2'),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'no factory',
    404,
    of(1, 50),
    () => world.operator.post('/api/factory/99/chart-data', { time: 60, actual: 1 }),
  ],
  [
    'PUT /api/factory/{id}/chart-data',
    'replaced',
    200,
    of(1, 650, 45),
    (made) => world.engineer.put(`${made}/chart-data`, SEED.factories[0]!.factory.chart_data),
    newFactory,
  ],
  [
    'PUT /api/factory/{id}/chart-data/{time}',
    'corrected',
    200,
    of(1, 220, 8),
    (made) => world.operator.put(`${made}/chart-data/60`, { actual: 3, goal: 3 }),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'gone',
    204,
    of(1, 160, 8),
    (made) => world.operator.delete(`${made}/chart-data/60`),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'not there',
    404,
    of(1, 70),
    (made) => world.operator.delete(`${made}/chart-data/61`),
    newFactory,
  ],
  [
    'POST /api/readings',
    'of three factories',
    200,
    of(2, 540, 16),
    () => world.operator.post('/api/readings', { readings: [0, 1, 2].map((factory) => ({ factory, time: 1611400000, actual: 1 })) }),
  ],
  [
    'POST /api/readings',
    'CSV',
    200,
    of(2, 390, 12),
    () =>
      sendText(
        world.operator,
        '/api/readings',
        csvOf('factory,time,actual', [
          [0, 1611400060, 1],
          [1, 1611400060, 2],
        ]),
      ),
  ],
  [
    'POST /api/readings',
    'of a factory that is not there',
    422,
    of(1, 2),
    () => world.operator.post('/api/readings', { readings: [{ factory: 99, time: 60, actual: 1 }] }),
  ],
  [
    'POST /api/v2/write',
    'lines',
    204,
    of(2, 400, 12),
    () =>
      sendText(
        world.operator,
        '/api/v2/write?precision=s',
        'production,factory=0 actual=5i 1611400120\nproduction,factory=1 actual=6i 1611400120',
        {},
      ),
  ],
  ['POST /api/v2/write', 'lines that are none', 400, of(0), () => sendText(world.operator, '/api/v2/write', 'production', {})],

  ['POST /api/sprockets', 'made', 201, of(1, 40, 9), () => world.engineer.post('/api/sprockets', SPROCKET)],
  [
    'PUT /api/sprocket/{id}',
    'measured anew',
    200,
    of(1, 30, 6),
    (made) => world.engineer.put(made, { ...SPROCKET, teeth: 8 }),
    newSprocket,
  ],
  ['PATCH /api/sprocket/{id}', 'measured anew', 200, of(1, 30, 6), (made) => world.engineer.patch(made, { teeth: 8 }), newSprocket],
  ['PATCH /api/sprocket/{id}', 'not there', 404, of(1, 4), () => world.engineer.patch('/api/sprocket/99', { teeth: 8 })],
  ['DELETE /api/sprocket/{id}', 'gone', 204, of(1, 30, 7), (made) => world.engineer.delete(made), newSprocket],

  ['POST /api/keys', 'made', 201, of(1, 30, 10), () => world.admin.post('/api/keys', { name: 'B', role: 'viewer' })],
  ['POST /api/keys', 'not valid', 422, of(0), () => world.admin.post('/api/keys', { name: 'B', role: 'king' })],
  ['PATCH /api/key/{id}', 'demoted', 200, of(1, 30, 6), (made) => world.admin.patch(made, { name: 'C' }), newKey],
  ['PATCH /api/key/{id}', 'not there', 404, of(1, 5), () => world.admin.patch('/api/key/99', { name: 'C' })],
  ['POST /api/key/{id}/rotate', 'another in its place', 201, of(1, 40, 11), (made) => world.admin.post(`${made}/rotate`, {}), newKey],
  ['DELETE /api/key/{id}', 'revoked', 204, of(1, 30, 6), (made) => world.admin.delete(made), newKey],
  ['PATCH /api/organisation', 'renamed', 200, of(1, 30, 6), () => world.admin.patch('/api/organisation', { name: 'Acme' })],
  [
    'DELETE /api/organisation',
    'not confirmed',
    422,
    of(0),
    () => world.admin.send('DELETE', '/api/organisation', { body: '{"confirm":"other"}', headers: { 'Content-Type': 'application/json' } }),
  ],
]

const EMPTY_KV = { kvReads: 0, kvPuts: 0, kvDeletes: 0, kvLists: 0 }

test.each(ROWS)('%s: %s (%i)', async (_route, _outcome, status, { trips, rowsRead, rowsWritten }, act, make) => {
  const made = (await make?.()) ?? ''
  await world.settle()
  await world.as('limited').get('/api/factory/0/chart-data/1611194818')
  await world.settle()
  const used = await usedBy(() => act(made))
  expect(used).toMatchObject({ status, trips, rowsWritten, ...EMPTY_KV })
  expect(used.rowsRead).toBeLessThanOrEqual(rowsRead)
})

test('a POST with an Idempotency-Key looks for an earlier answer first and keeps its own afterwards; a replay writes nothing', async () => {
  const made = await newFactory()
  await world.settle()
  const under = { 'Idempotency-Key': '"counted"' }
  const post = (actual: number) => () => world.operator.post(`${made}/chart-data`, { time: 180, actual }, under)
  const first = await usedBy(post(1))
  expect(first).toMatchObject({ status: 200, trips: 3, rowsWritten: 13, ...EMPTY_KV })
  expect(await usedBy(post(1))).toMatchObject({ status: 200, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  expect(await usedBy(post(2))).toMatchObject({ status: 422, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  const reading = () => world.operator.post('/api/factory/0/chart-data', { time: 1, actual: -1 }, { 'Idempotency-Key': 'other' })
  expect(await usedBy(reading)).toMatchObject({ status: 422, trips: 1, rowsWritten: 0, ...EMPTY_KV })
})

test('If-Match costs one trip more, to compare', async () => {
  const made = await newFactory()
  const tag = (await world.viewer.get(`${made}/profile`)).headers.get('ETag')!
  await world.settle()
  const rename = (name: string) => () => world.engineer.patch(made, { name }, { 'If-Match': tag })
  expect(await usedBy(rename('A'))).toMatchObject({ status: 200, kvPuts: 1 })
  expect(await usedBy(rename('B'))).toMatchObject({ status: 412, trips: 1, rowsWritten: 0, ...EMPTY_KV })
})

test('a key that was not met lately is looked up once, and a refusal is remembered', async () => {
  await addKey(1, 'stranger here', 'viewer')
  await addKey(1, 'revoked', 'viewer', { revoked_at: 1 })
  const path = '/api/factory/9'
  // The key, and what is asked for; after the answer its use is noted.
  expect(await usedBy(() => world.as('stranger here').get(`${path}9/chart-data/1`))).toMatchObject({
    status: 404,
    trips: 3,
    rowsWritten: 1,
  })
  expect(await usedBy(() => world.as('stranger here').get(`${path}9/chart-data/1`))).toMatchObject({
    status: 404,
    trips: 1,
    rowsWritten: 0,
  })
  expect(await usedBy(() => world.as('revoked').get(path))).toMatchObject({ status: 401, trips: 1, rowsWritten: 0, ...EMPTY_KV })
  expect(await usedBy(() => world.as('revoked').get(path))).toMatchObject({ status: 401, trips: 0, ...EMPTY_KV })
})

test('readiness asks database and KV, and writes nothing', async () => {
  expect(await usedBy(() => world.anonymous.get('/ready'))).toMatchObject({ trips: 2, rowsWritten: 0, kvReads: 1, kvPuts: 0 })
})

test('HEAD takes what GET takes', async () => {
  await world.viewer.get('/api/sprocket/1')
  await world.settle()
  expect(await usedBy(() => world.viewer.send('HEAD', '/api/sprocket/1'))).toMatchObject({ status: 200, trips: 0, kvReads: 1, kvPuts: 0 })
})

test('an account is deleted in one trip', async () => {
  const confirm = { body: '{"confirm":"demo"}', headers: { 'Content-Type': 'application/json' } }
  expect(await usedBy(() => world.admin.send('DELETE', '/api/organisation', confirm))).toMatchObject({
    status: 202,
    trips: 1,
    kvReads: 0,
    kvPuts: 0,
  })
})

test('every route is counted', async () => {
  const { paths } = (await (await world.anonymous.get('/openapi.json')).json()) as { paths: Record<string, object> }
  const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  const counted = new Set([...ROWS.map(([route]) => route), ...DOCUMENTS.map(({ route }) => `GET ${route}`), 'GET /ready'])
  expect(routes.filter((route) => !counted.has(route))).toEqual([])
})
