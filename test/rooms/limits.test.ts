import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { POLICIES } from '../../src/middleware/policies.ts'
import { LIMITS } from '../../src/schemas/limits.ts'
import { addKey, inhabit, makeWorld, newIsolate } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { problemOf } from './problem.ts'

const textOf = (files: Record<string, string>) => Object.values(files)[0]!
const readme = textOf(import.meta.glob('../../README.md', { query: '?raw', import: 'default', eager: true }))
const configuration = textOf(import.meta.glob('../../wrangler.toml', { query: '?raw', import: 'default', eager: true }))

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

/** Limiters that count what is spent of them, by policy and by whom. */
const counting = (most: Record<string, number> = {}) => {
  const spent: Record<string, number> = {}
  const by = new Set<string>()
  const limiter = (policy: string): RateLimit => ({
    limit: async ({ key }) => {
      by.add(key)
      spent[policy] = (spent[policy] ?? 0) + 1
      return { success: spent[policy] <= (most[policy] ?? Infinity) }
    },
  })
  const bindings = {
    READ_LIMIT: limiter('read'),
    BODY_LIMIT: limiter('body'),
    WRITE_LIMIT: limiter('write'),
    ADMIN_LIMIT: limiter('admin'),
    FAILED_KEYS: limiter('failed-keys'),
  }
  return { spent, by, at: inhabit(newIsolate(world.clock, bindings), world.clock) }
}

describe('what is declared is what is said', () => {
  test('the platform counts to the figures that clients are told', () => {
    const declared = [...configuration.matchAll(/name = "(\w+)"\s*namespace_id = "\d+"\s*simple = \{ limit = (\d+), period = (\d+) \}/g)]
    expect(
      Object.fromEntries(declared.map(([, name, limit, period]) => [name, { quota: Number(limit), seconds: Number(period) }])),
    ).toEqual({
      READ_LIMIT: POLICIES.read,
      BODY_LIMIT: POLICIES.body,
      WRITE_LIMIT: POLICIES.write,
      ADMIN_LIMIT: POLICIES.admin,
      FAILED_KEYS: POLICIES['failed-keys'],
    })
    const staged = [
      ...readme.matchAll(/name = "(\w+_LIMIT|FAILED_KEYS)", namespace_id = "\d+", simple = \{ limit = (\d+), period = 60 \}/g),
    ]
    const figures = (found: RegExpExecArray[]) => Object.fromEntries(found.map(([, name, limit]) => [name, limit]))
    expect(figures(staged)).toEqual(figures(declared))
  })

  test('every answer says so, and the README and the contract too', async () => {
    const policy = Object.entries(POLICIES)
      .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
      .join(', ')
    for (const [path, status] of [
      ['/api/factories', 200],
      ['/nowhere', 404],
      ['/health', 200],
    ] as const) {
      const response = await world.viewer.get(path)
      expect([response.status, response.headers.get('RateLimit-Policy')]).toEqual([status, policy])
      expect(response.headers.has('RateLimit')).toBe(false)
    }
    const { info } = (await (await world.anonymous.get('/openapi.json')).json()) as { info: { description: string } }
    const figures = [...Object.values(LIMITS), ...Object.values(POLICIES).map(({ quota }) => quota)]
    for (const text of [readme, info.description])
      for (const figure of figures) expect(text, String(figure)).toSatisfy((held: string) => held.includes(figure.toLocaleString('en')))
  })
})

