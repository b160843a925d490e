import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let world: Harness
beforeAll(async () => {
  world = await createHarness()
})

describe('what is not there is 404', () => {
  const illFormed = ['01', '-1', '1.5', 'abc', '1e3', '0x1', '%31%20', '99999999999999999999', '9007199254740993', '+1']
  test.each([
    '/api/factory/3',
    '/api/factory/3/chart-data',
    '/api/factory/3/profile',
    '/api/factory/3/time',
    '/api/factory/3/chart-data/60',
  ])('at %s, which names an absent factory', async (path) => {
    await problemOf(await world.anonymous.get(path), 404)
  })
  test.each(illFormed)('for the ill-formed id %s, to readers and writers alike', async (id) => {
    for (const path of [`/api/factory/${id}`, `/api/factory/${id}/time`, `/api/sprocket/${id}`])
      await problemOf(await world.anonymous.get(path), 404)
    expect((await world.engineer.delete(`/api/factory/${id}`)).status).toBe(404)
    expect((await world.engineer.patch(`/api/sprocket/${id}`, { teeth: 1 })).status).toBe(404)
  })
  test.each(['01', '1.5', 'now', '1e9', '-0', '9999999999999999'])('for the ill-formed time %s', async (time) => {
    expect((await world.anonymous.get(`/api/factory/1/chart-data/${time}`)).status).toBe(404)
    expect((await world.operator.put(`/api/factory/1/chart-data/${time}`, { actual: 1 })).status).toBe(404)
    expect((await world.operator.delete(`/api/factory/1/chart-data/${time}`)).status).toBe(404)
  })
  test('where no route stands', async () => {
    const problem = await problemOf(await world.anonymous.get('/nothing/here'), 404)
    expect(problem).toMatchObject({ type: 'https://api.test/docs/errors#not-found', title: 'Resource not found', status: 404 })
  })
})

test('slashes that are doubled count once, for reads, writes and addresses that lead elsewhere', async () => {
  const expected = await (await world.viewer.get('/api/factory/1?x=//y')).text()
  for (const path of ['//api/factory/1', '/api//factory/1', '///api////factory//1//', '/api/factory//1'])
    expect(await (await world.viewer.get(path)).text(), path).toBe(expected)
  expect((await world.operator.post('//api//factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(200)
  const page = await world.viewer.get('//api//factory/1/chart-data?limit=2')
  expect(page.headers.get('Link')).toMatch(/^<\/api\/factory\/1\/chart-data\?limit=2/)
  expect((await world.anonymous.get('/api//factories//1')).headers.get('Location')).toBe('/api/factory/1')
  await problemOf(await world.anonymous.get('//nothing'), 404)
})

test.each([
  ['/api/factories/1', '/api/factory/1'],
  ['/api/factories/1/chart-data?limit=3&from=x%26y', '/api/factory/1/chart-data?limit=3&from=x%26y'],
  ['/api/sprockets/2', '/api/sprocket/2'],
])('%s leads to %s for good, whatever the method', async (from, to) => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await world.anonymous.send(method, from)
    expect([response.status, response.headers.get('Location')]).toEqual([308, to])
  }
})

test.each([
  ['DELETE', '/api/factories', 'GET, HEAD, POST, OPTIONS'],
  ['POST', '/api/factory/1', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
  ['POST', '/api/factory/1/time', 'GET, HEAD, OPTIONS'],
  ['PATCH', '/api/factory/1/chart-data', 'GET, HEAD, POST, PUT, OPTIONS'],
  ['GET', '/api/readings', 'POST, OPTIONS'],
  ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
])('%s %s is 405 and says what is offered', async (method, path, offered) => {
  const response = await world.engineer.send(method, path)
  await problemOf(response, 405)
  expect(response.headers.get('Allow')!.split(', ').toSorted()).toEqual(offered.split(', ').toSorted())
})

test('a page of any origin may ask first, and read the headers that matter', async () => {
  const preflight = await world.anonymous.send('OPTIONS', '/api/factory/1/chart-data', {
    headers: {
      Origin: 'https://plant.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(preflight.headers.get('Access-Control-Allow-Methods')!.split(',')).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
  const asked = ['Authorization', 'Content-Digest', 'Content-Encoding', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match']
  for (const name of [...asked, 'Prefer', 'Repr-Digest', 'Want-Repr-Digest', 'x-d1-bookmark', 'X-Request-Id'])
    expect(preflight.headers.get('Access-Control-Allow-Headers')!.split(',')).toContain(name)
  expect(preflight.headers.has('Access-Control-Allow-Credentials')).toBe(false)
  for (const path of ['/api/factory/1', '/api/factory/9', '/api/factory/1?']) {
    const { headers } = await world.anonymous.get(path, { Origin: 'https://plant.example' })
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    const exposed = headers.get('Access-Control-Expose-Headers')!.split(',')
    for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'x-d1-bookmark', 'X-Request-Id', 'RateLimit-Policy', 'Cache-Status'])
      expect(exposed).toContain(name)
  }
})

test('a sane request id comes back in the header and in problems; an insane one is replaced', async () => {
  const answered = async (id: string) => (await world.anonymous.get('/api/factory/9', { 'X-Request-Id': id })).headers.get('X-Request-Id')
  expect(await answered('gateway-7_42=')).toBe('gateway-7_42=')
  for (const insane of ['x'.repeat(101), 'a b', 'a"b', '<script>', '']) expect(await answered(insane), insane).toMatch(/^[0-9a-f-]{36}$/)
  const problem = await problemOf(await world.anonymous.get('/api/factory/9', { 'X-Request-Id': 'gateway-7' }), 404)
  expect(problem.request_id).toBe('gateway-7')
  expect((await world.anonymous.get('/api/factory/1')).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('every answer, an error too, says the limits and what it varies by', async () => {
  for (const path of ['/api/factory/1', '/api/factory/9', '/nothing', '/health']) {
    const { headers } = await world.anonymous.get(path)
    expect(headers.get('RateLimit-Policy')).toContain('"anonymous";q=')
    expect(headers.get('Vary')).toBe('Authorization, Accept')
  }
})

test.each(['', 'x', '00000000-00000000-00000000', `00000000-00000000-00000000-${'0'.repeat(31)}G`])(
  'the bookmark "%s" is malformed: 400',
  async (bookmark) => {
    const response = await world.anonymous.get('/api/factory/1', { 'x-d1-bookmark': bookmark })
    await problemOf(response, 400)
  },
)

test.each([
  ['/api/factories?cursor=x', 'cursor'],
  ['/api/factories?cursor=-1', 'cursor'],
  ['/api/factories?cursor=', 'cursor'],
  ['/api/factories?limit=0', 'limit'],
  ['/api/factories?limit=101', 'limit'],
  ['/api/factories?limit=2.5', 'limit'],
  ['/api/factories?chart_data=no', 'chart_data'],
  ['/api/sprockets?limit=many', 'limit'],
])('%s is 400 and points to the parameter', async (path, name) => {
  const problem = await problemOf(await world.anonymous.get(path), 400)
  expect(problem.errors!.map(({ pointer }) => pointer)).toEqual([`#/query/${name}`])
})
