import type { z } from '@hono/zod-openapi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient, ApiError } from '../../../src/client/client.ts'
import type { Options } from '../../../src/client/client.ts'
import type { Reads, Writes } from '../../../src/client/operations.ts'
import { Factory, FactoryIn, FactoryPage, FactoryPatch, Profile } from '../../../src/schemas/factories.ts'
import { Key, KeyIn, KeyPage, KeyPatch, KeyRotation, NewKey } from '../../../src/schemas/keys.ts'
import { Csv, Health, Ndjson, OpenApi, Picture, Ready } from '../../../src/schemas/meta.ts'
import { AuditPage, Organisation, OrganisationEnd, OrganisationPatch } from '../../../src/schemas/organisation.ts'
import { Points, Rows } from '../../../src/schemas/ranges.ts'
import {
  ChartData,
  Column,
  ColumnsIn,
  CsvIn,
  AppendResult,
  FactoriesAppendResult,
  FactoryCsvIn,
  FactoryReadingsIn,
  Lines,
  Reading,
  ReadingIn,
  ReadingPut,
  ReadingsIn,
  Times,
} from '../../../src/schemas/readings.ts'
import { NewSprocketIn, Sprocket, SprocketIn, SprocketPage, SprocketPatch } from '../../../src/schemas/sprockets.ts'
import { OrganisationSummary, Summary } from '../../../src/schemas/summaries.ts'
import { createHarness, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let world: Harness
beforeEach(async () => {
  world = await createHarness()
})
afterEach(() => world.settle())

/** A client at the world's door; what it asked, what it was told, and how long it waited. */
const clientOf = (
  key: string | undefined,
  more: Options = {},
  door: (request: Request, n: number) => Response | undefined = () => undefined,
) => {
  const asked: Request[] = []
  const statuses: number[] = []
  const waits: number[] = []
  const client = createClient({
    base: 'https://api.test',
    ...(key !== undefined && { key: apiKeyOf(key) }),
    now: () => world.clock.now(),
    random: () => 0,
    wait: async (ms) => {
      waits.push(ms)
      world.clock.advance(ms)
    },
    fetch: async (request) => {
      asked.push(request)
      const { pathname, search } = new URL(request.url)
      const response =
        door(request, asked.length) ??
        (await world.anonymous.send(request.method, pathname + search, {
          headers: request.headers,
          ...(request.body && { body: await request.clone().text() }),
        }))
      statuses.push(response.status)
      return response
    },
    ...more,
  })
  return { client, asked, statuses, waits }
}

const refusal = (status: number, headers: Record<string, string> = {}, code = 'unavailable') =>
  new Response(JSON.stringify({ type: `https://api.test/docs/errors#${code}`, detail: 'Not now.' }), { status, headers })

test('what is known is asked for by its tag, and is the same object when nothing changed', async () => {
  const { client, statuses } = clientOf(undefined)
  const first = await client.get('/api/factory/{id}', { id: 1 })
  const second = await client.get('/api/factory/{id}', { id: 1 })
  expect([first.changed, second.changed, second.data === first.data, second.etag]).toEqual([true, false, true, first.etag])
  await clientOf('operator').client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31, goal: 30 })
  world.isolate.memory.validatedEntries.clear()
  const third = await client.get('/api/factory/{id}', { id: 1 })
  expect([third.changed, third.data.factory.latest]).toEqual([true, { time: 1611206018, actual: 31, goal: 30 }])
  expect(statuses).toEqual([200, 304, 200])
})

test('for two minutes after a write its bookmark goes with every read', async () => {
  const { client, asked } = clientOf('operator')
  const { headers } = await client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31 })
  const bookmark = headers.get('x-d1-bookmark')
  expect(client.bookmark).toBe(bookmark)
  await client.get('/api/factory/{id}', { id: 1 })
  world.clock.advance(119_000)
  await client.get('/api/factories')
  world.clock.advance(2_000)
  await client.get('/api/factories')
  expect(asked.map((request) => request.headers.get('x-d1-bookmark'))).toEqual([null, bookmark, bookmark, null])
})

