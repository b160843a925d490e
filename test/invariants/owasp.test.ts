import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { kvKey, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import { documentOf } from '../support/contract.ts'
import { addAnnotations } from '../support/annotations.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../support/harness.ts'
import type { TestClient, Harness } from '../support/harness.ts'

// Promise: the API withstands each of the OWASP API Security Top 10 of 2023 that applies.
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

describe('API4: unrestricted resource consumption', () => {
  test('API4: too large a body, too many readings and too long a page are rejected', async () => {
    const large = 'x'.repeat(1_048_577)
    expect(await statusOf(harness.engineer.post('/api/factories', { name: large }))).toBe(413)
    expect(
      await statusOf(
        harness.operator.post('/api/factory/0/chart-data', { readings: Array.from({ length: 5_001 }, (_, time) => ({ time, actual: 1 })) }),
      ),
    ).toBe(413)
    for (const path of ['/api/factories', '/api/sprockets']) expect(await statusOf(harness.viewer.get(`${path}?limit=101`))).toBe(400)
    for (const path of ['/api/keys', '/api/audit-log']) expect(await statusOf(harness.admin.get(`${path}?limit=101`))).toBe(400)
    expect(
      await statusOf(
        harness.admin.post('/api/keys', { name: 'x', role: 'viewer', factories: Array.from({ length: 1_001 }, (_, id) => id) }),
      ),
    ).toBe(422)
  })
  test('API4: a deeply nested body is rejected without recursion', async () => {
    const body = `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(await statusOf(harness.engineer.send('POST', '/api/factories', { body, headers: json }))).toBeOneOf([400, 422])
  })
  test('API4: an error repeated many times does not make the response large', async () => {
    const response = await harness.operator.post('/api/factory/0/chart-data', {
      readings: Array.from({ length: 5_000 }, () => ({ time: 'x' })),
    })
    expect((await response.text()).length).toBeLessThan(5_000)
  })
})

describe('API5: broken function level authorization', () => {
  const adminRoutes = documentedRoutes().filter(({ path }) => /\/api\/(keys?|organisation|audit-log)/.test(path))
  test.each(adminRoutes)('API5: $method $path is for admins only, also with a method override', async ({ method, path }) => {
    const at = path.replace('{id}', '0')
    for (const actor of [harness.viewer, harness.operator, harness.engineer])
      expect(await statusOf(actor.send(method, at, method === 'GET' ? {} : { body: '{}', headers: json }))).toBe(403)
    expect(await statusOf(harness.engineer.send('HEAD', '/api/keys'))).toBe(403)
    const disguised = { 'X-HTTP-Method-Override': method, 'X-Method-Override': method, ...json }
    expect(await statusOf(harness.viewer.send('GET', at.replace(/\/rotate$/, ''), { headers: disguised }))).toBe(403)
  })
  test('API5: another spelling of a path does not bypass its guard', async () => {
    // Without the test clients: they check every response against the contract, which lacks such spellings.
    const app = createApp(harness.isolate)
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
    for (const path of ['/api//keys', '/API/keys', '/api/keys%2f', '/api/%6beys', '/api/keys;x', '/api/./keys/', '/api/factory/../keys']) {
      const request = new Request(`https://api.test${path}`, { headers: { Authorization: `Bearer ${apiKeyOf('viewer')}` } })
      expect(await statusOf(Promise.resolve(app.fetch(request, env, context))), path).toBeOneOf([403, 404])
    }
  })
})

describe('API6: unrestricted access to sensitive business flows', () => {
  // The API sells and books nothing. Sensitive flows here are those that end something.
  test('API6: the last admin key cannot be revoked, nor an organisation deleted without its slug', async () => {
    expect(await statusOf(harness.admin.delete('/api/key/3'))).toBe(409)
    expect(await statusOf(harness.admin.send('DELETE', '/api/organisation', { body: '{"confirm":"other"}', headers: json }))).toBe(422)
  })
})

