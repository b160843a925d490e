import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness, SEED } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: plain reads have the values of the seed, and follow HTTP in HEAD, conditions, caching and bookmarks.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const json = async (path: string) => (await harness.anonymous.get(path)).json()
const seedFactory = (id: number) => {
  const { chart_data } = SEED.factories[id]!.factory
  const last = chart_data.time.length - 1
  const latest = {
    time: chart_data.time[last],
    actual: chart_data.sprocket_production_actual[last],
    goal: chart_data.sprocket_production_goal[last],
  }
  return { id, name: null, time_zone: 'UTC', latest, chart_data }
}
const seedSprocket = (id: number) => ({ id, ...SEED.sprockets[id] })
const withoutChart = ({ chart_data: _, ...factory }: ReturnType<typeof seedFactory>) => factory

describe('the seed as anonymous clients read it', () => {
  test.each([0, 1, 2])('factory %i has exactly the values of the seed, as a whole and by columns', async (id) => {
    const { chart_data } = seedFactory(id)
    expect(await json(`/api/factory/${id}`)).toEqual({ factory: seedFactory(id) })
    expect(await json(`/api/factory/${id}/chart-data`)).toEqual(chart_data)
    expect(await json(`/api/factory/${id}/production-actual`)).toEqual(chart_data.sprocket_production_actual)
    expect(await json(`/api/factory/${id}/production-goal`)).toEqual(chart_data.sprocket_production_goal)
    expect(await json(`/api/factory/${id}/time`)).toEqual(chart_data.time)
    expect(await json(`/api/factory/${id}/profile`)).toEqual({ id, name: null, time_zone: 'UTC' })
    expect(await json(`/api/factory/${id}/chart-data/${chart_data.time[3]}`)).toEqual({
      time: chart_data.time[3],
      actual: chart_data.sprocket_production_actual[3],
      goal: chart_data.sprocket_production_goal[3],
    })
  })

  test('GET /api/factories lists the factories of the seed, with and without the series', async () => {
    const factories = [0, 1, 2].map(seedFactory)
    expect(await json('/api/factories')).toEqual({ factories: factories.map((factory) => ({ factory })), count: 3, next: null })
    expect(await json('/api/factories?chart_data=true')).toEqual(await json('/api/factories'))
    expect(await json('/api/factories?chart_data=false')).toEqual({
      factories: factories.map((factory) => ({ factory: withoutChart(factory) })),
      count: 3,
      next: null,
    })
  })

  test('GET /api/sprockets and GET /api/sprocket/{id} return the sprockets of the seed', async () => {
    expect(await json('/api/sprockets')).toEqual({ sprockets: [0, 1, 2].map(seedSprocket), count: 3, next: null })
    for (const id of [0, 1, 2]) expect(await json(`/api/sprocket/${id}`)).toEqual(seedSprocket(id))
  })
})

const DOCUMENTS = [
  '/api/factories',
  '/api/factory/1',
  '/api/factory/1/chart-data',
  '/api/factory/1/time',
  '/api/sprockets',
  '/api/sprocket/2',
]

test.each(DOCUMENTS)('%s with a trailing slash returns the same body', async (path) => {
  expect(await json(`${path}/`)).toEqual(await json(path))
})

test.each([...DOCUMENTS, '/api/factory/1/chart-data/1611204818'])('HEAD %s has the headers of GET and no body', async (path) => {
  await harness.anonymous.get(path)
  await harness.drain()
  const [head, get] = [await harness.anonymous.send('HEAD', path), await harness.anonymous.get(path)]
  expect([head.status, await head.text()]).toEqual([200, ''])
  for (const name of ['ETag', 'Cache-Control', 'Content-Type', 'Vary', 'Cache-Status', 'RateLimit-Policy'])
    expect(head.headers.get(name), name).toBe(get.headers.get(name))
})

describe('If-None-Match', () => {
  test.each([...DOCUMENTS, '/api/factory/1/chart-data/1611204818', '/api/factories?limit=2'])(
    'GET %s responds 304 to a current entity tag, with the headers of 200',
    async (path) => {
      await harness.anonymous.get(path)
      await harness.drain()
      const full = await harness.anonymous.get(path)
      const etag = full.headers.get('ETag')!
      expect(etag).toMatch(/^"[\w-]{22}"$/)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag}`, '*', ' * ']) {
        const response = await harness.anonymous.get(path, { 'If-None-Match': known })
        expect([response.status, await response.text()], known).toEqual([304, ''])
        for (const name of ['ETag', 'Cache-Control', 'Vary', 'Cache-Status'])
          expect(response.headers.get(name), name).toBe(full.headers.get(name))
      }
      for (const unknown of ['"other"', etag.slice(1, -1), '']) {
        expect((await harness.anonymous.get(path, { 'If-None-Match': unknown })).status, unknown).toBe(200)
      }
    },
  )

  test('a write changes the entity tag of the documents that it affects', async () => {
    const { headers } = await harness.anonymous.get('/api/factory/0/time')
    await harness.operator.post('/api/factory/0/chart-data', { time: 60, actual: 1 })
    await harness.drain()
    expect((await harness.anonymous.get('/api/factory/0/time', { 'If-None-Match': headers.get('ETag')! })).status).toBe(200)
  })
})

test('Cache-Control is no-cache for all clients, and private for clients with a key', async () => {
  expect((await harness.anonymous.get('/api/factory/1')).headers.get('Cache-Control')).toBe('no-cache')
  expect((await harness.viewer.get('/api/factory/1')).headers.get('Cache-Control')).toBe('private, no-cache')
})

test('writes send a bookmark and reads do not', async () => {
  expect((await harness.anonymous.get('/api/factory/1')).headers.has('x-d1-bookmark')).toBe(false)
  const write = await harness.operator.post('/api/factory/1/chart-data', { readings: [] })
  expect(write.headers.get('x-d1-bookmark')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/)
})