describe('who spends what', () => {
  test('a read spends a read, and its body where one is sent', async () => {
    const { at, spent, by } = counting()
    const { headers } = await at.viewer.get('/api/factory/1')
    expect(spent).toEqual({ read: 1, body: 1 })
    expect((await at.viewer.get('/api/factory/1', { 'If-None-Match': headers.get('ETag')! })).status).toBe(304)
    await at.viewer.send('HEAD', '/api/factory/1')
    await at.viewer.get('/api/factory/9')
    expect(spent).toEqual({ read: 4, body: 1 })
    expect([...by]).toEqual(['key 1'])
  })

  test('a write spends a write beside it, and what governs its own', async () => {
    const { at, spent } = counting()
    await at.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
    expect(spent).toEqual({ read: 1, write: 1 })
    await at.admin.get('/api/keys')
    await at.admin.delete('/api/key/0')
    expect(spent).toEqual({ read: 3, body: 1, write: 2, admin: 2 })
  })

  test('without a key it is the address, of IPv6 the first half', async () => {
    const { at, by } = counting()
    for (const address of ['203.0.113.7', '2001:db8:0:7::1', '2001:DB8::7:0:0:0:9', '2001:db8:0:8::1', '::1'])
      await at.anonymous.get('/api/factories', { 'CF-Connecting-IP': address })
    expect([...by]).toEqual(['address 203.0.113.7', 'address 2001:db8:0:7', 'address 2001:db8:0:8', 'address 0:0:0:0'])
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
    expect(detail).toContain(`The policy ${policy} allows`)
  },
)

test('a limiter that fails lets everything pass, and that is logged', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken: RateLimit = { limit: () => Promise.reject(new Error('no limiter today')) }
  const bindings = { READ_LIMIT: broken, BODY_LIMIT: broken, WRITE_LIMIT: broken, ADMIN_LIMIT: broken, FAILED_KEYS: broken }
  const at = inhabit(newIsolate(world.clock, bindings), world.clock)
  expect((await at.admin.get('/api/keys')).status).toBe(200)
  expect((await at.operator.post('/api/factory/1/chart-data', { time: 60, actual: 2 })).status).toBe(200)
  expect((await at.as('nobody').get('/api/keys')).status).toBe(401)
  expect(told).toHaveBeenCalledWith('rate limiter failed:', 'no limiter today')
  told.mockRestore()
})

describe('bad keys', () => {
  const from = (address: string) => ({ 'CF-Connecting-IP': address })

  test('from one address are refused without a look into the database once they are too many', async () => {
    let lookups = 0
    const watched = new Proxy(env.DB, {
      get: (database, name) => {
        if (name === 'withSession') lookups++
        const value: unknown = Reflect.get(database, name)
        return typeof value === 'function' ? (value.bind(database) as unknown) : value
      },
    })
    const { spent, at: limited } = counting({ 'failed-keys': 3 })
    const at = inhabit({ ...limited.isolate, database: watched }, world.clock)
    const bad = '203.0.113.7'
    expect((await at.viewer.get('/api/factories', from(bad))).status).toBe(200)
    await at.settle()
    lookups = 0
    const statuses: number[] = []
    for (let n = 0; n < 8; n++) statuses.push((await at.as(`guess ${n}`).get('/api/factories', from(bad))).status)
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429, 429, 429])
    expect([lookups, spent['failed-keys']]).toEqual([4, 4])
    const refused = await at.as('guess').get('/api/factories', from(bad))
    expect(refused.headers.get('Retry-After')).toBe('60')
    expect((await at.anonymous.send('GET', '/api/factories', { headers: { Authorization: 'Bearer garbage', ...from(bad) } })).status).toBe(
      429,
    )

    // A key that was good here is not locked out by its neighbour, nor are others elsewhere, nor who has none.
    expect((await at.viewer.get('/api/factories', from(bad))).status).toBe(200)
    expect((await at.as('guess').get('/api/factories', from('203.0.113.8'))).status).toBe(401)
    expect((await at.anonymous.get('/api/factories', from(bad))).status).toBe(200)
    world.clock.advance(60_000)
    expect((await at.as('guess').get('/api/factories', from(bad))).status).toBe(401)
  })

  test('of no form are refused without a lookup at all, and a refused one is asked for once in five seconds', async () => {
    const { at } = counting()
    const prepared = vi.spyOn(env.DB, 'withSession')
    for (const token of ['x', 'spk_', `spk_${'0'.repeat(33)}`, 'spk_ab cd', '\u00e9'])
      expect((await at.anonymous.send('GET', '/api/factories', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
    expect(prepared).not.toHaveBeenCalled()
    for (let n = 0; n < 5; n++) expect((await at.as('new').get('/api/factories')).status).toBe(401)
    expect(prepared).toHaveBeenCalledTimes(1)
    await addKey(1, 'new', 'viewer')
    world.clock.advance(5_001)
    expect((await at.as('new').get('/api/factories')).status).toBe(200)
    prepared.mockRestore()
  })

  test('are counted by the platform as it is declared', async () => {
    const at = inhabit(newIsolate(world.clock, { FAILED_KEYS: env.FAILED_KEYS }), world.clock)
    const { quota } = POLICIES['failed-keys']
    const statuses: number[] = []
    // The platform's window may end in the middle: then the allowance begins anew, once.
    while (statuses.at(-1) !== 429 && statuses.length <= 2 * quota)
      statuses.push(
        (await at.anonymous.send('GET', '/api/factories', { headers: { Authorization: 'Bearer garbage', ...from('198.51.100.1') } }))
          .status,
      )
    expect(statuses.at(-1)).toBe(429)
    expect(statuses.length).toBeGreaterThan(quota)
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401]))
  })
})
