import { afterEach, beforeEach, expect, test } from 'vitest'
import { createValidatedEntries } from '../../../src/cache/read.ts'
import { getEpochState } from '../../../src/runtime/state.ts'
import { createClient, ApiError } from '../../../src/client/client.ts'
import type { Options } from '../../../src/client/client.ts'
import { createHarness, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the typed client sends conditional reads and bookmarks, repeats only requests that are safe to repeat, and reads all pages of a list.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.drain())

/** Returns a client of the harness, with its requests, the statuses of the responses, and the waits in ms. */
const clientOf = (
  key: string | undefined,
  options: Options = {},
  /** Responds instead of the harness, if it returns a response. `n` counts requests from 1. */
  intercept: (request: Request, n: number) => Response | undefined = () => undefined,
) => {
  const requests: Request[] = []
  const statuses: number[] = []
  const waits: number[] = []
  const client = createClient({
    base: 'https://api.test',
    ...(key !== undefined && { key: apiKeyOf(key) }),
    now: () => harness.clock.now(),
    random: () => 0,
    wait: async (ms) => {
      waits.push(ms)
      harness.clock.advance(ms)
    },
    fetch: async (request) => {
      requests.push(request)
      const { pathname, search } = new URL(request.url)
      const response =
        intercept(request, requests.length) ??
        (await harness.anonymous.send(request.method, pathname + search, {
          headers: request.headers,
          ...(request.body && { body: await request.clone().text() }),
        }))
      statuses.push(response.status)
      return response
    },
    ...options,
  })
  return { client, requests, statuses, waits }
}

const errorResponse = (status: number, headers: Record<string, string> = {}, code = 'unavailable') =>
  new Response(JSON.stringify({ type: `https://api.test/docs/errors#${code}`, detail: 'Not now.' }), { status, headers })

test('send uses the Idempotency-Key of its options, so that another program can repeat a POST', async () => {
  const { client, requests } = clientOf('operator')
  const { client: later, statuses } = clientOf('operator')
  const body = { time: 1611206018, actual: 31 }
  const first = await client.send('POST /api/factory/{id}/chart-data', { id: 1 }, body, { idempotencyKey: 'import-1' })
  const second = await later.send('POST /api/factory/{id}/chart-data', { id: 1 }, body, { idempotencyKey: 'import-1' })
  expect(requests[0]!.headers.get('Idempotency-Key')).toBe('import-1')
  expect(second.data).toEqual(first.data)
  expect([first.data.changed, statuses]).toEqual([1, [200]])
})

test('get sends the entity tag of the last response, and returns the same object after 304', async () => {
  const { client, statuses } = clientOf(undefined)
  const first = await client.get('/api/factory/{id}', { id: 1 })
  const second = await client.get('/api/factory/{id}', { id: 1 })
  expect([first.changed, second.changed, second.data === first.data, second.etag]).toEqual([true, false, true, first.etag])
  await clientOf('operator').client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31, goal: 30 })
  getEpochState(harness.isolate, createValidatedEntries).clear()
  const third = await client.get('/api/factory/{id}', { id: 1 })
  expect([third.changed, third.data.factory.latest]).toEqual([true, { time: 1611206018, actual: 31, goal: 30 }])
  expect(statuses).toEqual([200, 304, 200])
})

test('the client sends the bookmark of a write with every read for two minutes', async () => {
  const { client, requests } = clientOf('operator')
  const { headers } = await client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31 })
  const bookmark = headers.get('x-d1-bookmark')
  expect(client.bookmark).toBe(bookmark)
  await client.get('/api/factory/{id}', { id: 1 })
  harness.clock.advance(119_000)
  await client.get('/api/factories')
  harness.clock.advance(2_000)
  await client.get('/api/factories')
  expect(requests.map((request) => request.headers.get('x-d1-bookmark'))).toEqual([null, bookmark, bookmark, null])
})

