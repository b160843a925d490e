import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { kvKey, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import { documentOf } from '../support/contract.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

// Promise: the API withstands the items 4 to 10 of the OWASP API Security Top 10 of 2023, as far as they apply.
// https://owasp.org/API-Security/editions/2023/
let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.drain()
})
afterAll(() => harness.drain())

const json = { 'Content-Type': 'application/json' }
const statusOf = async (answer: Promise<Response>) => (await answer).status

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