test('it can be told of a write that somebody else made; of two the later counts', async () => {
  const { client } = clientOf(undefined)
  const [early, late] = ['0', 'f'].map((digit) => `0000000${digit}-00000000-00000000-${'0'.repeat(32)}`)
  client.remember(late!)
  client.remember(early!)
  expect(client.bookmark).toBe(late)
  world.clock.advance(120_000)
  expect(client.bookmark).toBeUndefined()
  client.remember(early!)
  expect(client.bookmark).toBe(early)
})

test('429 and 503 are waited for: as long as they say, else longer each time', async () => {
  const answers = [refusal(429, { 'Retry-After': '7' }), refusal(503), refusal(503)]
  const { client, waits, asked } = clientOf(undefined, {}, (_, n) => answers[n - 1])
  expect((await client.get('/api/sprocket/{id}', { id: 2 })).data.teeth).toBe(5)
  expect(waits).toEqual([7_000, 500, 1_000])
  expect(asked).toHaveLength(4)
})

test('Retry-After may be a date', async () => {
  const { client, waits } = clientOf(undefined, {}, (_, n) =>
    n === 1 ? refusal(503, { 'Retry-After': new Date(Math.ceil(world.clock.now() / 1000) * 1000 + 30_000).toUTCString() }) : undefined,
  )
  await client.get('/health')
  expect(waits[0]).toBeGreaterThanOrEqual(30_000)
  expect(waits[0]).toBeLessThan(31_001)
})

test('patience ends: after the given number of tries, or at once where the wait would be long', async () => {
  const impatient = clientOf(undefined, { retries: 2 }, () => refusal(503))
  await expect(impatient.client.get('/health')).rejects.toMatchObject({ status: 503, code: 'unavailable', message: 'Not now.' })
  expect(impatient.asked).toHaveLength(3)
  const told = clientOf(undefined, {}, () => refusal(429, { 'Retry-After': '3600' }, 'too-many-requests'))
  await expect(told.client.get('/health')).rejects.toMatchObject({ status: 429 })
  expect(told.asked).toHaveLength(1)
})

test('a lost connection is tried again, but not with a write that may have landed', async () => {
  const lost = (request: Request, n: number) => {
    if (n === 1) throw new TypeError('Network connection lost.')
    return request.method === 'PATCH' ? refusal(500) : undefined
  }
  const reader = clientOf(undefined, {}, lost)
  expect((await reader.client.get('/health')).data.status).toBe('pass')
  expect((await reader.client.get('/ping')).data).toBeUndefined()
  const poster = clientOf('operator', {}, lost)
  await poster.client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: 31 })
  expect(new Set(poster.asked.map((request) => request.headers.get('Idempotency-Key'))).size, 'one key for one deed').toBe(1)
  const patcher = clientOf('engineer', {}, lost)
  await expect(patcher.client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'A' })).rejects.toThrow('Network connection lost.')
  expect(patcher.asked).toHaveLength(1)
})

test('a write whose outcome is unknown is tried again only where that does no more than once would', async () => {
  const unknown = (_: Request, n: number) => (n === 1 ? refusal(503, {}, 'outcome-unknown') : undefined)
  const conditional = clientOf('engineer', {}, unknown)
  const { etag } = await clientOf('engineer').client.get('/api/factory/{id}/profile', { id: 1 })
  await expect(conditional.client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'A' }, { ifMatch: etag! })).rejects.toMatchObject({
    code: 'outcome-unknown',
  })
  const put = clientOf('operator', {}, unknown)
  await put.client.send('PUT /api/factory/{id}/chart-data/{time}', { id: 1, time: 1611204818 }, { actual: 9 })
  expect(put.statuses).toEqual([503, 200])
})

test('what is gone after a DELETE that got no answer was deleted; what never was is not', async () => {
  const place = { id: 1, time: 1611204818 }
  const operation = 'DELETE /api/factory/{id}/chart-data/{time}'
  let landed: Promise<Response> | undefined
  const { client, statuses, asked } = clientOf('operator', {}, (request, n) => {
    // It takes place, and the answer is lost.
    if (n === 1) landed = world.operator.send('DELETE', new URL(request.url).pathname)
    return n === 1 ? refusal(503, {}, 'outcome-unknown') : undefined
  })
  expect((await client.send(operation, place, undefined)).data).toBeUndefined()
  expect([(await landed)!.status, statuses, asked.length]).toEqual([204, [503, 404], 2])
  await expect(client.send(operation, place, undefined)).rejects.toMatchObject({ code: 'not-found' })
  const refused = clientOf('operator', {}, (_, n) => (n === 1 ? refusal(503) : undefined))
  await expect(refused.client.send(operation, place, undefined)).rejects.toMatchObject({ code: 'not-found' })
})