test('remember takes the bookmark of another client, and the later of two bookmarks counts', async () => {
  const { client } = clientOf(undefined)
  const [early, late] = ['0', 'f'].map((digit) => `0000000${digit}-00000000-00000000-${'0'.repeat(32)}`)
  client.remember(late!)
  client.remember(early!)
  expect(client.bookmark).toBe(late)
  harness.clock.advance(120_000)
  expect(client.bookmark).toBeUndefined()
  client.remember(early!)
  expect(client.bookmark).toBe(early)
})

test('the client retries 429 and 503 after Retry-After, or after a delay that doubles', async () => {
  const responses = [errorResponse(429, { 'Retry-After': '7' }), errorResponse(503), errorResponse(503)]
  const { client, waits, requests } = clientOf(undefined, {}, (_, n) => responses[n - 1])
  expect((await client.get('/api/sprocket/{id}', { id: 2 })).data.teeth).toBe(5)
  expect(waits).toEqual([7_000, 500, 1_000])
  expect(requests).toHaveLength(4)
})

test('the client takes a date in Retry-After', async () => {
  const { client, waits } = clientOf(undefined, {}, (_, n) =>
    n === 1
      ? errorResponse(503, { 'Retry-After': new Date(Math.ceil(harness.clock.now() / 1000) * 1000 + 30_000).toUTCString() })
      : undefined,
  )
  await client.get('/health')
  expect(waits[0]).toBeGreaterThanOrEqual(30_000)
  expect(waits[0]).toBeLessThan(31_001)
})

test('the client throws after the configured retries, or at once if Retry-After is long', async () => {
  const fewRetries = clientOf(undefined, { retries: 2 }, () => errorResponse(503))
  await expect(fewRetries.client.get('/health')).rejects.toMatchObject({ status: 503, code: 'unavailable', message: 'Not now.' })
  expect(fewRetries.requests).toHaveLength(3)
  const longWait = clientOf(undefined, {}, () => errorResponse(429, { 'Retry-After': '3600' }, 'too-many-requests'))
  await expect(longWait.client.get('/health')).rejects.toMatchObject({ status: 429 })
  expect(longWait.requests).toHaveLength(1)
})

test('the client retries after a lost connection, except a write that may have been applied', async () => {
  const lost = (request: Request, n: number) => {
    if (n === 1) throw new TypeError('Network connection lost.')
    return request.method === 'PATCH' ? errorResponse(500) : undefined
  }
  const reader = clientOf(undefined, {}, lost)
  expect((await reader.client.get('/health')).data.status).toBe('pass')
  expect((await reader.client.get('/ping')).data).toBeUndefined()
  const poster = clientOf('operator', {}, lost)
  await poster.client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31 })
  expect(
    new Set(poster.requests.map((request) => request.headers.get('Idempotency-Key'))).size,
    'one Idempotency-Key for all attempts',
  ).toBe(1)
  const patcher = clientOf('engineer', {}, lost)
  await expect(patcher.client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'A' })).rejects.toThrow('Network connection lost.')
  expect(patcher.requests).toHaveLength(1)
})

test('the client retries a write with an unknown outcome only if a second one changes nothing', async () => {
  const unknown = (_: Request, n: number) => (n === 1 ? errorResponse(503, {}, 'outcome-unknown') : undefined)
  const conditional = clientOf('engineer', {}, unknown)
  const { etag } = await clientOf('engineer').client.get('/api/factory/{id}/profile', { id: 1 })
  await expect(conditional.client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'A' }, { ifMatch: etag! })).rejects.toMatchObject({
    code: 'outcome-unknown',
  })
  const put = clientOf('operator', {}, unknown)
  await put.client.send('PUT /api/factory/{id}/chart-data/{time}', { id: 1, time: 1611204818 }, { actual: 9 })
  expect(put.statuses).toEqual([503, 200])
})

