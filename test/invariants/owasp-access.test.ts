import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addAnnotations } from '../support/annotations.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../support/harness.ts'
import type { TestClient, Harness } from '../support/harness.ts'

// Promise: the API withstands the items 1 to 3 of the OWASP API Security Top 10 of 2023, which are about access.
// https://owasp.org/API-Security/editions/2023/
let harness: Harness
let limited: TestClient
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'north', 'engineer', { factories: '[0]' })
  await addKey(2, 'their admin', 'admin')
  await addAnnotations(harness, 3)
  limited = harness.as('north')
  await harness.drain()
})
afterAll(() => harness.drain())

const json = { 'Content-Type': 'application/json' }
const statusOf = async (answer: Promise<Response>) => (await answer).status
const seen = async (response: Response) => {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'x-request-id'))
  return { status: response.status, headers, body: (await response.text()).replace(/"request_id":"[^"]+"/, '') }
}

describe('API1: broken object level authorization', () => {
  const ofFactory = [
    '',
    '/profile',
    '/chart-data',
    '/production-actual',
    '/production-goal',
    '/time',
    '/summary',
    '/chart.svg',
    '/chart-data/1611204818',
    '/stop-annotations',
  ]

  test('API1: a resource of another organisation is answered like an absent one, byte by byte', async () => {
    for (const tail of ofFactory) {
      const foreign = await seen(await harness.otherOrganisation.get(`/api/factory/1${tail}`))
      const absent = await seen(await harness.otherOrganisation.get(`/api/factory/7${tail}`))
      expect(foreign.status).toBe(404)
      expect({ ...foreign, body: foreign.body.replaceAll('1', '7') }, tail).toEqual({ ...absent, body: absent.body.replaceAll('1', '7') })
    }
    for (const kind of ['sprocket', 'stop-annotation', 'key']) {
      const [foreign, absent] = [
        await seen(await harness.as('their admin').get(`/api/${kind}/2`)),
        await seen(await harness.as('their admin').get(`/api/${kind}/7`)),
      ]
      expect(foreign).toEqual({ ...absent, body: absent.body.replaceAll('7', '2') })
    }
  })

  test('API1: a resource out of the scope of a limited key is answered like an absent one, and is missing from lists and sums', async () => {
    // The first request looks up the key, which would show in Server-Timing.
    await limited.get('/api/factories')
    for (const tail of ofFactory) {
      const beyond = await seen(await limited.get(`/api/factory/1${tail}`))
      const absent = await seen(await limited.get(`/api/factory/7${tail}`))
      expect(beyond.status).toBe(404)
      expect({ ...beyond, body: beyond.body.replaceAll('1', '7') }, tail).toEqual({ ...absent, body: absent.body.replaceAll('1', '7') })
    }
    const [beyond, absent] = [
      await seen(await limited.get('/api/stop-annotation/1')),
      await seen(await limited.get('/api/stop-annotation/7')),
    ]
    expect(beyond).toEqual({ ...absent, body: absent.body.replaceAll('7', '1') })
    // Entries of other keys are cached by now. They must not be served to the limited key, nor its payloads to others.
    for (const actor of [harness.viewer, limited, harness.viewer, limited]) {
      const ids = (await (await actor.get('/api/factories')).json()) as {
        factories: { factory: { id: number } }[]
        count: number
        next: null
      }
      const sum = (await (await actor.get('/api/summary')).json()) as { factories: { id: number }[] }
      await harness.drain()
      const own = actor === limited ? [0] : [0, 1, 2]
      expect([ids.factories.map(({ factory }) => factory.id), ids.count, ids.next]).toEqual([own, own.length, null])
      expect(sum.factories.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(own)
    }
  })

  test('API1: an id in a body does not bypass the scope', async () => {
    const readings = [
      { factory: 0, time: 60, actual: 1 },
      { factory: 1, time: 60, actual: 1 },
    ]
    expect(await statusOf(limited.post('/api/readings', { readings }))).toBe(422)
    expect(await statusOf(harness.otherOrganisation.post('/api/readings', { readings }))).toBe(422)
    const lenient = (await (await limited.post('/api/readings', { readings }, { Prefer: 'handling=lenient' })).json()) as {
      received: number
      changed: number
      latest: { factory: number }[]
    }
    expect([lenient.received, lenient.changed, lenient.latest.map(({ factory }) => factory)]).toEqual([2, 1, [0]])
    expect(await statusOf(limited.patch('/api/factory/0', { id: 1, name: 'x' }))).toBe(422)
    expect(await statusOf(limited.post('/api/factories/1/chart-data', { time: 60, actual: 1 }))).toBe(308)
  })
})

describe('API2: broken authentication', () => {
  test.each([
    ['in the query', '/api/keys?key=KEY&access_token=KEY', {}],
    ['in a cookie', '/api/keys', { Cookie: 'key=KEY' }],
    ['in another header', '/api/keys', { 'X-Api-Key': 'KEY' }],
    ['of another scheme', '/api/keys', { Authorization: 'Basic KEY' }],
    ['without a scheme', '/api/keys', { Authorization: 'KEY' }],
    ['twice', '/api/keys', { Authorization: 'Bearer KEY, Bearer KEY' }],
    ['in another case', '/api/keys', { Authorization: `Bearer ${apiKeyOf('admin').toUpperCase()}` }],
    ['by its hash', '/api/keys', { Authorization: 'Bearer HASH' }],
  ])('API2: a key %s is not accepted', async (_, path, headers) => {
    const { hash } = (await env.DB.prepare(`select hash from api_keys where name = 'admin'`).first<{ hash: string }>())!
    const place = (text: string) => text.replaceAll('KEY', apiKeyOf('admin')).replace('HASH', hash)
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, place(value)]))
    expect(await statusOf(harness.anonymous.get(place(path), sent))).toBe(401)
  })

  test('API2: every invalid key gets the same response, and is never treated as no key', async () => {
    await addKey(1, 'revoked', 'admin', { revoked_at: 1 })
    await addKey(1, 'expired', 'admin', { expires_at: 1 })
    const answers = await Promise.all(
      ['revoked', 'expired', 'unknown'].map(async (name) => seen(await harness.as(name).get('/api/factories'))),
    )
    expect(answers[0]!.status).toBe(401)
    expect(answers.every((answer) => JSON.stringify(answer) === JSON.stringify(answers[0]))).toBe(true)
  })

  test('API2: guessing keys is rate limited', async () => {
    const at = attachClients(newIsolate(harness.clock, { KEY_LOOKUPS_LIMIT: { limit: async () => ({ success: false }) } }), harness.clock)
    expect(await statusOf(at.as('a').get('/api/keys'))).toBe(429)
  })
})

