import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { documentOf } from '../support/contract.ts'
import { addKey, addOrganisation, createHarness, newIsolate } from '../support/harness.ts'
import type { TestClient, Harness } from '../support/harness.ts'
import { STORED, targetOf } from './targets.ts'

type Role = 'viewer' | 'operator' | 'engineer' | 'admin'
const ROLES: Role[] = ['viewer', 'operator', 'engineer', 'admin']

interface Row {
  /** Least role of those who may, or `open` for everyone. */
  who: Role | 'open'
  /** What those get who may. */
  may: number
  /** What a key gets that is limited to other factories than the one in question. */
  beyond: number
  /** What a key of another organisation gets, whose id names nothing there. */
  other: number
  body?: unknown
}
const measures = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const reading = { time: 60, actual: 1 }
const open = (may = 200): Row => ({ who: 'open', may, beyond: may, other: may })
/** A list: everyone sees what is theirs. */
const list: Row = { who: 'viewer', may: 200, beyond: 200, other: 200 }
const ofFactory = (who: Role, may: number, body?: unknown): Row => ({ who, may, beyond: 404, other: 404, body })
/** All factories share the catalogue: a limited key reads it and changes nothing in it. */
const ofSprocket = (who: Role, may: number, body?: unknown): Row => ({ who, may, beyond: who === 'viewer' ? may : 403, other: 404, body })

/** Keys are the admin's. One that is limited knows of no key that reaches further than it does. */
const ofKey = (may: number, body?: unknown): Row => ({ who: 'admin', may, beyond: 404, other: 404, body })

/** What concerns all of an organisation is beyond a key that is limited, and everyone has their own. */
const ofOrganisation = (may: number, body?: unknown): Row => ({ who: 'admin', may, beyond: 403, other: may, body })

/** Every route and who may. A route that is not in here fails: add it, and what it means for each of the six. */
const TABLE: Record<string, Row> = {
  'GET /health': open(),
  'GET /ready': open(503), // No cron has run.
  'GET /openapi.json': open(),
  'GET /ping': open(204),
  'GET /api/v2/ping': open(204),

  'GET /api/factories': list,
  'GET /api/factory/{id}': ofFactory('viewer', 200),
  'GET /api/factory/{id}/profile': ofFactory('viewer', 200),
  'GET /api/factory/{id}/chart-data': ofFactory('viewer', 200),
  'GET /api/factory/{id}/production-actual': ofFactory('viewer', 200),
  'GET /api/factory/{id}/production-goal': ofFactory('viewer', 200),
  'GET /api/factory/{id}/time': ofFactory('viewer', 200),
  'GET /api/factory/{id}/export': ofFactory('viewer', 200),
  'GET /api/factory/{id}/summary': ofFactory('viewer', 200),
  'GET /api/summary': list,
  'GET /api/factory/{id}/chart.svg': ofFactory('viewer', 200),
  'GET /api/factory/{id}/chart-data/{time}': ofFactory('viewer', 200),
  'POST /api/factories': { who: 'engineer', may: 201, beyond: 403, other: 201, body: {} },
  'PATCH /api/factory/{id}': ofFactory('engineer', 200, { name: 'x' }),
  'DELETE /api/factory/{id}': ofFactory('engineer', 204),

  'POST /api/factory/{id}/chart-data': ofFactory('operator', 200, reading),
  'PUT /api/factory/{id}/chart-data': ofFactory('engineer', 200, reading),
  'PUT /api/factory/{id}/chart-data/{time}': ofFactory('operator', 200, { actual: 2 }),
  'DELETE /api/factory/{id}/chart-data/{time}': ofFactory('operator', 204),
  'POST /api/readings': { who: 'operator', may: 200, beyond: 422, other: 422, body: { readings: [{ factory: 1, ...reading }] } },
  'POST /api/v2/write': { who: 'operator', may: 204, beyond: 422, other: 422, body: 'production,factory=1 actual=1i 60' },

  'GET /api/keys': { ...ofKey(200), beyond: 200, other: 200 },
  'POST /api/keys': { ...ofKey(201, { name: 'x', role: 'viewer' }), beyond: 403, other: 201 },
  'GET /api/key/{id}': ofKey(200),
  'PATCH /api/key/{id}': ofKey(200, { name: 'x' }),
  'DELETE /api/key/{id}': ofKey(204),
  'POST /api/key/{id}/rotate': ofKey(201, {}),

  'GET /api/organisation': ofOrganisation(200),
  'PATCH /api/organisation': ofOrganisation(200, { name: 'x' }),
  // Confirmed by another's slug, lest the first of these tests be the last.
  'DELETE /api/organisation': ofOrganisation(422, { confirm: 'nobody' }),
  'GET /api/audit-log': ofOrganisation(200),

  'GET /api/sprockets': list,
  'GET /api/sprocket/{id}': ofSprocket('viewer', 200),
  'POST /api/sprockets': { who: 'engineer', may: 201, beyond: 403, other: 201, body: measures },
  'PUT /api/sprocket/{id}': ofSprocket('engineer', 200, measures),
  'PATCH /api/sprocket/{id}': ofSprocket('engineer', 200, { teeth: 6 }),
  'DELETE /api/sprocket/{id}': ofSprocket('engineer', 204),
}