test('a 404 after a DELETE without a response counts as deleted, and a 404 to the first DELETE is an error', async () => {
  const target = { id: 1, time: 1611204818 }
  const operation = 'DELETE /api/factory/{id}/chart-data/{time}'
  let applied: Promise<Response> | undefined
  const { client, statuses, requests } = clientOf('operator', {}, (request, n) => {
    // The DELETE is applied, and its response is lost.
    if (n === 1) applied = harness.operator.send('DELETE', new URL(request.url).pathname)
    return n === 1 ? errorResponse(503, {}, 'outcome-unknown') : undefined
  })
  expect((await client.send(operation, target, undefined)).data).toBeUndefined()
  expect([(await applied)!.status, statuses, requests.length]).toEqual([204, [503, 404], 2])
  await expect(client.send(operation, target, undefined)).rejects.toMatchObject({ code: 'not-found' })
  const unavailable = clientOf('operator', {}, (_, n) => (n === 1 ? errorResponse(503) : undefined))
  await expect(unavailable.client.send(operation, target, undefined)).rejects.toMatchObject({ code: 'not-found' })
})

test('ApiError has the code of the problem and the pointers of invalid members', async () => {
  const { client } = clientOf('operator')
  const rejected = client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: -1 })
  await expect(rejected).rejects.toBeInstanceOf(ApiError)
  await expect(rejected).rejects.toMatchObject({ status: 422, code: 'invalid-content', problem: { errors: [{ pointer: '#/actual' }] } })
  const page = clientOf(undefined, {}, () => new Response('<html>', { status: 502 }))
  await expect(page.client.get('/health')).rejects.toMatchObject({ status: 502, code: undefined })
})

test('a write with If-Match of another state throws precondition-failed', async () => {
  const { client } = clientOf('engineer')
  const { etag } = await client.get('/api/factory/{id}/profile', { id: 1 })
  await client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'Plant North' }, { ifMatch: etag! })
  const late = client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'Plant South' }, { ifMatch: etag! })
  await expect(late).rejects.toMatchObject({ status: 412, code: 'precondition-failed' })
})

test('pages yields every page of a list in order', async () => {
  for (let n = 3; n < 45; n += 1) await harness.engineer.post('/api/factories', {})
  const { client, requests } = clientOf(undefined)
  const ids: number[] = []
  for await (const { factories } of client.pages('/api/factories', { chart_data: false }))
    ids.push(...factories.map(({ factory }) => factory.id))
  expect(ids).toEqual(Array.from({ length: 45 }, (_, n) => n))
  expect(requests.map(({ url }) => new URL(url).search)).toEqual([
    '?chart_data=false',
    '?chart_data=false&cursor=20',
    '?chart_data=false&cursor=40',
  ])
})

test('pages follows the Link header', async () => {
  const { client, requests } = clientOf(undefined, {}, (_, n) =>
    Response.json([n], n === 1 ? { headers: { Link: '</api/factory/1/time?from=2>; rel="next", </x>; rel="prev"' } } : {}),
  )
  const pages: number[][] = []
  for await (const times of client.pages('/api/factory/{id}/time', { id: 1 })) pages.push(times)
  expect([pages, requests[1]!.url]).toEqual([[[1], [2]], 'https://api.test/api/factory/1/time?from=2'])
})

test('pages yields the pages of the audit log, of keys, and of a range of a series', async () => {
  for (let n = 0; n < 5; n += 1) await harness.engineer.post('/api/factories', {})
  const { client } = clientOf('admin')
  const all = (await client.get('/api/audit-log', { limit: 100 })).data.entries
  const entries: string[] = []
  for await (const page of client.pages('/api/audit-log', { limit: 2 })) entries.push(...page.entries.map(({ request_id }) => request_id))
  expect(entries.length).toBeGreaterThan(5)
  expect(entries).toEqual(all.map(({ request_id }) => request_id))
  const keys: number[] = []
  for await (const page of client.pages('/api/keys', { limit: 2 })) keys.push(...page.keys.map(({ id }) => id))
  expect(keys).toEqual((await client.get('/api/keys')).data.keys.map(({ id }) => id))
  const times: number[][] = []
  for await (const { time } of client.pages('/api/factory/{id}/chart-data', { id: 1, from: 0, limit: 8 })) times.push(time)
  expect(times.map(({ length }) => length)).toEqual([8, 8, 4])
  expect(times.flat()).toEqual((await client.get('/api/factory/{id}/time', { id: 1 })).data)
})

