import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { kvKey, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import { documentOf } from '../support/contract.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../support/harness.ts'
import type { TestClient, Harness } from '../support/harness.ts'

/** The OWASP API Security Top 10 of 2023, each tried where it has an object here. https://owasp.org/API-Security/editions/2023/ */
let world: Harness
let limited: TestClient
beforeAll(async () => {
  world = await createHarness()
  await addKey(1, 'north', 'engineer', { factories: '[0]' })
  await addKey(2, 'their admin', 'admin')
  limited = world.as('north')
  await world.settle()
})
afterAll(() => world.settle())

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
  ]

  test("what is another organisation's is answered as what is nobody's, byte by byte", async () => {
    for (const tail of ofFactory) {
      const theirs = await seen(await world.stranger.get(`/api/factory/1${tail}`))
      const nobodys = await seen(await world.stranger.get(`/api/factory/7${tail}`))
      expect(theirs.status).toBe(404)
      expect({ ...theirs, body: theirs.body.replaceAll('1', '7') }, tail).toEqual({ ...nobodys, body: nobodys.body.replaceAll('1', '7') })
    }
    for (const kind of ['sprocket', 'key']) {
      const [theirs, nobodys] = [
        await seen(await world.as('their admin').get(`/api/${kind}/2`)),
        await seen(await world.as('their admin').get(`/api/${kind}/7`)),
      ]
      expect(theirs).toEqual({ ...nobodys, body: nobodys.body.replaceAll('7', '2') })
    }
  })

  test('and so is what lies beyond the reach of a limited key, in every list and sum as well', async () => {
    // Its key is looked up with the first request, which Server-Timing tells.
    await limited.get('/api/factories')
    for (const tail of ofFactory) {
      const beyond = await seen(await limited.get(`/api/factory/1${tail}`))
      const nobodys = await seen(await limited.get(`/api/factory/7${tail}`))
      expect(beyond.status).toBe(404)
      expect({ ...beyond, body: beyond.body.replaceAll('1', '7') }, tail).toEqual({ ...nobodys, body: nobodys.body.replaceAll('1', '7') })
    }
    // Everyone else's copies are kept by now, and must not be served to this one, nor this one's to them.
    for (const actor of [world.viewer, limited, world.viewer, limited]) {
      const ids = (await (await actor.get('/api/factories')).json()) as {
        factories: { factory: { id: number } }[]
        count: number
        next: null
      }
      const sum = (await (await actor.get('/api/summary')).json()) as { factories: { id: number }[] }
      await world.settle()
      const own = actor === limited ? [0] : [0, 1, 2]
      expect([ids.factories.map(({ factory }) => factory.id), ids.count, ids.next]).toEqual([own, own.length, null])
      expect(sum.factories.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(own)
    }
  })

  test('an id in a body is no way around it', async () => {
    const readings = [
      { factory: 0, time: 60, actual: 1 },
      { factory: 1, time: 60, actual: 1 },
    ]
    expect(await statusOf(limited.post('/api/readings', { readings }))).toBe(422)
    expect(await statusOf(world.stranger.post('/api/readings', { readings }))).toBe(422)
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
  ])('a key %s is none', async (_, path, headers) => {
    const { hash } = (await env.DB.prepare(`select hash from api_keys where name = 'admin'`).first<{ hash: string }>())!
    const place = (text: string) => text.replaceAll('KEY', apiKeyOf('admin')).replace('HASH', hash)
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, place(value)]))
    expect(await statusOf(world.anonymous.get(place(path), sent))).toBe(401)
  })

  test('a bad key is refused in the same words, whatever is wrong with it, and never falls back to no key', async () => {
    await addKey(1, 'revoked', 'admin', { revoked_at: 1 })
    await addKey(1, 'expired', 'admin', { expires_at: 1 })
    const answers = await Promise.all(
      ['revoked', 'expired', 'unknown'].map(async (name) => seen(await world.as(name).get('/api/factories'))),
    )
    expect(answers[0]!.status).toBe(401)
    expect(answers.every((answer) => JSON.stringify(answer) === JSON.stringify(answers[0]))).toBe(true)
  })

  test('guessing is limited (more in limits.test.ts)', async () => {
    const at = attachClients(newIsolate(world.clock, { KEY_LOOKUPS_LIMIT: { limit: async () => ({ success: false }) } }), world.clock)
    expect(await statusOf(at.as('a').get('/api/keys'))).toBe(429)
  })
})