test('a refusal says which row of the table of errors it is, and where the input is wrong', async () => {
  const { client } = clientOf('operator')
  const refused = client.send('POST /api/factory/{id}/chart-data', { id: 1 }, { time: 1611206018, actual: -1 })
  await expect(refused).rejects.toBeInstanceOf(ApiError)
  await expect(refused).rejects.toMatchObject({ status: 422, code: 'invalid-content', problem: { errors: [{ pointer: '#/actual' }] } })
  const page = clientOf(undefined, {}, () => new Response('<html>', { status: 502 }))
  await expect(page.client.get('/health')).rejects.toMatchObject({ status: 502, code: undefined })
})

test('If-Match of another state is a refusal that tells so', async () => {
  const { client } = clientOf('engineer')
  const { etag } = await client.get('/api/factory/{id}/profile', { id: 1 })
  await client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'Plant North' }, { ifMatch: etag! })
  const late = client.send('PATCH /api/factory/{id}', { id: 1 }, { name: 'Plant South' }, { ifMatch: etag! })
  await expect(late).rejects.toMatchObject({ status: 412, code: 'precondition-failed' })
})

test('pages come one after the other, to the end', async () => {
  for (let n = 3; n < 45; n += 1) await world.engineer.post('/api/factories', {})
  const { client, asked } = clientOf(undefined)
  const ids: number[] = []
  for await (const { factories } of client.pages('/api/factories', { chart_data: false }))
    ids.push(...factories.map(({ factory }) => factory.id))
  expect(ids).toEqual(Array.from({ length: 45 }, (_, n) => n))
  expect(asked.map(({ url }) => new URL(url).search)).toEqual([
    '?chart_data=false',
    '?chart_data=false&cursor=20',
    '?chart_data=false&cursor=40',
  ])
})

test('a page may name the next in a Link header', async () => {
  const { client, asked } = clientOf(undefined, {}, (_, n) =>
    Response.json([n], n === 1 ? { headers: { Link: '</api/factory/1/time?from=2>; rel="next", </x>; rel="prev"' } } : {}),
  )
  const pages: number[][] = []
  for await (const times of client.pages('/api/factory/{id}/time', { id: 1 })) pages.push(times)
  expect([pages, asked[1]!.url]).toEqual([[[1], [2]], 'https://api.test/api/factory/1/time?from=2'])
})

test('the log and the keys come in pages too, and a range of a series', async () => {
  for (let n = 0; n < 5; n += 1) await world.engineer.post('/api/factories', {})
  const { client } = clientOf('admin')
  const whole = (await client.get('/api/audit-log', { limit: 100 })).data.entries
  const entries: string[] = []
  for await (const page of client.pages('/api/audit-log', { limit: 2 })) entries.push(...page.entries.map(({ request_id }) => request_id))
  expect(entries.length).toBeGreaterThan(5)
  expect(entries).toEqual(whole.map(({ request_id }) => request_id))
  const keys: number[] = []
  for await (const page of client.pages('/api/keys', { limit: 2 })) keys.push(...page.keys.map(({ id }) => id))
  expect(keys).toEqual((await client.get('/api/keys')).data.keys.map(({ id }) => id))
  const times: number[][] = []
  for await (const { time } of client.pages('/api/factory/{id}/chart-data', { id: 1, from: 0, limit: 8 })) times.push(time)
  expect(times.map(({ length }) => length)).toEqual([8, 8, 4])
  expect(times.flat()).toEqual((await client.get('/api/factory/{id}/time', { id: 1 })).data)
})

