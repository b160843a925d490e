import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Env } from '../../../src/runtime/env.ts'
import { limitsPage } from '../../../src/docs/limits.ts'
import { RATE_LIMITS } from '../../../src/runtime/rate-limit-policies.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { makeFaultyKv } from '../../support/fault-injection.ts'
import { addKey, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

const textOf = (files: Record<string, string>) => Object.values(files)[0]!
const deployGuide = textOf(
  import.meta.glob('../../../src/docs/guides/operate/deploying.md', { query: '?raw', import: 'default', eager: true }),
)
const configuration = textOf(import.meta.glob('../../../wrangler.toml', { query: '?raw', import: 'default', eager: true }))

let world: Harness
beforeEach(async () => {
  world = await createHarness()
})

/** Limiters that count what is spent of them, by policy and by whom. */
const counting = (most: Record<string, number> = {}, more: Partial<Env> = {}) => {
  const spent: Record<string, number> = {}
  const by = new Set<string>()
  const limiter = (policy: string): RateLimit => ({
    limit: async ({ key }) => {
      by.add(key)
      spent[policy] = (spent[policy] ?? 0) + 1
      return { success: spent[policy] <= (most[policy] ?? Infinity) }
    },
  })
  const bindings = Object.fromEntries(Object.entries(RATE_LIMITS).map(([policy, { binding }]) => [binding, limiter(policy)]))
  return { spent, by, at: attachClients(newIsolate(world.clock, { ...bindings, ...more }), world.clock) }
}

describe('what is declared is what is said', () => {
  test('the platform counts to the figures that clients are told', () => {
    const declared = [...configuration.matchAll(/name = "(\w+)"\s*namespace_id = "\d+"\s*simple = \{ limit = (\d+), period = (\d+) \}/g)]
    expect(
      Object.fromEntries(declared.map(([, name, limit, period]) => [name, { quota: Number(limit), seconds: Number(period) }])),
    ).toEqual(Object.fromEntries(Object.values(RATE_LIMITS).map(({ quota, seconds, binding }) => [binding, { quota, seconds }])))
    const staged = [...deployGuide.matchAll(/name = "(\w+_LIMIT)", namespace_id = "\d+", simple = \{ limit = (\d+), period = 60 \}/g)]
    const figures = (found: RegExpExecArray[]) => Object.fromEntries(found.map(([, name, limit]) => [name, limit]))
    expect(figures(staged)).toEqual(figures(declared))
  })

  test('every answer says which hold for the client, and the limits page and the contract name all', async () => {
    const told = (isKeyed: boolean) =>
      Object.entries(RATE_LIMITS)
        .filter(([name]) => ['read', 'body', 'write', 'admin', 'database', 'database-large'].includes(name) === isKeyed)
        .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
        .join(', ')
    for (const [actor, path, status, policy] of [
      [world.viewer, '/api/factories', 200, told(true)],
      [world.viewer, '/api/keys', 403, told(true)],
      [world.anonymous, '/api/factories', 200, told(false)],
      [world.as('nobody'), '/api/factories', 401, told(false)],
      [world.viewer, '/nowhere', 404, told(false)],
      [world.viewer, '/health', 200, told(false)],
    ] as const) {
      const response = await actor.get(path)
      expect([response.status, response.headers.get('RateLimit-Policy')], path).toEqual([status, policy])
      expect(response.headers.has('RateLimit')).toBe(false)
    }
    const { info } = (await (await world.anonymous.get('/openapi.json')).json()) as { info: { description: string } }
    const figures = [...Object.values(LIMITS), ...Object.values(RATE_LIMITS).map(({ quota }) => quota)]
    for (const text of [String(await limitsPage().body), info.description])
      for (const figure of figures) expect(text, String(figure)).toSatisfy((held: string) => held.includes(figure.toLocaleString('en')))
  })
})

describe('who spends what', () => {
  test('a read spends a read, and its body where one is sent', async () => {
    const { at, spent, by } = counting()
    const { headers } = await at.viewer.get('/api/factory/1')
    expect(spent).toEqual({ 'key-lookups': 1, read: 1, database: 1, body: 1 })
    await at.settle()
    expect((await at.viewer.get('/api/factory/1', { 'If-None-Match': headers.get('ETag')! })).status).toBe(304)
    await at.viewer.send('HEAD', '/api/factory/1')
    await at.viewer.get('/api/factory/9')
    expect(spent).toEqual({ 'key-lookups': 1, read: 4, database: 2, body: 1 })
    expect([...by]).toEqual(['address ', 'key 1'])
  })

  test('a write spends a write beside it, and what governs its own', async () => {
    const { at, spent } = counting()
    await at.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
    expect(spent).toEqual({ 'key-lookups': 1, read: 1, write: 1 })
    await at.admin.get('/api/keys')
    await at.admin.delete('/api/key/0')
    expect(spent).toEqual({ 'key-lookups': 2, read: 3, database: 1, body: 1, write: 2, admin: 2 })
  })

  test('without a key it is the address, and of IPv6 the /64, the /56 and the /48', async () => {
    const spentBy = async (address: string) => {
      const { at, by } = counting()
      await at.anonymous.get('/health', { 'CF-Connecting-IP': address })
      return [...by]
    }
    const wide = (four: string, fifty: string, forty: string) => [`address ${four}::/64`, `network ${fifty}::/56`, `network ${forty}::/48`]
    expect(await spentBy('203.0.113.7')).toEqual(['address 203.0.113.7'])
    expect(await spentBy('2001:db8:0:1234::1')).toEqual(wide('2001:db8:0:1234', '2001:db8:0:1200', '2001:db8:0'))
    expect(await spentBy('2001:DB8::12ff:0:0:0:9')).toEqual(wide('2001:db8:0:12ff', '2001:db8:0:1200', '2001:db8:0'))
    expect(await spentBy('2001:0db8:0000:1234:ffff:ffff:ffff:ffff')).toEqual(wide('2001:db8:0:1234', '2001:db8:0:1200', '2001:db8:0'))
    expect(await spentBy('::1')).toEqual(wide('0:0:0:0', '0:0:0:0', '0:0:0'))
    for (const mapped of ['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:cb00:7107'])
      expect(await spentBy(mapped), mapped).toEqual(['address 203.0.113.7'])
  })

  test('a /48 has the allowance of one network, however many /64 it is asked from', async () => {
    const counts = new Map<string, number>()
    const most = (quota: number): RateLimit => ({
      limit: async ({ key }) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return { success: counts.get(key)! <= quota }
      },
    })
    const at = attachClients(newIsolate(world.clock, { ANONYMOUS_LIMIT: most(5), NETWORK_LIMIT: most(10) }), world.clock)
    const statusFrom = async (address: string) => (await at.anonymous.get('/health', { 'CF-Connecting-IP': address })).status
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
  ])('%s spends a read of the address, and is refused without one', async (_, method, path, headers, status) => {
    const { at, spent } = counting()
    expect((await at.anonymous.send(method, path, { headers })).status).toBe(status)
    expect(spent).toEqual({ anonymous: 1 })
    const over = counting({ anonymous: 0 })
    const response = await over.at.anonymous.send(method, path, { headers })
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '60'])
    for (const name of ['Location', 'Allow', 'WWW-Authenticate']) expect(response.headers.get(name), name).toBe(null)
  })

  test('a key of too low a role spends its own read', async () => {
    const { at, spent } = counting()
    expect((await at.viewer.get('/api/keys')).status).toBe(403)
    expect(spent).toEqual({ 'key-lookups': 1, read: 1 })
  })
})