describe('API3: broken object property level authorization', () => {
  test.each([
    ['a key of a chosen number', 'POST', '/api/keys', { name: 'x', role: 'viewer', id: 3 }],
    ['a key with a chosen hash', 'POST', '/api/keys', { name: 'x', role: 'viewer', hash: '0'.repeat(64) }],
    ['a key of another organisation', 'POST', '/api/keys', { name: 'x', role: 'admin', organisation: 2 }],
    ['a key that comes back', 'PATCH', '/api/key/0', { revoked_at: null }],
    ['a key with another maker', 'PATCH', '/api/key/0', { created_by: 0 }],
    ['an organisation of another slug', 'PATCH', '/api/organisation', { slug: 'other' }],
    ['an organisation that lives', 'PATCH', '/api/organisation', { deleted_at: null }],
    ['a factory of another series', 'PATCH', '/api/factory/0', { series: 1 }],
    ['a factory of another organisation', 'POST', '/api/factories', { organisation: 2 }],
    ['a sprocket of a chosen revision', 'PATCH', '/api/sprocket/0', { revision: 9 }],
    ['what every object inherits', 'PATCH', '/api/factory/0', JSON.parse('{"__proto__":{"role":"admin"},"constructor":{}}') as object],
  ])('nobody makes %s', async (_, method, path, body) => {
    expect(await statusOf(world.admin.send(method, path, { body: JSON.stringify(body), headers: json }))).toBe(422)
  })

  test('nobody is shown a hash, an internal number or a revision', async () => {
    for (const path of [
      '/api/keys',
      '/api/key/3',
      '/api/organisation',
      '/api/audit-log',
      '/api/factories',
      '/api/sprockets',
      '/api/summary',
    ]) {
      const body = await (await world.admin.get(path)).text()
      expect(body, path).not.toMatch(/"(hash|number|revision|series|commit_id|seq)"|[0-9a-f]{64}/)
    }
  })
})

describe('API4: unrestricted resource consumption', () => {
  test('too large a body, too many readings, too long a page are refused', async () => {
    const large = 'x'.repeat(1_048_577)
    expect(await statusOf(world.engineer.post('/api/factories', { name: large }))).toBe(413)
    expect(
      await statusOf(
        world.operator.post('/api/factory/0/chart-data', { readings: Array.from({ length: 5_001 }, (_, time) => ({ time, actual: 1 })) }),
      ),
    ).toBe(413)
    for (const path of ['/api/factories', '/api/sprockets']) expect(await statusOf(world.viewer.get(`${path}?limit=101`))).toBe(400)
    for (const path of ['/api/keys', '/api/audit-log']) expect(await statusOf(world.admin.get(`${path}?limit=101`))).toBe(400)
    expect(
      await statusOf(world.admin.post('/api/keys', { name: 'x', role: 'viewer', factories: Array.from({ length: 1_001 }, (_, id) => id) })),
    ).toBe(422)
  })
  test('a body that nests without end is refused and not followed', async () => {
    const body = `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(await statusOf(world.engineer.send('POST', '/api/factories', { body, headers: json }))).toBeOneOf([400, 422])
  })
  test('the same bad member many times fills no answer', async () => {
    const response = await world.operator.post('/api/factory/0/chart-data', {
      readings: Array.from({ length: 5_000 }, () => ({ time: 'x' })),
    })
    expect((await response.text()).length).toBeLessThan(5_000)
  })
})

describe('API5: broken function level authorization', () => {
  const governing = documentedRoutes().filter(({ path }) => /\/api\/(keys?|organisation|audit-log)/.test(path))
  test.each(governing)('$method $path is for admins alone, by whatever method is pretended', async ({ method, path }) => {
    const at = path.replace('{id}', '0')
    for (const actor of [world.viewer, world.operator, world.engineer])
      expect(await statusOf(actor.send(method, at, method === 'GET' ? {} : { body: '{}', headers: json }))).toBe(403)
    expect(await statusOf(world.engineer.send('HEAD', '/api/keys'))).toBe(403)
    const disguised = { 'X-HTTP-Method-Override': method, 'X-Method-Override': method, ...json }
    expect(await statusOf(world.viewer.send('GET', at.replace(/\/rotate$/, ''), { headers: disguised }))).toBe(403)
  })
  test('another spelling of an address is no way past its guard', async () => {
    // Past the actors, who hold every answer against the contract: it knows nothing of such spellings.
    const app = createApp(world.isolate)
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
    for (const path of ['/api//keys', '/API/keys', '/api/keys%2f', '/api/%6beys', '/api/keys;x', '/api/./keys/', '/api/factory/../keys']) {
      const request = new Request(`https://api.test${path}`, { headers: { Authorization: `Bearer ${apiKeyOf('viewer')}` } })
      expect(await statusOf(Promise.resolve(app.fetch(request, env, context))), path).toBeOneOf([403, 404])
    }
  })
})

describe('API6: unrestricted access to sensitive business flows', () => {
  // Nothing is bought, booked or voted on here. The flows that hurt when they are automated are those that end things.
  test('the last admin key cannot be ended, and an organisation not without its slug', async () => {
    expect(await statusOf(world.admin.delete('/api/key/3'))).toBe(409)
    expect(await statusOf(world.admin.send('DELETE', '/api/organisation', { body: '{"confirm":"other"}', headers: json }))).toBe(422)
  })
})

