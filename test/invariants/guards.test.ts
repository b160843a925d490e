import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { documentOf } from '../support/contract.ts'
import { addKey, addOrganisation, createHarness, newIsolate } from '../support/harness.ts'
import type { TestClient, Harness } from '../support/harness.ts'
import { ROLES } from '../../src/schemas/roles.ts'
import { ROUTES } from '../support/route-table.ts'
import { deleteTargets, STORED, targetOf } from './targets.ts'

// Promise: every route rejects requests without a valid key, sufficient role and scope, and a rejected request changes nothing.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  const now = harness.clock.now()
  await addKey(1, 'expired', 'admin', { expires_at: now })
  await addKey(1, 'revoked', 'admin', { revoked_at: now - 1 })
  await addKey(1, 'limited', 'admin', { factories: '[0]' })
  await addKey(2, 'other', 'admin')
  await addKey(await addOrganisation('gone'), 'gone', 'admin')
  await env.DB.prepare(`update organisations set deleted_at = 1 where slug = 'gone'`).run()
})

test('ROUTES contains every route and no other', () => {
  const { paths } = documentOf(createApp(harness.isolate))
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(ROUTES).toSorted()).toEqual(routes.toSorted())
})

describe.each(Object.entries(ROUTES))('%s', (route, { minRole, accepted, outOfScope, other, body }) => {
  beforeAll(deleteTargets)
  const [method = '', template = ''] = route.split(' ')
  const sendTo = async (actor: TestClient, path: string) => {
    if (body === undefined) return actor.send(method, path)
    const [text, type] = typeof body === 'string' ? [body, 'text/plain'] : [JSON.stringify(body), 'application/json']
    return actor.send(method, path, { body: text, headers: { 'Content-Type': type } })
  }
  /** Sends the request to a new resource. A rejected request must leave all tables unchanged. */
  const statusFor = async (actor: TestClient) => {
    const path = await targetOf(harness, template)
    await harness.drain()
    const before = await stored()
    const { status, headers } = await sendTo(actor, path)
    if (status >= 400) expect(await stored()).toBe(before)
    if (status === 401) expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
    return status
  }
  const isOpen = minRole === 'open'
  const rank = isOpen ? 0 : ROLES.indexOf(minRole)

  test('a request without a key gets 401 unless the route is public', async () =>
    expect(await statusFor(harness.anonymous)).toBe(rank === 0 ? accepted : 401))

  test.each([
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no key', 'Bearer '],
    ['two keys', 'Bearer admin admin'],
    ['an empty value', ''],
  ])('an Authorization header with %s gets 401 unless the route is public', async (_, Authorization) => {
    const path = await targetOf(harness, template)
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { Authorization, 'Content-Type': 'application/json' }
    expect((await harness.anonymous.send(method, path, { ...init, headers })).status).toBe(isOpen ? accepted : 401)
  })

  test.each(['nobody-has-this', 'expired', 'revoked', 'ADMIN'])('the invalid key "%s" gets 401 unless the route is public', async (key) =>
    expect(await statusFor(harness.as(key))).toBe(isOpen ? accepted : 401),
  )

  test.each(ROLES)('the role %s is accepted if it is high enough, else it gets 403', async (role) =>
    expect(await statusFor(harness.as(role))).toBe(ROLES.indexOf(role) < rank ? 403 : accepted),
  )

  test('a key limited to other factories gets the status of the table', async () =>
    expect(await statusFor(harness.as('limited'))).toBe(outOfScope))

  test('a key of a deleted organisation gets 401 unless the route is public', async () =>
    expect(await statusFor(harness.as('gone'))).toBe(isOpen ? accepted : 401))

  test('a key of another organisation gets the status of the table', async () => expect(await statusFor(harness.as('other'))).toBe(other))

  test('a request over its rate limit gets 429', async () => {
    const exhausted: RateLimit = { limit: async () => ({ success: false }) }
    const at = (bindings: object) => harness.elsewhere(newIsolate(harness.clock, bindings))
    expect(await statusFor(at({ [isOpen ? 'ANONYMOUS_LIMIT' : 'READ_LIMIT']: exhausted }).as('admin'))).toBe(429)
    expect(await statusFor(at({ ANONYMOUS_LIMIT: exhausted }).anonymous)).toBe(429)
    expect(await statusFor(at({ WRITE_LIMIT: exhausted }).as('admin'))).toBe(isOpen || method === 'GET' ? accepted : 429)
  })

  test('an unknown key gets 429 if its address has looked up too many keys', async () => {
    const here = harness.elsewhere(newIsolate(harness.clock, { KEY_LOOKUPS_LIMIT: { limit: async () => ({ success: false }) } }))
    expect(await statusFor(here.as('nobody-has-this-either'))).toBe(isOpen ? accepted : 429)
  })

  test('a request passes if the limiter binding fails', async () => {
    const broken: RateLimit = { limit: async () => Promise.reject(new Error('limiter')) }
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const bindings = { [isOpen ? 'ANONYMOUS_LIMIT' : 'READ_LIMIT']: broken }
    expect(await statusFor(harness.elsewhere(newIsolate(harness.clock, bindings)).as('admin'))).toBe(accepted)
    expect(log.mock.calls).toEqual([['rate limiter failed:', 'limiter']])
    log.mockRestore()
  })

  if (accepted < 300 && method !== 'GET' && !isOpen)
    test('a key revoked after the isolate has cached it gets 401 for a write', async () => {
      const key = `to be revoked for ${route}`
      const keyPk = await addKey(1, key, 'admin')
      await harness.as(key).get('/api/factories')
      await env.DB.prepare('update api_keys set revoked_at = 1 where pk = ?').bind(keyPk).run()
      expect(await statusFor(harness.as(key))).toBe(401)
    })
})

/** Returns as text all tables that a write can change, without the use of keys, which rejected requests record too. */
const stored = async () =>
  JSON.stringify(
    (await env.DB.batch(STORED.map((table) => env.DB.prepare(`select * from ${table}`)))).map(({ results }) => results),
    (name, value: unknown) => (name.startsWith('last_used') ? undefined : value),
  )
