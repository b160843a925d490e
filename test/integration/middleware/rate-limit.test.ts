import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createDelays } from '../../../src/middleware/delay-overload-responses.ts'
import { getState } from '../../../src/runtime/state.ts'
import { renderLimits } from '../../../src/docs/limits.ts'
import { RATE_LIMITS } from '../../../src/runtime/rate-limit-policies.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { countLimits } from '../../support/count-limits.ts'
import { addKey, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: each request consumes the stated policies of its key or address, and beyond a limit the client learns when to return.

const textOf = (files: Record<string, string>) => Object.values(files)[0]!
const deployGuide = textOf(
  import.meta.glob('../../../src/docs/guides/operate/deploying.md', { query: '?raw', import: 'default', eager: true }),
)
const configuration = textOf(import.meta.glob('../../../wrangler.toml', { query: '?raw', import: 'default', eager: true }))

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

describe('the declared rate limits', () => {
  test('wrangler.toml and the guide declare the quotas of RATE_LIMITS', () => {
    const declared = [...configuration.matchAll(/name = "(\w+)"\s*namespace_id = "\d+"\s*simple = \{ limit = (\d+), period = (\d+) \}/g)]
    expect(
      Object.fromEntries(declared.map(([, name, limit, period]) => [name, { quota: Number(limit), seconds: Number(period) }])),
    ).toEqual(Object.fromEntries(Object.values(RATE_LIMITS).map(({ quota, seconds, binding }) => [binding, { quota, seconds }])))
    const staged = [...deployGuide.matchAll(/name = "(\w+_LIMIT)", namespace_id = "\d+", simple = \{ limit = (\d+), period = 60 \}/g)]
    const quotas = (found: RegExpExecArray[]) => Object.fromEntries(found.map(([, name, limit]) => [name, limit]))
    expect(quotas(staged)).toEqual(quotas(declared))
  })

  test('RateLimit-Policy names the policies of the client, and the limits page and the contract name all', async () => {
    const policies = (isKeyed: boolean) =>
      Object.entries(RATE_LIMITS)
        .filter(([name]) => ['read', 'body', 'write', 'admin', 'database', 'database-large'].includes(name) === isKeyed)
        .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
        .join(', ')
    for (const [actor, path, status, policy] of [
      [harness.viewer, '/api/factories', 200, policies(true)],
      [harness.viewer, '/api/keys', 403, policies(true)],
      [harness.anonymous, '/api/factories', 200, policies(false)],
      [harness.as('nobody'), '/api/factories', 401, policies(false)],
      [harness.viewer, '/nowhere', 404, policies(false)],
      [harness.viewer, '/health', 200, policies(false)],
    ] as const) {
      const response = await actor.get(path)
      expect([response.status, response.headers.get('RateLimit-Policy')], path).toEqual([status, policy])
      expect(response.headers.has('RateLimit')).toBe(false)
    }
    const { info } = (await (await harness.anonymous.get('/openapi.json')).json()) as { info: { description: string } }
    const numbers = [...Object.values(LIMITS), ...Object.values(RATE_LIMITS).map(({ quota }) => quota)]
    for (const text of [renderLimits(), info.description])
      for (const number of numbers)
        expect(text, String(number)).toSatisfy((content: string) => content.includes(number.toLocaleString('en')))
  })
})

describe('consumption of the rate limits', () => {
  test('a read consumes the policy read, and the policy body if a body is sent', async () => {
    const { clients, spent, keys } = countLimits(harness)
    const { headers } = await clients.viewer.get('/api/factory/1')
    expect(spent).toEqual({ 'key-lookups': 1, read: 1, database: 1, body: 1 })
    await clients.drain()
    expect((await clients.viewer.get('/api/factory/1', { 'If-None-Match': headers.get('ETag')! })).status).toBe(304)
    await clients.viewer.send('HEAD', '/api/factory/1')
    await clients.viewer.get('/api/factory/9')
    expect(spent).toEqual({ 'key-lookups': 1, read: 4, database: 2, body: 1 })
    expect([...keys]).toEqual(['address ', 'key 1'])
  })

  test('a write consumes the policies read and write, and administration also consumes admin', async () => {
    const { clients, spent } = countLimits(harness)
    await clients.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
    expect(spent).toEqual({ 'key-lookups': 1, read: 1, write: 1 })
    await clients.admin.get('/api/keys')
    await clients.admin.delete('/api/key/0')
    expect(spent).toEqual({ 'key-lookups': 2, read: 3, database: 1, body: 1, write: 2, admin: 2 })
  })

  test('a request without a key consumes the limits of its address, and of the /64, /56 and /48 of IPv6', async () => {
    const limiterKeys = async (address: string) => {
      const { clients, keys } = countLimits(harness)
      await clients.anonymous.get('/health', { 'CF-Connecting-IP': address })
      return [...keys]
    }
    const networks = (by64: string, by56: string, by48: string) => [`address ${by64}::/64`, `network ${by56}::/56`, `network ${by48}::/48`]
    expect(await limiterKeys('203.0.113.7')).toEqual(['address 203.0.113.7'])
    expect(await limiterKeys('2001:db8:0:1234::1')).toEqual(networks('2001:db8:0:1234', '2001:db8:0:1200', '2001:db8:0'))
    expect(await limiterKeys('2001:DB8::12ff:0:0:0:9')).toEqual(networks('2001:db8:0:12ff', '2001:db8:0:1200', '2001:db8:0'))
    expect(await limiterKeys('2001:0db8:0000:1234:ffff:ffff:ffff:ffff')).toEqual(
      networks('2001:db8:0:1234', '2001:db8:0:1200', '2001:db8:0'),
    )
    expect(await limiterKeys('::1')).toEqual(networks('0:0:0:0', '0:0:0:0', '0:0:0'))
    for (const mapped of ['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:cb00:7107'])
      expect(await limiterKeys(mapped), mapped).toEqual(['address 203.0.113.7'])
  })

  test('a /48 has the quota of one network, however many /64 its requests come from', async () => {
    const counts = new Map<string, number>()
    const limiter = (quota: number): RateLimit => ({
      limit: async ({ key }) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return { success: counts.get(key)! <= quota }
      },
    })
    const clients = attachClients(newIsolate(harness.clock, { ANONYMOUS_LIMIT: limiter(5), NETWORK_LIMIT: limiter(10) }), harness.clock)
    const statusFrom = async (address: string) => (await clients.anonymous.get('/health', { 'CF-Connecting-IP': address })).status
    let passed = 0
    for (let n = 0; n < 30; n++) if ((await statusFrom(`2001:db8:0:${(n * 0x101).toString(16)}::1`)) === 200) passed++
    expect(passed).toBe(10)
    expect(await statusFrom('2001:db8:1:1::1')).toBe(200)
  })

  test.each([
    ['an unknown path', 'GET', '/nowhere', {}, 404],
    ['an unknown method', 'DELETE', '/health', {}, 405],
    ['a preflight', 'OPTIONS', '/api/readings', {}, 204],
    ['/health', 'GET', '/health', {}, 200],
    ['/openapi.json', 'GET', '/openapi.json', {}, 200],
    ['a redirect', 'GET', '/api/factories/1', {}, 308],
    ['a missing key', 'GET', '/api/keys', {}, 401],
    ['a malformed key', 'GET', '/api/factories', { Authorization: 'Bearer x' }, 401],
    ['a malformed bookmark', 'GET', '/api/factories', { 'x-d1-bookmark': 'x' }, 400],
    ['a long header', 'GET', '/health', { Cookie: 'x'.repeat(5_000) }, 431],
    ['a long URL', 'GET', `/health?${'x'.repeat(9_000)}`, {}, 414],
  ])('%s consumes the limit of the address, and gets 429 when it is exceeded', async (_, method, path, headers, status) => {
    const { clients, spent } = countLimits(harness)
    expect((await clients.anonymous.send(method, path, { headers })).status).toBe(status)
    expect(spent).toEqual({ anonymous: 1 })
    const exceeded = countLimits(harness, { anonymous: 0 })
    const response = await exceeded.clients.anonymous.send(method, path, { headers })
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '60'])
    for (const name of ['Location', 'Allow', 'WWW-Authenticate']) expect(response.headers.get(name), name).toBe(null)
  })

  test('a key with too low a role consumes its own limit', async () => {
    const { clients, spent } = countLimits(harness)
    expect((await clients.viewer.get('/api/keys')).status).toBe(403)
    expect(spent).toEqual({ 'key-lookups': 1, read: 1 })
  })
})

