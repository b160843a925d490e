import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { isCommit, LOST } from '../../support/fault-injection.ts'
import { useFaultyHarness } from '../../support/faulty-harness.ts'
import type { FaultyHarness } from '../../support/faulty-harness.ts'
import { addKey, newIsolate } from '../../support/harness.ts'
import { contentOf, KEY, replayedHeader, sprocket, totals, withKey } from '../../support/idempotency.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a request with an `Idempotency-Key` takes effect once, and each repetition gets the first response.

let harness: FaultyHarness['harness']
let d1: FaultyHarness['d1']
useFaultyHarness((created) => ({ harness, d1 } = created))

const chart = '/api/factory/1/chart-data'
const countSprockets = async () => ((await (await harness.viewer.get('/api/sprockets?limit=1')).json()) as { count: number }).count
const countRecords = () => env.DB.prepare('select count(*) as n from idempotency_records').first<number>('n')

test('a repeated request gets the stored response, also after the created resource was deleted', async () => {
  const before = await countSprockets()
  const first = await harness.engineer.post('/api/sprockets', sprocket, KEY)
  expect([first.status, replayedHeader(first)]).toEqual([201, null])
  const content = await contentOf(first)
  await harness.drain()
  await harness.engineer.delete(content['Location'] as string)
  const repeated = await harness.engineer.post('/api/sprockets', sprocket, KEY)
  expect(replayedHeader(repeated)).toBe('true')
  expect(await contentOf(repeated)).toEqual(content)
  expect(await countSprockets()).toBe(before)
})

test('a repeated write gets the first response with its preference, also after a later write', async () => {
  const headers = { ...withKey('a-1'), Prefer: 'return=representation' }
  const first = await contentOf(await harness.operator.post(chart, { time: 7, actual: 1 }, headers))
  await harness.drain()
  await harness.operator.post(chart, { time: 7, actual: 2 })
  expect(await contentOf(await harness.operator.post(chart, { time: 7, actual: 1 }, headers))).toEqual(first)
  expect(first['Preference-Applied']).toBe('return=representation')
})

test('a write without effect gets an idempotency record but no stored response', async () => {
  const withPreference = { ...KEY, Prefer: 'return=representation' }
  await harness.operator.post(chart, { time: 7, actual: 1 })
  for (const headers of [withPreference, withKey('effect')]) {
    await harness.operator.post(chart, { time: 7, actual: 1 }, headers)
    await harness.drain()
  }
  expect(await totals()).toEqual([{ records: 2, bytes: 0 }])
  const size = await env.DB.prepare(
    'select sum(length(key_hash) + length(request_hash) + length(commit_id) + coalesce(length(response), 0)) as n from idempotency_records',
  ).first('n')
  expect(size).toBe(172)
  await harness.operator.post(chart, { time: 7, actual: 2 })
  const repeated = await harness.operator.post(chart, { time: 7, actual: 1 }, withKey('effect'))
  expect([replayedHeader(repeated), await repeated.json()]).toEqual(['true', expect.objectContaining({ changed: 0 })])
  const shown = await harness.operator.post(chart, { time: 7, actual: 1 }, withPreference)
  expect([shown.status, shown.headers.get('ETag')]).toEqual([200, (await harness.viewer.get(chart)).headers.get('ETag')])
  await harness.drain()
  expect(await (await harness.viewer.get(`${chart}/7`)).json()).toMatchObject({ actual: 2 })
  expect(await totals()).toEqual([{ records: 2, bytes: 0 }])
})