let world: Harness
beforeAll(async () => {
  world = await createHarness()
  const now = world.clock.now()
  await addKey(1, 'expired', 'admin', { expires_at: now })
  await addKey(1, 'revoked', 'admin', { revoked_at: now - 1 })
  await addKey(1, 'limited', 'admin', { factories: '[0]' })
  await addKey(2, 'other', 'admin')
  await addKey(await addOrganisation('gone'), 'gone', 'admin')
  await env.DB.prepare(`update organisations set deleted_at = 1 where slug = 'gone'`).run()
})

test('the table has every route there is, and no other', () => {
  const { paths } = documentOf(createApp(world.isolate))
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(TABLE).toSorted()).toEqual(routes.toSorted())
})

describe.each(Object.entries(TABLE))('%s', (route, { who, may, beyond, other, body }) => {
  const [method = '', template = ''] = route.split(' ')
  const ask = async (actor: TestClient, path: string) => {
    if (body === undefined) return actor.send(method, path)
    const [text, type] = typeof body === 'string' ? [body, 'text/plain'] : [JSON.stringify(body), 'application/json']
    return actor.send(method, path, { body: text, headers: { 'Content-Type': type } })
  }
  /** Asks for something made for the purpose; whoever is refused must have left everything as it was. */
  const statusFor = async (actor: TestClient) => {
    const path = await targetOf(world, template)
    await world.settle()
    const before = await stored()
    const { status, headers } = await ask(actor, path)
    if (status >= 400) expect(await stored()).toBe(before)
    if (status === 401) expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
    return status
  }
  const isOpen = who === 'open'
  const rank = isOpen ? 0 : ROLES.indexOf(who)

  test('without a key', async () => expect(await statusFor(world.anonymous)).toBe(rank === 0 ? may : 401))

  test.each([
    ['no Bearer key', 'Basic dXNlcjpwYXNz'],
    ['no key at all', 'Bearer '],
    ['two keys', 'Bearer admin admin'],
    ['nothing', ''],
  ])('with a header that holds %s', async (_, Authorization) => {
    const path = await targetOf(world, template)
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { Authorization, 'Content-Type': 'application/json' }
    expect((await world.anonymous.send(method, path, { ...init, headers })).status).toBe(isOpen ? may : 401)
  })

  test.each(['nobody-has-this', 'expired', 'revoked', 'ADMIN'])('with the key "%s", which is not valid', async (key) =>
    expect(await statusFor(world.as(key))).toBe(isOpen ? may : 401),
  )

  test.each(ROLES)('with the role %s', async (role) => expect(await statusFor(world.as(role))).toBe(ROLES.indexOf(role) < rank ? 403 : may))

  test('with a key limited to other factories', async () => expect(await statusFor(world.as('limited'))).toBe(beyond))

  test('with a key of a deleted organisation', async () => expect(await statusFor(world.as('gone'))).toBe(isOpen ? may : 401))

  test('with a key of another organisation', async () => expect(await statusFor(world.as('other'))).toBe(other))

  test('over the limit', async () => {
    const spent: RateLimit = { limit: async () => ({ success: false }) }
    const at = (bindings: object) => world.elsewhere(newIsolate(world.clock, bindings))
    expect(await statusFor(at({ [isOpen ? 'ANONYMOUS_LIMIT' : 'READ_LIMIT']: spent }).as('admin'))).toBe(429)
    expect(await statusFor(at({ ANONYMOUS_LIMIT: spent }).anonymous)).toBe(429)
    expect(await statusFor(at({ WRITE_LIMIT: spent }).as('admin'))).toBe(isOpen || method === 'GET' ? may : 429)
  })

  test('from an address that has looked up too many keys', async () => {
    const here = world.elsewhere(newIsolate(world.clock, { KEY_LOOKUPS_LIMIT: { limit: async () => ({ success: false }) } }))
    expect(await statusFor(here.as('nobody-has-this-either'))).toBe(isOpen ? may : 429)
  })

  test('with a limiter that fails, as if there were none', async () => {
    const broken: RateLimit = { limit: async () => Promise.reject(new Error('limiter')) }
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const bindings = { [isOpen ? 'ANONYMOUS_LIMIT' : 'READ_LIMIT']: broken }
    expect(await statusFor(world.elsewhere(newIsolate(world.clock, bindings)).as('admin'))).toBe(may)
    expect(told.mock.calls).toEqual([['rate limiter failed:', 'limiter']])
    told.mockRestore()
  })

  if (may < 300 && method !== 'GET' && !isOpen)
    test('with a key revoked after the isolate has learnt it', async () => {
      const key = `to be revoked for ${route}`
      const number = await addKey(1, key, 'admin')
      await world.as(key).get('/api/factories')
      await env.DB.prepare('update api_keys set revoked_at = 1 where number = ?').bind(number).run()
      expect(await statusFor(world.as(key))).toBe(401)
    })
})

/** All that a write could change, as one text. That a key was used is noted of those who are refused too. */
const stored = async () =>
  JSON.stringify(
    (await env.DB.batch(STORED.map((table) => env.DB.prepare(`select * from ${table}`)))).map(({ results }) => results),
    (name, value: unknown) => (name.startsWith('last_used') ? undefined : value),
  )