test('other forms are asked for by the query, and typed by it', async () => {
  const { client } = clientOf('operator')
  const { data: rows } = await client.get('/api/factory/{id}/chart-data?format=rows', { id: 1, limit: 1 })
  expect(rows).toEqual([{ time: 1611205958, actual: 30, goal: 32 }])
  const { data: csv } = await client.get('/api/factory/{id}/chart-data?format=csv', { id: 1, limit: 1 })
  const posted = await client.send('POST /api/factory/{id}/chart-data', { id: 2 }, csv)
  expect(posted.data).toMatchObject({ received: 1, changed: 1 })
  const lines = 'production,factory=1 actual=31i,goal=30i 1611206018'
  expect((await client.send('POST /api/v2/write', { precision: 's' }, lines)).data).toBeUndefined()
  const { data: kept } = await client.get('/api/factory/{id}/chart-data/{time}', { id: 1, time: 1611206018 })
  expect(kept).toEqual({ time: 1611206018, actual: 31, goal: 30 })
})

test('an export is handed over as it comes', async () => {
  const { client, asked } = clientOf(undefined)
  const response = await client.open('/api/factory/{id}/export?format=ndjson', { id: 1, from: 1611205900 })
  expect(await response.text()).toBe('{"time":1611205958,"actual":30,"goal":32}\n')
  await (await client.open('/api/factory/{id}/export', { id: 1 })).body!.cancel()
  expect(asked.map((request) => request.headers.get('If-None-Match'))).toEqual([null, null])
  await expect(client.open('/api/factory/{id}/export', { id: 99 })).rejects.toMatchObject({ code: 'not-found' })
})

test('an admin governs with it: keys, their rotation, the organisation, the log', async () => {
  const { client } = clientOf('admin')
  const { data: made } = await client.send('POST /api/keys', {}, { name: 'Gateway', role: 'operator', factories: [1] })
  expect(made.key).toMatch(/^spk_/)
  const { etag } = await client.get('/api/key/{id}', { id: made.id })
  await client.send('PATCH /api/key/{id}', { id: made.id }, { name: 'Gateway North' }, { ifMatch: etag! })
  const { data: rotated } = await client.send('POST /api/key/{id}/rotate', { id: made.id }, {})
  expect([rotated.name, rotated.key === made.key]).toEqual(['Gateway North', false])
  await client.send('DELETE /api/key/{id}', { id: rotated.id }, undefined)
  const { data: organisation } = await client.send('PATCH /api/organisation', {}, { name: 'Works' })
  expect((await client.get('/api/organisation')).data).toEqual(organisation)
  const { data: log } = await client.get('/api/audit-log', { subject: 'key', limit: 4 })
  expect(log.entries.map(({ verb }) => verb)).toEqual(['revoked', 'rotated', 'updated', 'created'])
  const { data: ended } = await client.send('DELETE /api/organisation', {}, { confirm: organisation.slug })
  expect(ended.slug).toBe(organisation.slug)
  // A key that was asked for is known for half a minute.
  world.clock.advance(31_000)
  await expect(client.get('/api/organisation')).rejects.toMatchObject({ status: 401 })
})

test('whoever gives up while it waits is told at once', async () => {
  const giveUp = new AbortController()
  const { client, asked } = clientOf(undefined, { wait: undefined as never }, () => refusal(503, { 'Retry-After': '60' }))
  const answer = client.get('/health', {}, { signal: giveUp.signal })
  while (asked.length === 0) await Promise.resolve()
  giveUp.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
  await expect(client.get('/health', {}, { signal: giveUp.signal })).rejects.toThrow('enough')
})