describe('a 429 to a client without a key', () => {
  test('a 429 without a key is delayed for 1 s, and the limiter is not called again in this second', async () => {
    const { clients, spent } = countLimits(harness, { anonymous: 0, read: 0 })
    const before = harness.clock.now()
    expect((await clients.anonymous.get('/health')).status).toBe(429)
    expect(harness.clock.now() - before).toBe(1_000)
    expect((await clients.viewer.get('/api/sprocket/1')).status).toBe(429)
    expect(harness.clock.now() - before).toBe(1_000)
    expect(spent).toMatchObject({ anonymous: 1 })
  })

  test('a 429 without a key is sent at once when 1,000 responses are delayed already', async () => {
    const { clients } = countLimits(harness, { anonymous: 0 })
    const heldUntil = getState(clients.isolate, createDelays)
    const now = harness.clock.now()
    for (let n = 0; n < 1_000; n++) heldUntil.push(now + 10)
    await clients.anonymous.get('/health')
    expect([harness.clock.now() - now, heldUntil.length]).toEqual([0, 1_000])
    harness.clock.advance(10)
    await clients.anonymous.get('/health')
    expect(heldUntil.length).toBe(1)
  })
})

test.each(['read', 'write', 'admin', 'body'])(
  'a request over the policy %s gets 429 with Retry-After and no header of a representation',
  async (policy) => {
    const { clients } = countLimits(harness, { [policy]: 0 })
    const response =
      policy === 'write' ? await clients.admin.post('/api/keys', { name: 'x', role: 'viewer' }) : await clients.admin.get('/api/keys')
    expect(response.headers.get('Retry-After')).toBe('60')
    for (const name of ['ETag', 'Cache-Status', 'Location']) expect(response.headers.get(name), name).toBe(null)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const { detail } = await problemOf(response, 429)
    expect(detail).toContain(`(policy "${policy}")`)
  },
)