/** KV that fails, so that every read asks the database. */
const withoutKv = (): Partial<Env> => {
  const kv = makeFaultyKv()
  kv.reads = 'fails'
  return { CACHE: kv.binding }
}

describe('questions to the database', () => {
  const SERIES = '/api/factory/1/chart-data'
  const bookmark = `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}`

  test.each([
    ['a payload that is not cached', '/api/factory/1', {}, 'database'],
    ['one that is not there', '/api/factory/9', {}, 'database'],
    ['a page of factories with their series', '/api/factories', {}, 'large'],
    ['one without', '/api/factories?chart_data=false', {}, 'database'],
    ['a page outside the blocks', '/api/factories?cursor=1&limit=20', {}, 'large'],
    ['a short one', '/api/factories?limit=2', {}, 'database'],
    ['a long one without series', '/api/factories?limit=100&chart_data=false', {}, 'database'],
    ['one reading', `${SERIES}/1611204818`, {}, 'database'],
    ['a range', `${SERIES}?limit=500`, {}, 'database'],
    ['a long range', `${SERIES}?limit=5000`, {}, 'large'],
    ['points', `${SERIES}?points=100`, {}, 'large'],
    ['the last day', `${SERIES}?last=day`, {}, 'large'],
    ['the last year', `${SERIES}?last=year`, {}, 'database'],
    ['the summary of all factories', '/api/summary', {}, 'large'],
    ['an export', '/api/factory/1/export', {}, 'database'],
    ['a copy held against a bookmark', '/api/sprockets', { 'x-d1-bookmark': bookmark }, 'database'],
    ['readiness', '/ready', {}, 'database'],
  ])('%s is paid for before it is asked, by the address as by the key', async (_, path, headers, size) => {
    for (const [actor, policy] of [
      ['anonymous', `anonymous-${size}`],
      ...(path === '/ready' ? [] : [['viewer', size === 'large' ? 'database-large' : size]]),
    ] as ['anonymous' | 'viewer', string][]) {
      const { at, spent } = counting({}, withoutKv())
      await at[actor].get(path, headers)
      expect(spent[policy], policy).toBeGreaterThan(0)
      const over = counting({ [policy]: 0 }, withoutKv())
      const response = await over.at[actor].get(path, headers)
      expect((await problemOf(response, 429)).detail).toContain(`(policy "${policy}")`)
    }
  })

  test('a 304 and a HEAD that read the database are paid for too', async () => {
    const path = `${SERIES}?limit=3`
    const etag = (await world.anonymous.get(path)).headers.get('ETag')!
    const { at, spent } = counting()
    expect((await at.anonymous.get(path, { 'If-None-Match': etag })).status).toBe(304)
    expect((await at.anonymous.send('HEAD', path)).status).toBe(200)
    expect(spent).toEqual({ anonymous: 2, 'anonymous-database': 2 })
  })

  test('asking the same again within seconds is answered from memory, until this isolate commits', async () => {
    const { at: limited } = counting()
    const at = attachClients({ ...limited.isolate, config: { ...limited.isolate.config, memoryMs: 5_000 } }, world.clock)
    const path = `${SERIES}?limit=3`
    const first = await at.anonymous.get(path)
    const again = await at.anonymous.get(path)
    expect([first.headers.get('Cache-Status'), again.headers.get('Cache-Status')]).toEqual(['kv; fwd=bypass', 'memory; hit'])
    for (const name of ['Link', 'X-Resolution', 'ETag', 'Content-Type']) expect(again.headers.get(name), name).toBe(first.headers.get(name))
    expect(await again.text()).toBe(await first.text())
    expect((await at.anonymous.get(`${SERIES}?limit=4`)).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
    expect((await at.as('limited').get(path)).status).toBe(401)
    await at.operator.post(SERIES, { time: 1611206018, actual: 5 })
    const fresh = await at.anonymous.get(path)
    expect(fresh.headers.get('Cache-Status')).toBe('kv; fwd=bypass')
    expect(((await fresh.json()) as { time: number[] }).time.at(-1)).toBe(1611206018)
    world.clock.advance(5_000)
    expect((await at.anonymous.get(path)).headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  })

  test('an export that has begun goes on as fast as its allowance', async () => {
    await world.engineer.post('/api/readings', { readings: Array.from({ length: 5_000 }, (_, n) => ({ factory: 2, time: n, actual: n })) })
    let spent = 0
    const limiter: RateLimit = { limit: async () => ({ success: ++spent !== 2 && spent !== 3 }) }
    const at = attachClients(newIsolate(world.clock, { ANONYMOUS_DATABASE_LIMIT: limiter }), world.clock)
    const before = world.clock.now()
    const lines = (await (await at.anonymous.get('/api/factory/2/export?format=ndjson')).text()).trim().split('\n')
    expect(lines.length).toBeGreaterThan(5_000)
    expect(world.clock.now() - before).toBe(2_000)
  })

  test('a page of factories with series has at most 20, and says what to send for more', async () => {
    const { errors } = await problemOf(await world.viewer.get('/api/factories?limit=21'), 400)
    expect(errors).toEqual([
      { pointer: '#/query/limit', detail: 'At most 20 factories with their series. Send chart_data=false for a larger page.' },
    ])
    expect((await world.viewer.get('/api/factories?limit=100&chart_data=false')).status).toBe(200)
  })
})

describe('a refusal to a client without a key', () => {
  test('is held back for a second, and not asked of the limiter again in that time', async () => {
    const { at, spent } = counting({ anonymous: 0, read: 0 })
    const before = world.clock.now()
    expect((await at.anonymous.get('/health')).status).toBe(429)
    expect(world.clock.now() - before).toBe(1_000)
    expect((await at.viewer.get('/api/sprocket/1')).status).toBe(429)
    expect(world.clock.now() - before).toBe(1_000)
    expect(spent).toMatchObject({ anonymous: 1 })
  })

  test('is sent at once where a thousand are held back already', async () => {
    const { at } = counting({ anonymous: 0 })
    const { heldUntil } = at.isolate.memory
    const now = world.clock.now()
    for (let n = 0; n < 1_000; n++) heldUntil.push(now + 10)
    await at.anonymous.get('/health')
    expect([world.clock.now() - now, heldUntil.length]).toEqual([0, 1_000])
    world.clock.advance(10)
    await at.anonymous.get('/health')
    expect(heldUntil.length).toBe(1)
  })
})

test.each(['read', 'write', 'admin', 'body'])(
  'over the policy %s a request is refused with when to come back, and nothing else',
  async (policy) => {
    const { at } = counting({ [policy]: 0 })
    const response = policy === 'write' ? await at.admin.post('/api/keys', { name: 'x', role: 'viewer' }) : await at.admin.get('/api/keys')
    expect(response.headers.get('Retry-After')).toBe('60')
    for (const name of ['ETag', 'Cache-Status', 'Location']) expect(response.headers.get(name), name).toBe(null)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const { detail } = await problemOf(response, 429)
    expect(detail).toContain(`(policy "${policy}")`)
  },
)

test('a limiter that fails lets everything pass, and that is logged', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken: RateLimit = { limit: () => Promise.reject(new Error('no limiter today')) }
  const bindings = Object.fromEntries(Object.values(RATE_LIMITS).map(({ binding }) => [binding, broken]))
  const at = attachClients(newIsolate(world.clock, bindings), world.clock)
  expect((await at.admin.get('/api/keys')).status).toBe(200)
  expect((await at.operator.post('/api/factory/1/chart-data', { time: 60, actual: 2 })).status).toBe(200)
  expect((await at.as('nobody').get('/api/keys')).status).toBe(401)
  expect(told).toHaveBeenCalledWith('rate limiter failed:', 'no limiter today')
  told.mockRestore()
})

describe('keys that the isolate does not know', () => {
  const from = (address: string) => ({ 'CF-Connecting-IP': address })
  const address = '203.0.113.7'

  test('are looked up as often as the policy of their address allows', async () => {
    const { at } = counting({ 'key-lookups': 3 })
    const statusOf = async (key: string, headers: Record<string, string>) => (await at.as(key).get('/api/sprocket/1', headers)).status
    expect(await statusOf('viewer', from(address))).toBe(200)
    const lookups = vi.spyOn(env.DB, 'withSession')
    expect([await statusOf('guess 1', from(address)), await statusOf('guess 2', from(address))]).toEqual([401, 401])
    lookups.mockClear()
    expect([await statusOf('guess 3', from(address)), await statusOf('guess 4', from(address))]).toEqual([429, 429])
    expect(lookups).not.toHaveBeenCalled()
    // A key that was good here is not locked out by its neighbour, nor is a client without one.
    expect(await statusOf('viewer', from(address))).toBe(200)
    expect((await at.anonymous.get('/api/sprocket/1', from(address))).status).toBe(200)
    lookups.mockRestore()
  })

  test('are not locked out by a device behind their address that repeats one bad key', async () => {
    const { at, spent } = counting({ 'key-lookups': 20 })
    for (let second = 0; second < 120; second++) {
      expect((await at.as('misconfigured').get('/api/sprocket/1', from(address))).status).toBe(401)
      world.clock.advance(1_000)
    }
    expect(spent['key-lookups']).toBeLessThan(8)
    expect((await at.viewer.get('/api/sprocket/1', from(address))).status).toBe(200)
  })

  test('of no form are refused without a look-up, and a refused one is looked up once in five seconds at first', async () => {
    const { at, spent } = counting()
    for (const token of ['x', 'spk_', `spk_${'0'.repeat(33)}`, 'spk_ab cd', '\u00e9'])
      expect((await at.anonymous.send('GET', '/api/factories', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
    expect(spent).toEqual({ anonymous: 5 })
    for (let n = 0; n < 5; n++) expect((await at.as('new').get('/api/factories')).status).toBe(401)
    expect(spent['key-lookups']).toBe(1)
    await addKey(1, 'new', 'viewer')
    world.clock.advance(5_001)
    expect((await at.as('new').get('/api/factories')).status).toBe(200)
  })
})

test('the platform counts as it is declared', async () => {
  const at = attachClients(newIsolate(world.clock, { ANONYMOUS_LARGE_LIMIT: env.ANONYMOUS_LARGE_LIMIT }), world.clock)
  const { quota } = RATE_LIMITS['anonymous-large']
  const from = { 'CF-Connecting-IP': '198.51.100.1' }
  const statuses: number[] = []
  // The platform's window may end in the middle: then the allowance begins anew, once.
  while (statuses.at(-1) !== 429 && statuses.length <= 2 * quota)
    statuses.push((await at.anonymous.get('/api/factory/9/chart-data?points=3', from)).status)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses.length).toBeGreaterThan(quota)
  expect(new Set(statuses.slice(0, -1))).toEqual(new Set([404]))
})