describe('two requests with one Idempotency-Key', () => {
  const csv = 'time,actual\n7,1\n'
  const send = (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = csv) =>
    harness.operator.send('POST', chart, { body, headers: { 'Content-Type': 'text/csv', ...KEY, ...headers } })
  const gzip = async (text: string) =>
    new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())

  test.each<[string, Record<string, string>]>([
    ['media type', { 'Content-Type': 'application/json' }],
    ['preference for the response', { Prefer: 'return=representation' }],
    ['preference for leniency', { Prefer: 'handling=lenient' }],
    ['If-Match', { 'If-Match': '*' }],
    ['If-None-Match', { 'If-None-Match': '"other"' }],
    ['Accept', { Accept: 'text/csv' }],
  ])('requests with another %s are different requests', async (_, headers) => {
    expect((await send({})).status).toBe(200)
    const problem = await problemOf(await send(headers), 422)
    expect(problem.type).toContain('idempotency-key-reused')
  })

  test('requests that differ only in spelling, order or compression are the same request', async () => {
    await send({ Prefer: 'return=representation, handling=lenient' })
    await harness.drain()
    for (const headers of [
      { Prefer: 'handling=lenient; any=1, respond-async, return="representation"' },
      { 'Content-Type': 'Text/CSV; charset="UTF-8"', Prefer: 'handling=lenient,return=representation' },
      { 'User-Agent': 'another', Prefer: 'handling=lenient, return=representation' },
    ]) {
      const response = await send(headers)
      expect([response.status, replayedHeader(response)]).toEqual([200, 'true'])
    }
    const compressed = await send({ Prefer: 'handling=lenient, return=representation', 'Content-Encoding': 'gzip' }, await gzip(csv))
    expect([compressed.status, replayedHeader(compressed)]).toEqual([200, 'true'])
  })
})

test('a request with the same Idempotency-Key and another body or path gets 422', async () => {
  await harness.operator.post(chart, { time: 7, actual: 1 }, KEY)
  for (const response of [
    await harness.operator.post(chart, { time: 7, actual: 2 }, KEY),
    await harness.operator.post('/api/factory/2/chart-data', { time: 7, actual: 1 }, KEY),
  ]) {
    expect(response.status).toBe(422)
    expect(((await response.json()) as { type: string }).type).toContain('idempotency-key-reused')
  }
})

test('concurrent requests with one Idempotency-Key create one resource and get the same response', async () => {
  const before = await countSprockets()
  const other = harness.elsewhere(newIsolate(harness.clock))
  const responses = await Promise.all([
    harness.engineer.post('/api/sprockets', sprocket, KEY),
    harness.engineer.post('/api/sprockets', sprocket, KEY),
    other.engineer.post('/api/sprockets', sprocket, KEY),
  ])
  const [one, two, three] = await Promise.all(responses.map(contentOf))
  expect(two).toMatchObject({ status: 201, body: one!.body, Location: one!['Location'], ETag: one!['ETag'] })
  expect(three).toMatchObject({ status: 201, body: one!.body, Location: one!['Location'] })
  expect(await countSprockets()).toBe(before + 1)
})

test('an Idempotency-Key belongs to one API key, and is the same bare and quoted', async () => {
  await addKey(1, 'colleague', 'engineer')
  const first = (await harness.engineer.post('/api/sprockets', sprocket, withKey('"k"'))).headers.get('Location')
  await harness.drain()
  expect((await harness.engineer.post('/api/sprockets', sprocket, withKey('k'))).headers.get('Location')).toBe(first)
  expect((await harness.as('colleague').post('/api/sprockets', sprocket, withKey('k'))).headers.get('Location')).not.toBe(first)
})

test('a malformed Idempotency-Key gets 400', async () => {
  for (const key of ['', '""', 'a b', '"a', 'Schlüssel', '"a", "b"', 'x'.repeat(256)])
    expect((await harness.engineer.post('/api/sprockets', sprocket, withKey(key))).status, key).toBe(400)
})