type Schemas = Record<string, z.ZodType>
type Promised = { $ref: string } | { anyOf: { $ref: string }[] }
type Content = Record<string, { schema: Promised }>
interface Documented {
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

/** What the client believes each path answers to GET. Names are those of the contract. */
const reads = {
  '/api/factories': { FactoryPage },
  '/api/factory/{id}': { Factory },
  '/api/factory/{id}/profile': { Profile },
  '/api/factory/{id}/chart-data': { Points },
  '/api/factory/{id}/chart-data?format=rows': { Rows },
  '/api/factory/{id}/chart-data?format=csv': { Csv },
  '/api/factory/{id}/chart-data/{time}': { Reading },
  '/api/factory/{id}/production-actual': { Column },
  '/api/factory/{id}/production-goal': { Column },
  '/api/factory/{id}/time': { Times },
  '/api/factory/{id}/chart.svg': { Picture },
  '/api/factory/{id}/export': { Csv },
  '/api/factory/{id}/export?format=ndjson': { Ndjson },
  '/api/factory/{id}/summary': { Summary },
  '/api/summary': { OrganisationSummary },
  '/api/sprockets': { SprocketPage },
  '/api/sprocket/{id}': { Sprocket },
  '/api/keys': { KeyPage },
  '/api/key/{id}': { Key },
  '/api/organisation': { Organisation },
  '/api/audit-log': { AuditPage },
  '/health': { Health },
  '/ping': {},
  '/api/v2/ping': {},
  '/ready': { Ready },
  '/openapi.json': { OpenApi },
} satisfies { [Path in keyof Reads]: Record<string, z.ZodType<Reads[Path]>> }

const series = { ColumnsIn, ReadingsIn, ReadingIn, CsvIn }
/** And what it believes each write takes and answers. */
const writes = {
  'POST /api/factories': [{ FactoryIn }, { Factory }],
  'PATCH /api/factory/{id}': [{ FactoryPatch }, { Profile }],
  'DELETE /api/factory/{id}': [{}, {}],
  'POST /api/factory/{id}/chart-data': [series, { AppendResult }],
  'PUT /api/factory/{id}/chart-data': [series, { ChartData }],
  'PUT /api/factory/{id}/chart-data/{time}': [{ ReadingPut }, { Reading }],
  'DELETE /api/factory/{id}/chart-data/{time}': [{}, {}],
  'POST /api/readings': [{ FactoryReadingsIn, FactoryCsvIn }, { FactoriesAppendResult }],
  'POST /api/v2/write': [{ Lines }, {}],
  'POST /api/sprockets': [{ NewSprocketIn }, { Sprocket }],
  'PUT /api/sprocket/{id}': [{ SprocketIn }, { Sprocket }],
  'PATCH /api/sprocket/{id}': [{ SprocketPatch }, { Sprocket }],
  'DELETE /api/sprocket/{id}': [{}, {}],
  'POST /api/keys': [{ KeyIn }, { NewKey }],
  'PATCH /api/key/{id}': [{ KeyPatch }, { Key }],
  'DELETE /api/key/{id}': [{}, {}],
  'POST /api/key/{id}/rotate': [{ KeyRotation }, { NewKey }],
  'PATCH /api/organisation': [{ OrganisationPatch }, { Organisation }],
  'DELETE /api/organisation': [{ OrganisationEnd }, { Organisation }],
} satisfies {
  [Operation in keyof Writes]: [
    Record<string, z.ZodType<unknown, Writes[Operation][0]>>,
    Record<string, z.ZodType<Exclude<Writes[Operation][1], undefined>>>,
  ]
}

/** Names of the schemas that a body may be of, in order. */
const namesIn = (content: Content = {}): string[] =>
  Object.values(content)
    .flatMap(({ schema }) => ('anyOf' in schema ? schema.anyOf : [schema]))
    .map(({ $ref }) => $ref.split('/').at(-1)!)

describe('what the client believes', () => {
  let operations: Map<string, Documented>
  beforeEach(async () => {
    const { paths } = (await (await world.anonymous.get('/openapi.json')).json()) as { paths: Record<string, Record<string, Documented>> }
    operations = new Map(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
      ),
    )
  })

  test('is of every route of the contract, and of no other', () => {
    const believed = [...Object.keys(reads).map((path) => `GET ${path.split('?')[0]!}`), ...Object.keys(writes)]
    expect([...new Set(believed)].toSorted()).toEqual([...operations.keys()].toSorted())
  })

  test.each(Object.entries<Schemas>(reads))('of GET %s is what the contract says', (path, believed) => {
    const [plain, query] = path.split('?')
    const promised = namesIn(operations.get(`GET ${plain}`)!.responses['200']?.content)
    // Where parameters ask for another form, the plain one comes first.
    if (query === undefined) expect(promised[0]).toBe(Object.keys(believed)[0])
    else expect(promised.slice(1)).toContain(Object.keys(believed)[0])
  })

  test.each(Object.entries<[Schemas, Schemas]>(writes))('of %s is what the contract says', (operation, [given, answered]) => {
    const { requestBody, responses } = operations.get(operation)!
    expect([...new Set(namesIn(requestBody?.content))].toSorted()).toEqual(Object.keys(given).toSorted())
    const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
    expect(answers.flatMap(([, { content }]) => namesIn(content)).slice(0, 1)).toEqual(Object.keys(answered))
  })
})