test('a request passes when the limiter binding fails, and the failure is logged', async () => {
  const errorSpy = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken: RateLimit = { limit: () => Promise.reject(new Error('no limiter today')) }
  const bindings = Object.fromEntries(Object.values(RATE_LIMITS).map(({ binding }) => [binding, broken]))
  const clients = attachClients(newIsolate(harness.clock, bindings), harness.clock)
  expect((await clients.admin.get('/api/keys')).status).toBe(200)
  expect((await clients.operator.post('/api/factory/1/chart-data', { time: 60, actual: 2 })).status).toBe(200)
  expect((await clients.as('nobody').get('/api/keys')).status).toBe(401)
  expect(errorSpy).toHaveBeenCalledWith('rate limiter failed:', 'no limiter today')
  errorSpy.mockRestore()
})

describe('keys that are not in the identity cache', () => {
  const from = (address: string) => ({ 'CF-Connecting-IP': address })
  const address = '203.0.113.7'

  test('unknown keys are looked up in D1 as often as the policy key-lookups of their address allows', async () => {
    const { clients } = countLimits(harness, { 'key-lookups': 3 })
    const statusOf = async (key: string, headers: Record<string, string>) => (await clients.as(key).get('/api/sprocket/1', headers)).status
    expect(await statusOf('viewer', from(address))).toBe(200)
    const lookups = vi.spyOn(env.DB, 'withSession')
    expect([await statusOf('guess 1', from(address)), await statusOf('guess 2', from(address))]).toEqual([401, 401])
    lookups.mockClear()
    expect([await statusOf('guess 3', from(address)), await statusOf('guess 4', from(address))]).toEqual([429, 429])
    expect(lookups).not.toHaveBeenCalled()
    // A key in the identity cache still works from this address, and so does a client without a key.
    expect(await statusOf('viewer', from(address))).toBe(200)
    expect((await clients.anonymous.get('/api/sprocket/1', from(address))).status).toBe(200)
    lookups.mockRestore()
  })

  test('a client that repeats one invalid key does not lock out valid keys of the same address', async () => {
    const { clients, spent } = countLimits(harness, { 'key-lookups': 20 })
    for (let second = 0; second < 120; second++) {
      expect((await clients.as('misconfigured').get('/api/sprocket/1', from(address))).status).toBe(401)
      harness.clock.advance(1_000)
    }
    expect(spent['key-lookups']).toBeLessThan(8)
    expect((await clients.viewer.get('/api/sprocket/1', from(address))).status).toBe(200)
  })

  test('malformed keys are rejected without a look-up, and an invalid key is looked up once in 5 s', async () => {
    const { clients, spent } = countLimits(harness)
    for (const token of ['x', 'spk_', `spk_${'0'.repeat(33)}`, 'spk_ab cd', '\u00e9'])
      expect((await clients.anonymous.send('GET', '/api/factories', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
    expect(spent).toEqual({ anonymous: 5 })
    for (let n = 0; n < 5; n++) expect((await clients.as('new').get('/api/factories')).status).toBe(401)
    expect(spent['key-lookups']).toBe(1)
    await addKey(1, 'new', 'viewer')
    harness.clock.advance(5_001)
    expect((await clients.as('new').get('/api/factories')).status).toBe(200)
  })
})

test('the limiter of the platform allows the declared quota', async () => {
  const clients = attachClients(newIsolate(harness.clock, { ANONYMOUS_LARGE_LIMIT: env.ANONYMOUS_LARGE_LIMIT }), harness.clock)
  const { quota } = RATE_LIMITS['anonymous-large']
  const from = { 'CF-Connecting-IP': '198.51.100.1' }
  const statuses: number[] = []
  // The window of the platform may end during the test. Then the quota starts again, once.
  while (statuses.at(-1) !== 429 && statuses.length <= 2 * quota)
    statuses.push((await clients.anonymous.get('/api/factory/9/chart-data?points=3', from)).status)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses.length).toBeGreaterThan(quota)
  expect(new Set(statuses.slice(0, -1))).toEqual(new Set([404]))
})