describe('API3: broken object property level authorization', () => {
  test.each([
    ['a key with a chosen id', 'POST', '/api/keys', { name: 'x', role: 'viewer', id: 3 }],
    ['a key with a chosen hash', 'POST', '/api/keys', { name: 'x', role: 'viewer', hash: '0'.repeat(64) }],
    ['a key of another organisation', 'POST', '/api/keys', { name: 'x', role: 'admin', organisation: 2 }],
    ['a revoked key valid again', 'PATCH', '/api/key/0', { revoked_at: null }],
    ['a key with another creator', 'PATCH', '/api/key/0', { created_by: 0 }],
    ['an organisation with another slug', 'PATCH', '/api/organisation', { slug: 'other' }],
    ['a deleted organisation active again', 'PATCH', '/api/organisation', { deleted_at: null }],
    ['a factory with another series', 'PATCH', '/api/factory/0', { series: 1 }],
    ['a factory of another organisation', 'POST', '/api/factories', { organisation: 2 }],
    ['a sprocket with a chosen primary key', 'PATCH', '/api/sprocket/0', { pk: 9 }],
    [
      'an object with inherited members',
      'PATCH',
      '/api/factory/0',
      JSON.parse('{"__proto__":{"role":"admin"},"constructor":{}}') as object,
    ],
  ])('API3: a body cannot make %s', async (_, method, path, body) => {
    expect(await statusOf(harness.admin.send(method, path, { body: JSON.stringify(body), headers: json }))).toBe(422)
  })

  test('API3: no response shows a hash or an internal primary key', async () => {
    for (const path of [
      '/api/keys',
      '/api/key/3',
      '/api/organisation',
      '/api/audit-log',
      '/api/factories',
      '/api/sprockets',
      '/api/summary',
    ]) {
      const body = await (await harness.admin.get(path)).text()
      expect(body, path).not.toMatch(/"(hash|(\w+_)?pk|commit_id|(\w+_)?seq)"|[0-9a-f]{64}/)
    }
  })
})
