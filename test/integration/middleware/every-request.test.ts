import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: every request, whatever its path and method, gets the same treatment of slashes, CORS, request ids and headers.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

describe('404', () => {
  const MALFORMED_IDS = ['01', '-1', '1.5', 'abc', '1e3', '0x1', '%31%20', '99999999999999999999', '9007199254740993', '+1']
  test.each([
    '/api/factory/3',
    '/api/factory/3/chart-data',
    '/api/factory/3/profile',
    '/api/factory/3/time',
    '/api/factory/3/chart-data/60',
  ])('GET %s gets 404 because the factory does not exist', async (path) => {
    await problemOf(await harness.anonymous.get(path), 404)
  })
  test.each(MALFORMED_IDS)('the malformed id %s gets 404 for reads and writes', async (id) => {
    for (const path of [`/api/factory/${id}`, `/api/factory/${id}/time`, `/api/sprocket/${id}`])
      await problemOf(await harness.anonymous.get(path), 404)
    expect((await harness.engineer.delete(`/api/factory/${id}`)).status).toBe(404)
    expect((await harness.engineer.patch(`/api/sprocket/${id}`, { teeth: 1 })).status).toBe(404)
  })
  test.each(['01', '1.5', 'now', '1e9', '-0', '99999999999999999999999999'])(
    'the malformed time %s gets 404 for reads and writes',
    async (time) => {
      expect((await harness.anonymous.get(`/api/factory/1/chart-data/${time}`)).status).toBe(404)
      expect((await harness.operator.put(`/api/factory/1/chart-data/${time}`, { actual: 1 })).status).toBe(404)
      expect((await harness.operator.delete(`/api/factory/1/chart-data/${time}`)).status).toBe(404)
    },
  )
  test('a path without a route gets 404 with a problem', async () => {
    const problem = await problemOf(await harness.anonymous.get('/nothing/here'), 404)
    expect(problem).toMatchObject({ type: 'https://api.test/docs/errors#not-found', title: 'Resource not found', status: 404 })
  })
})

test('repeated slashes count as one, for reads, writes, links and redirects', async () => {
  const expected = await (await harness.viewer.get('/api/factory/1?x=//y')).text()
  for (const path of ['//api/factory/1', '/api//factory/1', '///api////factory//1//', '/api/factory//1'])
    expect(await (await harness.viewer.get(path)).text(), path).toBe(expected)
  expect((await harness.operator.post('//api//factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(200)
  const page = await harness.viewer.get('//api//factory/1/chart-data?limit=2')
  expect(page.headers.get('Link')).toMatch(/^<\/api\/factory\/1\/chart-data\?limit=2/)
  expect((await harness.anonymous.get('/api//factories//1')).headers.get('Location')).toBe('/api/factory/1')
  await problemOf(await harness.anonymous.get('//nothing'), 404)
})

test.each([
  ['/api/factories/1', '/api/factory/1'],
  ['/api/factories/1/chart-data?limit=3&from=x%26y', '/api/factory/1/chart-data?limit=3&from=x%26y'],
  ['/api/sprockets/2', '/api/sprocket/2'],
])('%s redirects to %s permanently, with any method', async (from, to) => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await harness.anonymous.send(method, from)
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
])('%s %s gets 405 with the allowed methods', async (method, path, allowed) => {
  const response = await harness.engineer.send(method, path)
  await problemOf(response, 405)
  expect(response.headers.get('Allow')!.split(', ').toSorted()).toEqual(allowed.split(', ').toSorted())
})

test('CORS allows every origin, and exposes the headers that clients need', async () => {
  const preflight = await harness.anonymous.send('OPTIONS', '/api/factory/1/chart-data', {
    headers: {
      Origin: 'https://plant.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(preflight.headers.get('Access-Control-Allow-Methods')!.split(',')).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
  const requestHeaders = [
    'Authorization',
    'Content-Digest',
    'Content-Encoding',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
  ]
  for (const name of [...requestHeaders, 'Prefer', 'Repr-Digest', 'Want-Repr-Digest', 'x-d1-bookmark', 'X-Request-Id'])
    expect(preflight.headers.get('Access-Control-Allow-Headers')!.split(',')).toContain(name)
  expect(preflight.headers.has('Access-Control-Allow-Credentials')).toBe(false)
  for (const path of ['/api/factory/1', '/api/factory/9', '/api/factory/1?']) {
    const { headers } = await harness.anonymous.get(path, { Origin: 'https://plant.example' })
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    const exposed = headers.get('Access-Control-Expose-Headers')!.split(',')
    for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'x-d1-bookmark', 'X-Request-Id', 'RateLimit-Policy', 'Cache-Status'])
      expect(exposed).toContain(name)
  }
})

test('a valid X-Request-Id is returned in the header and in problems, and an invalid one is replaced', async () => {
  const requestIdOf = async (id: string) =>
    (await harness.anonymous.get('/api/factory/9', { 'X-Request-Id': id })).headers.get('X-Request-Id')
  expect(await requestIdOf('gateway-7_42=')).toBe('gateway-7_42=')
  for (const invalid of ['x'.repeat(101), 'a b', 'a"b', '<script>', ''])
    expect(await requestIdOf(invalid), invalid).toMatch(/^[0-9a-f-]{36}$/)
  const problem = await problemOf(await harness.anonymous.get('/api/factory/9', { 'X-Request-Id': 'gateway-7' }), 404)
  expect(problem.request_id).toBe('gateway-7')
  expect((await harness.anonymous.get('/api/factory/1')).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('every response, also a problem, has RateLimit-Policy and Vary', async () => {
  for (const path of ['/api/factory/1', '/api/factory/9', '/nothing', '/health']) {
    const { headers } = await harness.anonymous.get(path)
    expect(headers.get('RateLimit-Policy')).toContain('"anonymous";q=')
    expect(headers.get('Vary')).toBe('Authorization, Accept')
  }
})

test.each(['', 'x', '00000000-00000000-00000000', `00000000-00000000-00000000-${'0'.repeat(31)}G`])(
  'the malformed bookmark "%s" gets 400',
  async (bookmark) => {
    const response = await harness.anonymous.get('/api/factory/1', { 'x-d1-bookmark': bookmark })
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
])('%s gets 400 with a pointer to the parameter', async (path, name) => {
  const problem = await problemOf(await harness.anonymous.get(path), 400)
  expect(problem.errors!.map(({ pointer }) => pointer)).toEqual([`#/query/${name}`])
})