test('get and send take other formats by the query, with their types', async () => {
  const { client } = clientOf('operator')
  const { data: rows } = await client.get('/api/factory/{id}/chart-data?format=rows', { id: 1, limit: 1 })
  expect(rows).toEqual([{ time: 1611205958, actual: 30, goal: 32 }])
  const { data: csv } = await client.get('/api/factory/{id}/chart-data?format=csv', { id: 1, limit: 1 })
  const posted = await client.send('POST /api/factory/{id}/chart-data', { id: 2 }, csv)
  expect(posted.data).toMatchObject({ received: 1, changed: 1 })
  const lines = 'production,factory=1 actual=31i,goal=30i 1611206018'
  expect((await client.send('POST /api/v2/write', { precision: 's' }, lines)).data).toBeUndefined()
  const { data: stored } = await client.get('/api/factory/{id}/chart-data/{time}', { id: 1, time: 1611206018 })
  expect(stored).toEqual({ time: 1611206018, actual: 31, goal: 30 })
})

test('open returns the export as a stream', async () => {
  const { client, requests } = clientOf(undefined)
  const response = await client.open('/api/factory/{id}/export?format=ndjson', { id: 1, from: 1611205900 })
  expect(await response.text()).toBe('{"time":1611205958,"actual":30,"goal":32}\n')
  await (await client.open('/api/factory/{id}/export', { id: 1 })).body!.cancel()
  expect(requests.map((request) => request.headers.get('If-None-Match'))).toEqual([null, null])
  await expect(client.open('/api/factory/{id}/export', { id: 99 })).rejects.toMatchObject({ code: 'not-found' })
})

test('the client administers keys, the organisation and the audit log', async () => {
  const { client } = clientOf('admin')
  const { data: created } = await client.send('POST /api/keys', {}, { name: 'Gateway', role: 'operator', factories: [1] })
  expect(created.key).toMatch(/^spk_/)
  const { etag } = await client.get('/api/key/{id}', { id: created.id })
  await client.send('PATCH /api/key/{id}', { id: created.id }, { name: 'Gateway North' }, { ifMatch: etag! })
  const { data: rotated } = await client.send('POST /api/key/{id}/rotate', { id: created.id }, {})
  expect([rotated.name, rotated.key === created.key]).toEqual(['Gateway North', false])
  await client.send('DELETE /api/key/{id}', { id: rotated.id }, undefined)
  const { data: organisation } = await client.send('PATCH /api/organisation', {}, { name: 'Works' })
  expect((await client.get('/api/organisation')).data).toEqual(organisation)
  const { data: log } = await client.get('/api/audit-log', { subject: 'key', limit: 4 })
  expect(log.entries.map(({ verb }) => verb)).toEqual(['revoked', 'rotated', 'updated', 'created'])
  const { data: ended } = await client.send('DELETE /api/organisation', {}, { confirm: organisation.slug })
  expect(ended.slug).toBe(organisation.slug)
  // The identity cache of the isolate keeps a key for 30 s.
  harness.clock.advance(31_000)
  await expect(client.get('/api/organisation')).rejects.toMatchObject({ status: 401 })
})

test('a request that is aborted while the client waits rejects at once', async () => {
  const controller = new AbortController()
  const { client, requests } = clientOf(undefined, { wait: undefined as never }, () => errorResponse(503, { 'Retry-After': '60' }))
  const pending = client.get('/health', {}, { signal: controller.signal })
  while (requests.length === 0) await Promise.resolve()
  controller.abort(new Error('enough'))
  await expect(pending).rejects.toThrow('enough')
  await expect(client.get('/health', {}, { signal: controller.signal })).rejects.toThrow('enough')
})