test.each(['{8e03978e-40d5-43e8-bc93-6894a57f9324}', 'order/17?part=a,b&c', "it's#1!", '[1]', 'a"b', 'x'.repeat(255)])(
  '%s is a valid Idempotency-Key',
  async (key) => {
    const first = (await harness.engineer.post('/api/sprockets', sprocket, withKey(key))).headers.get('Location')
    await harness.drain()
    expect((await harness.engineer.post('/api/sprockets', sprocket, withKey(key))).headers.get('Location')).toBe(first)
    if (!key.includes('"'))
      expect((await harness.engineer.post('/api/sprockets', sprocket, withKey(`"${key}"`))).headers.get('Location')).toBe(first)
  },
)

test('a rejected request can be corrected and sent again with its Idempotency-Key', async () => {
  expect((await harness.engineer.post('/api/sprockets', { ...sprocket, teeth: -1 }, KEY)).status).toBe(422)
  expect((await harness.operator.post('/api/factory/9/chart-data', { time: 7, actual: 1 }, KEY)).status).toBe(404)
  expect(await countRecords()).toBe(0)
  expect((await harness.engineer.post('/api/sprockets', sprocket, KEY)).status).toBe(201)
})

test('a request with an unknown outcome gets its response when it is repeated', async () => {
  const before = await countSprockets()
  let isApplied = false
  d1.decide = (trip) => {
    if (isApplied) return { before: LOST }
    isApplied = isCommit(trip)
    return isApplied ? { after: LOST } : undefined
  }
  expect((await harness.engineer.post('/api/sprockets', sprocket, KEY)).status).toBe(503)
  d1.decide = () => undefined
  const repeated = await harness.engineer.post('/api/sprockets', sprocket, KEY)
  expect([repeated.status, await repeated.json(), replayedHeader(repeated)]).toEqual([201, { id: before, ...sprocket }, 'true'])
  await harness.drain()
  expect(await contentOf(await harness.engineer.post('/api/sprockets', sprocket, KEY))).toMatchObject({
    status: 201,
    Location: `/api/sprocket/${before}`,
  })
  expect(await countSprockets()).toBe(before + 1)
})

test('a write without effect whose result was lost is not sent to D1 again', async () => {
  await harness.operator.post(chart, { time: 7, actual: 1 })
  let commits = 0
  // The first commit is an append in order, which the reading of before stops.
  d1.decide = (trip) => (isCommit(trip) && ++commits === 2 ? { after: LOST } : undefined)
  expect((await harness.operator.post(chart, { time: 7, actual: 1 }, KEY)).status).toBe(200)
  expect(commits).toBe(2)
})

test('a response that was not stored is built again, or is 409 if its resource is gone', async () => {
  d1.decide = ({ sql }) => (sql.startsWith('update "idempotency_records"') ? { before: LOST } : undefined)
  const first = await harness.engineer.post('/api/sprockets', sprocket, KEY)
  const gone = await harness.engineer.post('/api/sprockets', sprocket, withKey('gone'))
  await harness.drain()
  await harness.engineer.delete(gone.headers.get('Location')!)
  d1.decide = () => undefined
  const repeated = await harness.engineer.post('/api/sprockets', sprocket, KEY)
  expect([repeated.status, await repeated.text(), repeated.headers.get('Location')]).toEqual([
    201,
    await first.text(),
    first.headers.get('Location'),
  ])
  expect((await harness.engineer.post('/api/sprockets', sprocket, withKey('gone'))).status).toBe(409)
})

test('a repeated request for an API key gets the stored secret, or 409 if it was not stored', async () => {
  const createKey = (key: string) => harness.admin.post('/api/keys', { name: 'gateway', role: 'operator' }, withKey(key))
  const first = await contentOf(await createKey('one'))
  await harness.drain()
  expect(await contentOf(await createKey('one'))).toEqual(first)
  d1.decide = ({ sql }) => (sql.startsWith('update "idempotency_records"') ? { before: LOST } : undefined)
  expect((await createKey('two')).status).toBe(201)
  await harness.drain()
  d1.decide = () => undefined
  const lost = await createKey('two')
  expect([lost.status, lost.headers.get('Retry-After')]).toEqual([409, '1'])
})