describe('API7: server side request forgery', () => {
  // Nothing that a client sends is ever taken for an address: there are no webhooks, imports by URL or redirects elsewhere.
  const sources: Record<string, string> = import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
  test('the Worker asks nobody but its own bindings', () => {
    const asking = Object.entries(sources)
      .filter(
        ([path, text]) =>
          !/\/(cli|client|dashboard|docs)[/.]/.test(path) &&
          /(?<![.\w])fetch\(|connect\(|new WebSocket/.test(text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')),
      )
      .map(([path]) => path)
    expect(asking.filter((path) => !path.endsWith('/index.ts'))).toEqual([])
  })
  test('it redirects to its own addresses only', async () => {
    for (const path of ['/api/factories//evil.example', '/api/factories/\\evil.example', '/api/sprockets/@evil.example']) {
      const { status, headers } = await world.viewer.get(path)
      if (status === 308) expect(new URL(headers.get('Location')!, 'https://api.test').host).toBe('api.test')
      else expect(status).toBe(404)
    }
  })
})

describe('API8: security misconfiguration', () => {
  test('every answer forbids sniffing, and https is for good', async () => {
    for (const path of ['/api/factories', '/health', '/nowhere', '/openapi.json']) {
      const { headers } = await world.viewer.get(path)
      expect([headers.get('X-Content-Type-Options'), headers.get('Strict-Transport-Security')]).toEqual([
        'nosniff',
        'max-age=31536000; includeSubDomains',
      ])
      expect([headers.has('Server'), headers.has('X-Powered-By'), headers.has('Set-Cookie')]).toEqual([false, false, false])
    }
  })
  test("other pages may read with a key that they have, and never with a visitor's", async () => {
    const { headers } = await world.viewer.get('/api/factories', { Origin: 'https://evil.example' })
    expect([headers.get('Access-Control-Allow-Origin'), headers.has('Access-Control-Allow-Credentials')]).toEqual(['*', false])
  })
  test('a failure tells nothing but the request id', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = new Proxy(env.DB, {
      get: () => () => {
        throw new Error('secret detail of the database')
      },
    })
    const at = attachClients(newIsolate(world.clock, { DB: broken }), world.clock)
    const response = await at.viewer.get('/api/factories')
    const body = (await response.json()) as Record<string, unknown>
    expect(response.status).toBe(500)
    expect(Object.keys(body).toSorted()).toEqual(['detail', 'request_id', 'status', 'title', 'type'])
    expect(JSON.stringify(body)).not.toMatch(/secret|database|at \w+ \(/)
    told.mockRestore()
  })
  test.each(['TRACE', 'CONNECT', 'PROPFIND', 'LINK'])('the method %s is not offered', async (method) => {
    const request = () => world.admin.send(method, '/api/factories')
    expect(
      await request().then(
        ({ status }) => status,
        () => 405,
      ),
    ).toBe(405)
  })
  test('addRoute rejects a route without a valid role and scope', async () => {
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
    const open = (more: object) => () => addRoute(createApp(world.isolate), world.isolate, { ...contract, ...more }, (c) => c.body(null))
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
  // That each registered route is documented, and in the table of guards, is held by contract.test.ts and guards.test.ts.
  test.each(['/api/v1/factories', '/api/internal', '/api/debug', '/admin', '/metrics', '/.env', '/api', '/cdn-cgi/local/scheduled'])(
    'there is no %s',
    async (path) => {
      expect(await statusOf(world.admin.get(path))).toBe(404)
    },
  )
})

describe('API10: unsafe consumption of APIs', () => {
  // No other API is asked. What comes back from KV is not trusted either: a label must fit the place where it was found.
  test("an entry of KV without a sound label, or under another's key, is not served", async () => {
    const at = attachClients(newIsolate(world.clock), world.clock)
    await at.viewer.get('/api/sprocket/1')
    await at.settle()
    const { value, metadata } = await env.CACHE.getWithMetadata(kvKey('1/api/sprocket/1', PAYLOAD_VERSION), 'text')
    expect(value).not.toBe(null)
    await env.CACHE.put(kvKey('1/api/sprocket/2', PAYLOAD_VERSION), value!, { metadata })
    await env.CACHE.put(kvKey('2/api/sprocket/1', PAYLOAD_VERSION), value!, { metadata })
    await env.CACHE.put(kvKey('1/api/sprocket/0', PAYLOAD_VERSION), '{"id":0,"teeth":666}')
    expect(await (await at.viewer.get('/api/sprocket/2')).json()).toMatchObject({ id: 2 })
    expect(await (await at.viewer.get('/api/sprocket/0')).json()).toMatchObject({ id: 0, teeth: 5 })
    expect(await statusOf(at.stranger.get('/api/sprocket/1'))).toBe(404)
  })
})

/** Every route of the contract, read before the tests are named. */
function documentedRoutes(): { method: string; path: string }[] {
  const isolate = { clock: { now: () => 0 }, config: { logSample: 0 }, log: () => {} } as unknown as Harness['isolate']
  return Object.entries(documentOf(createApp(isolate)).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  )
}