describe('API7: server side request forgery', () => {
  // No input of a client is used as a URL: there are no webhooks, imports by URL or redirects to other hosts.
  const sources: Record<string, string> = import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
  test('API7: the Worker calls nothing but its bindings', () => {
    const calling = Object.entries(sources)
      .filter(
        ([path, text]) =>
          !/\/(cli|client|dashboard|docs)[/.]/.test(path) &&
          /(?<![.\w])fetch\(|connect\(|new WebSocket/.test(text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')),
      )
      .map(([path]) => path)
    expect(calling.filter((path) => !path.endsWith('/index.ts'))).toEqual([])
  })
  test('API7: the Worker redirects only to its own paths', async () => {
    for (const path of ['/api/factories//evil.example', '/api/factories/\\evil.example', '/api/sprockets/@evil.example']) {
      const { status, headers } = await harness.viewer.get(path)
      if (status === 308) expect(new URL(headers.get('Location')!, 'https://api.test').host).toBe('api.test')
      else expect(status).toBe(404)
    }
  })
})

describe('API8: security misconfiguration', () => {
  test('API8: every response forbids sniffing and requires HTTPS', async () => {
    for (const path of ['/api/factories', '/health', '/nowhere', '/openapi.json']) {
      const { headers } = await harness.viewer.get(path)
      expect([headers.get('X-Content-Type-Options'), headers.get('Strict-Transport-Security')]).toEqual([
        'nosniff',
        'max-age=31536000; includeSubDomains',
      ])
      expect([headers.has('Server'), headers.has('X-Powered-By'), headers.has('Set-Cookie')]).toEqual([false, false, false])
    }
  })
  test('API8: other origins may read with an explicit key, and never with credentials of the browser', async () => {
    const { headers } = await harness.viewer.get('/api/factories', { Origin: 'https://evil.example' })
    expect([headers.get('Access-Control-Allow-Origin'), headers.has('Access-Control-Allow-Credentials')]).toEqual(['*', false])
  })
  test('API8: an internal error reveals only the request id', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = new Proxy(env.DB, {
      get: () => () => {
        throw new Error('secret detail of the database')
      },
    })
    const at = attachClients(newIsolate(harness.clock, { DB: broken }), harness.clock)
    const response = await at.viewer.get('/api/factories')
    const body = (await response.json()) as Record<string, unknown>
    expect(response.status).toBe(500)
    expect(Object.keys(body).toSorted()).toEqual(['detail', 'request_id', 'status', 'title', 'type'])
    expect(JSON.stringify(body)).not.toMatch(/secret|database|at \w+ \(/)
    log.mockRestore()
  })
  test.each(['TRACE', 'CONNECT', 'PROPFIND', 'LINK'])('API8: the method %s is not allowed', async (method) => {
    const request = () => harness.admin.send(method, '/api/factories')
    expect(
      await request().then(
        ({ status }) => status,
        () => 405,
      ),
    ).toBe(405)
  })
  test('API8: addRoute rejects a route that does not declare its access', async () => {
    const { addRoute } = await import('../../src/http/add-route.ts')
    const contract = {
      method: 'get',
      path: '/x',
      operationId: 'getX',
      role: 'viewer',
      scope: 'key',
      tag: 'Meta',
      summary: '',
      schemas: () => ({ responses: {} }),
    } as const
    const open = (more: object) => () => addRoute(createApp(harness.isolate), { ...contract, ...more }, (c) => c.body(null))
    expect(open({})).not.toThrow()
    for (const more of [
      { role: undefined },
      { scope: undefined },
      { role: 'root' },
      { scope: 'everything' },
      { scope: 'public' },
      { role: 'open' },
    ])
      expect(open(more), JSON.stringify(more)).toThrow('does not declare a role and a scope')
  })
})

describe('API9: improper inventory management', () => {
  // contract.test.ts and guards.test.ts hold that each registered route is documented and guarded.
  test.each(['/api/v1/factories', '/api/internal', '/api/debug', '/admin', '/metrics', '/.env', '/api', '/cdn-cgi/local/scheduled'])(
    'API9: the path %s does not exist',
    async (path) => {
      expect(await statusOf(harness.admin.get(path))).toBe(404)
    },
  )
})

describe('API10: unsafe consumption of APIs', () => {
  // No other API is called. Entries from KV are not trusted either: their metadata must fit their key.
  test('API10: a KV entry without valid metadata, or under another key, is not served', async () => {
    const at = attachClients(newIsolate(harness.clock), harness.clock)
    await at.viewer.get('/api/sprocket/1')
    await at.drain()
    const { value, metadata } = await env.CACHE.getWithMetadata(kvKey('1/api/sprocket/1', PAYLOAD_VERSION), 'text')
    expect(value).not.toBe(null)
    await env.CACHE.put(kvKey('1/api/sprocket/2', PAYLOAD_VERSION), value!, { metadata })
    await env.CACHE.put(kvKey('2/api/sprocket/1', PAYLOAD_VERSION), value!, { metadata })
    await env.CACHE.put(kvKey('1/api/sprocket/0', PAYLOAD_VERSION), '{"id":0,"teeth":666}')
    expect(await (await at.viewer.get('/api/sprocket/2')).json()).toMatchObject({ id: 2 })
    expect(await (await at.viewer.get('/api/sprocket/0')).json()).toMatchObject({ id: 0, teeth: 5 })
    expect(await statusOf(at.otherOrganisation.get('/api/sprocket/1'))).toBe(404)
  })
})

/** Returns every route of the contract. It runs before the tests are named. */
function documentedRoutes(): { method: string; path: string }[] {
  const isolate = { clock: { now: () => 0 }, config: { logSample: 0 }, log: () => {} } as unknown as Harness['isolate']
  return Object.entries(documentOf(createApp(isolate)).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  )
}
