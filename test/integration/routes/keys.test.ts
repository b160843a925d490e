import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commit } from '../../../src/commands/commit.ts'
import { createKey } from '../../../src/commands/keys.ts'
import { isApiKey } from '../../../src/auth/api-key.ts'
import { addKeys } from '../../support/sizes.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { createKeyWith } from '../../support/api-keys.ts'
import type { KeyBody } from '../../support/api-keys.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'

// Promise: API keys can be created, rotated, limited and revoked; an admin key always remains, and no key grants more than it has.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.drain())

const create = (body: unknown, client = harness.admin) => createKeyWith(client, body)
const getKey = async (id: number): Promise<KeyBody> => (await harness.admin.get(`/api/key/${id}`)).json()
const DAY = 86_400

describe('/api/keys', () => {
  test('POST /api/keys creates a key that works, and only its response contains the secret', async () => {
    const response = await harness.admin.post('/api/keys', { name: 'Gateway', role: 'operator' })
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const { key, ...rest } = (await response.json()) as KeyBody
    expect(response.headers.get('Location')).toBe(`/api/key/${rest.id}`)
    expect(isApiKey(key!)).toBe(true)
    const now = Math.floor(harness.clock.now() / 1000)
    const expected = { id: 4, name: 'Gateway', role: 'operator', factories: null, created_at: now, created_by: 3 }
    expect(rest).toEqual({ ...expected, expires_at: null, revoked_at: null, last_used: null })
    expect((await harness.as(key).post('/api/factory/0/chart-data', { time: 60, actual: 1 })).status).toBe(200)
    expect((await harness.as(key).post('/api/sprockets', {})).status).toBe(403)
    for (const path of ['/api/keys', '/api/key/4', '/api/audit-log'])
      expect(await (await harness.admin.get(path)).text()).not.toContain(key!.slice(4))
    const { results } = await env.DB.prepare('select * from api_keys, audit_log').all()
    expect(JSON.stringify(results)).not.toContain(key!.slice(4))
  })

  test('GET /api/keys lists the keys in pages', async () => {
    await create({ name: 'x', role: 'viewer' })
    const first = (await (await harness.admin.get('/api/keys?limit=3')).json()) as { keys: KeyBody[]; next: string }
    expect([first.keys.map(({ id }) => id), first.next]).toEqual([[0, 1, 2], '3'])
    const second = (await (await harness.admin.get(`/api/keys?limit=3&cursor=${first.next}`)).json()) as { keys: KeyBody[]; next: null }
    expect([second.keys.map(({ name }) => name), second.next]).toEqual([['admin', 'x'], null])
  })

  test('PATCH /api/key/{id} changes name, role, scope and expiry, and a lower role counts at once', async () => {
    const { id, key } = await create({ name: 'x', role: 'engineer' })
    expect((await harness.as(key).post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })).status).toBe(201)
    const patched = await harness.admin.patch(`/api/key/${id}`, {
      name: 'y',
      role: 'operator',
      factories: [2, 0, 2],
      expires_at: '2100-01-01T00:00:00+01:00',
    })
    const expected = { id, name: 'y', role: 'operator', factories: [0, 2], expires_at: Date.parse('2099-12-31T23:00:00Z') / 1000 }
    expect(await patched.json()).toMatchObject(expected)
    const rejected = await harness.as(key).post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })
    expect([rejected.status, rejected.headers.get('WWW-Authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="engineer"',
    ])
    // The identity cache of the isolate still has the scope of all factories. The guard in the batch has the new scope.
    expect((await harness.as(key).post('/api/factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(404)
    expect((await harness.as(key).post('/api/factory/2/chart-data', { time: 60, actual: 1 })).status).toBe(200)
    expect(await (await harness.admin.patch(`/api/key/${id}`, { factories: null, expires_at: null })).json()).toMatchObject({
      factories: null,
      expires_at: null,
    })
  })

  test.each([
    ['2099-12-31t23:00:00z', '2099-12-31T23:00:00Z'],
    ['2099-12-31 23:00:00.999+01:00', '2099-12-31T22:00:00Z'],
    ['2098-12-31T23:59:60Z', '2099-01-01T00:00:00Z'],
  ])('expires_at takes %s, as queries do', async (text, expected) => {
    const { id } = await create({ name: 'x', role: 'viewer', expires_at: text })
    expect((await getKey(id)).expires_at).toBe(Date.parse(expected) / 1000)
  })

  test.each([
    ['2099-02-29T00:00:00Z', 'Send Unix seconds, or RFC 3339'],
    ['2099-12-31', 'Send Unix seconds, or RFC 3339'],
    [1_893_456_000_000, 'This looks like milliseconds; send seconds.'],
    [1_893_456_000_000_000, 'This looks like microseconds; send seconds.'],
    [true, 'Send Unix seconds, or RFC 3339'],
  ])('expires_at rejects %j', async (expires_at, detail) => {
    const { errors } = await problemOf(await harness.admin.post('/api/keys', { name: 'x', role: 'viewer', expires_at }), 422)
    expect(errors).toEqual([{ pointer: '#/expires_at', detail: expect.stringContaining(detail) as string }])
  })

  test('POST /api/key/{id}/rotate creates a key, and the old key works until the overlap ends', async () => {
    const old = await create({ name: 'x', role: 'operator', factories: [1] })
    const now = Math.floor(harness.clock.now() / 1000)
    const response = await harness.admin.send('POST', `/api/key/${old.id}/rotate`)
    expect([response.status, response.headers.get('Cache-Control')]).toEqual([201, 'no-store'])
    const fresh = (await response.json()) as KeyBody
    expect(fresh).toMatchObject({ id: old.id + 1, name: 'x', role: 'operator', factories: [1], expires_at: null, created_by: 3 })
    expect((await getKey(old.id)).expires_at).toBe(now + DAY)
    for (const { key } of [old, fresh]) expect((await harness.as(key).get('/api/factory/1')).status).toBe(200)
    harness.clock.advance((DAY + 1) * 1000)
    expect((await harness.as(old.key).get('/api/factory/1')).status).toBe(401)
    expect((await harness.as(fresh.key).get('/api/factory/1')).status).toBe(200)
    const at = await harness.admin.post(`/api/key/${fresh.id}/rotate`, { overlap_seconds: 0 })
    expect(at.status).toBe(201)
    expect((await harness.as(fresh.key).get('/api/factory/1')).status).toBe(200)
    expect((await harness.as(fresh.key).post('/api/factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(401)
  })

  test('the rotation of a key that ends before the overlap keeps the end of both keys', async () => {
    const expires_at = Math.floor(harness.clock.now() / 1000) + 3_600
    const { id } = await create({ name: 'x', role: 'operator', expires_at })
    const fresh = (await (await harness.admin.send('POST', `/api/key/${id}/rotate`)).json()) as KeyBody
    expect([fresh.expires_at, (await getKey(id)).expires_at]).toEqual([expires_at, expires_at])
  })

  test('a key can be rotated until its end, to the millisecond', async () => {
    const now = harness.clock.now()
    for (const expires_at of [now, now + 1]) await addKey(1, `ends ${expires_at}`, 'viewer', { expires_at })
    await problemOf(await harness.admin.send('POST', '/api/key/4/rotate'), 409)
    expect((await harness.admin.send('POST', '/api/key/5/rotate')).status).toBe(201)
  })

  test('a revoked key cannot be changed or rotated', async () => {
    const { id, key } = await create({ name: 'x', role: 'viewer' })
    for (let twice = 0; twice < 2; twice++) expect((await harness.admin.delete(`/api/key/${id}`)).status).toBe(204)
    expect((await getKey(id)).revoked_at).toBe(Math.floor(harness.clock.now() / 1000))
    expect((await harness.as(key).get('/api/factories')).status).toBe(401)
    await problemOf(await harness.admin.patch(`/api/key/${id}`, { name: 'y' }), 409)
    await problemOf(await harness.admin.send('POST', `/api/key/${id}/rotate`), 409)
  })
})

describe('an invalid key', () => {
  test.each([
    ['no name', { role: 'viewer' }, '#/name'],
    ['an empty name', { name: ' ', role: 'viewer' }, '#/name'],
    ['an unknown role', { name: 'x', role: 'root' }, '#/role'],
    ['an empty scope', { name: 'x', role: 'viewer', factories: [] }, '#/factories'],
    ['a factory that does not exist', { name: 'x', role: 'viewer', factories: [0, 9] }, '#/factories'],
    ['an expiry in the past', { name: 'x', role: 'viewer', expires_at: 1 }, '#/expires_at'],
    ['an expiry that is not a time', { name: 'x', role: 'viewer', expires_at: 'soon' }, '#/expires_at'],
    ['a chosen secret', { name: 'x', role: 'viewer', key: 'spk_1' }, '#/key'],
  ])('POST /api/keys rejects %s', async (_, body, pointer) =>
    expect(await pointersOf(await harness.admin.post('/api/keys', body))).toEqual([pointer]),
  )

  test('an admin with a limited scope cannot grant more than this scope', async () => {
    await addKey(1, 'north', 'admin', { factories: '[0,1]' })
    await problemOf(await harness.as('north').post('/api/keys', { name: 'x', role: 'viewer' }), 403)
    await problemOf(await harness.as('north').post('/api/keys', { name: 'x', role: 'viewer', factories: [1, 2] }), 403)
    const { id } = await create({ name: 'x', role: 'admin', factories: [1] }, harness.as('north'))
    await problemOf(await harness.as('north').patch(`/api/key/${id}`, { factories: [0, 2] }), 403)
    await problemOf(await harness.as('north').patch(`/api/key/${id}`, { factories: null }), 403)
    expect((await harness.as('north').patch(`/api/key/${id}`, { factories: [0] })).status).toBe(200)
  })
})

describe('a key that expires', () => {
  const END = '2030-01-01T00:00:00Z'
  const LATER = '2030-01-01T00:00:01Z'
  const setUp = async () => {
    const { id, key } = await create({ name: 'x', role: 'admin', expires_at: END })
    return { id, expiring: harness.as(key) }
  }
  const expectRejected = async (response: Response) => {
    const { errors } = await problemOf(response, 403)
    expect([errors, response.headers.get('WWW-Authenticate')]).toEqual([
      [{ pointer: '#/expires_at', detail: expect.stringContaining('no later than') as string }],
      'Bearer error="insufficient_scope"',
    ])
  }

  test('a key that expires cannot create a key that expires later', async () => {
    const { expiring } = await setUp()
    await expectRejected(await expiring.post('/api/keys', { name: 'y', role: 'viewer' }))
    await expectRejected(await expiring.post('/api/keys', { name: 'y', role: 'viewer', expires_at: LATER }))
    expect((await expiring.post('/api/keys', { name: 'y', role: 'admin', expires_at: END })).status).toBe(201)
  })

  test('a key that expires cannot set the expiry of any key later than its own', async () => {
    const { id, expiring } = await setUp()
    const other = await create({ name: 'y', role: 'viewer', expires_at: '2029-01-01T00:00:00Z' })
    for (const target of [id, other.id])
      for (const expires_at of [null, LATER]) await expectRejected(await expiring.patch(`/api/key/${target}`, { expires_at }))
    expect((await expiring.patch(`/api/key/${other.id}`, { expires_at: END })).status).toBe(200)
    expect((await expiring.patch(`/api/key/${id}`, { expires_at: '2029-01-01T00:00:00Z' })).status).toBe(200)
  })

  test('a key that expires can narrow but not widen a key that expires later', async () => {
    const { expiring } = await setUp()
    const { id } = await create({ name: 'y', role: 'operator', factories: [1] })
    await expectRejected(await expiring.patch(`/api/key/${id}`, { role: 'admin' }))
    await expectRejected(await expiring.patch(`/api/key/${id}`, { factories: [1, 2] }))
    await expectRejected(await expiring.patch(`/api/key/${id}`, { factories: null }))
    expect((await expiring.patch(`/api/key/${id}`, { name: 'z', role: 'viewer', factories: [1] })).status).toBe(200)
    expect((await expiring.patch(`/api/key/${id}`, { expires_at: '2050-01-01T00:00:00Z' })).status).toBe(200)
    await expectRejected(await expiring.patch(`/api/key/${id}`, { expires_at: '2050-01-01T00:00:01Z' }))
    expect((await expiring.patch(`/api/key/${id}`, { name: 'y' })).status).toBe(200)
    expect((await expiring.patch(`/api/key/${id}`, { role: 'admin', factories: null, expires_at: END })).status).toBe(200)
  })

  test('a key that expires cannot rotate a key that expires later, and its own rotation keeps the expiry', async () => {
    const { id, expiring } = await setUp()
    await expectRejected(await expiring.send('POST', '/api/key/0/rotate'))
    const response = await expiring.send('POST', `/api/key/${id}/rotate`)
    expect(response.status).toBe(201)
    expect(((await response.json()) as KeyBody).expires_at).toBe(Date.parse(END) / 1000)
  })
})

test('an admin with a limited scope gets 404 for keys outside this scope', async () => {
  expect((await problemOf(await harness.admin.get('/api/key/99'), 404)).detail).toBe('Key 99 not found.')
  await addKey(1, 'north', 'admin', { factories: '[0,1]' })
  await addKey(1, 'south', 'viewer', { factories: '[1,2]' })
  const { keys } = (await (await harness.as('north').get('/api/keys')).json()) as { keys: KeyBody[] }
  expect(keys.map(({ name }) => name)).toEqual(['north'])
  for (const id of [0, 3, 5]) {
    const detailOf = async (response: Response) => (await problemOf(response, 404)).detail
    const expected = `Key ${id} not found.`
    expect(await detailOf(await harness.as('north').get(`/api/key/${id}`))).toBe(expected)
    expect(await detailOf(await harness.as('north').patch(`/api/key/${id}`, { name: 'mine' }))).toBe(expected)
    expect(await detailOf(await harness.as('north').send('POST', `/api/key/${id}/rotate`))).toBe(expected)
    expect(await detailOf(await harness.as('north').delete(`/api/key/${id}`))).toBe(expected)
  }
})

test('the pages of GET /api/keys contain exactly the keys within the scope of a limited admin', async () => {
  await addKey(1, 'north', 'admin', { factories: '[0,1]' })
  await addKeys(1_000)
  await addKey(1, 'far', 'viewer', { factories: '[1]' })
  const pages: string[][] = []
  for (let cursor: string | null = '0'; cursor !== null;) {
    const page = (await (await harness.as('north').get(`/api/keys?cursor=${cursor}`)).json()) as { keys: KeyBody[]; next: string | null }
    pages.push(page.keys.map(({ name }) => name))
    cursor = page.next
  }
  expect(pages).toEqual([['north'], [], ['far']])
})

test('createKey without the key of an actor, as operators use it, sets any expiry or none', async () => {
  const actor = { organisationPk: 1, key: null, requestId: 'operator', userAgent: null, country: null }
  for (const expiresAt of [null, harness.clock.now() + 1000 * DAY]) {
    const grant = { name: 'first', role: 'admin' as const, factories: null, expiresAt }
    const result = await commit(harness.isolate, () => {}, actor, createKey(actor, grant, String(expiresAt), harness.clock.now()))
    expect(result).toMatchObject({ outcome: 'applied', isLogged: true })
  }
})

test('the entity tag of a key does not depend on its last use', async () => {
  const tag = (await harness.admin.get('/api/key/1')).headers.get('ETag')!
  await env.DB.prepare('update api_keys set last_used_at = 60000 where id = 1').run()
  const used = await harness.admin.get('/api/key/1')
  expect([used.headers.get('ETag'), ((await used.json()) as KeyBody).last_used]).toEqual([tag, { at: 60, user_agent: null, country: null }])
  const patched = await harness.admin.patch('/api/key/1', { name: 'y' }, { 'If-Match': tag })
  expect([patched.status, patched.headers.get('ETag')]).toEqual([200, (await harness.admin.get('/api/key/1')).headers.get('ETag')])
  await problemOf(await harness.admin.patch('/api/key/1', { name: 'z' }, { 'If-Match': tag }), 412)
  await problemOf(await harness.admin.delete('/api/key/1', { 'If-Match': tag }), 412)
})

test('a key of another organisation gets 404', async () => {
  await addKey(2, 'their admin', 'admin')
  await problemOf(await harness.as('their admin').get('/api/key/3'), 404)
  await problemOf(await harness.as('their admin').delete('/api/key/3'), 404)
})
