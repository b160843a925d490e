import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commit } from '../../../src/commands/commit.ts'
import { createKey } from '../../../src/commands/keys.ts'
import { isApiKey } from '../../../src/auth/api-key.ts'
import { addKeys } from '../../support/sizes.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'

interface KeyBody {
  id: number
  name: string
  role: string
  factories: number[] | null
  created_at: number
  created_by: number | null
  expires_at: number | null
  revoked_at: number | null
  last_used: { at: number; user_agent: string | null; country: string | null } | null
  key?: string
}

let world: Harness
beforeEach(async () => {
  world = await createHarness()
})
afterEach(() => world.settle())

const create = async (body: unknown, by = world.admin): Promise<KeyBody & { key: string }> => {
  const response = await by.post('/api/keys', body)
  expect(response.status, await response.clone().text()).toBe(201)
  return response.json()
}
const show = async (id: number): Promise<KeyBody> => (await world.admin.get(`/api/key/${id}`)).json()
const DAY = 86_400

describe('a key', () => {
  test('is made, works, and is shown with its secret once', async () => {
    const response = await world.admin.post('/api/keys', { name: 'Gateway', role: 'operator' })
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const { key, ...rest } = (await response.json()) as KeyBody
    expect(response.headers.get('Location')).toBe(`/api/key/${rest.id}`)
    expect(isApiKey(key!)).toBe(true)
    const now = Math.floor(world.clock.now() / 1000)
    const expected = { id: 4, name: 'Gateway', role: 'operator', factories: null, created_at: now, created_by: 3 }
    expect(rest).toEqual({ ...expected, expires_at: null, revoked_at: null, last_used: null })
    expect((await world.as(key).post('/api/factory/0/chart-data', { time: 60, actual: 1 })).status).toBe(200)
    expect((await world.as(key).post('/api/sprockets', {})).status).toBe(403)
    for (const path of ['/api/keys', '/api/key/4', '/api/audit-log'])
      expect(await (await world.admin.get(path)).text()).not.toContain(key!.slice(4))
    const { results } = await env.DB.prepare('select * from api_keys, changes').all()
    expect(JSON.stringify(results)).not.toContain(key!.slice(4))
  })

  test('is listed among the others in pages', async () => {
    await create({ name: 'x', role: 'viewer' })
    const first = (await (await world.admin.get('/api/keys?limit=3')).json()) as { keys: KeyBody[]; next: string }
    expect([first.keys.map(({ id }) => id), first.next]).toEqual([[0, 1, 2], '3'])
    const second = (await (await world.admin.get(`/api/keys?limit=3&cursor=${first.next}`)).json()) as { keys: KeyBody[]; next: null }
    expect([second.keys.map(({ name }) => name), second.next]).toEqual([['admin', 'x'], null])
  })

  test('changes its name, role, reach and end, and a demoted one is refused at once', async () => {
    const { id, key } = await create({ name: 'x', role: 'engineer' })
    expect((await world.as(key).post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })).status).toBe(201)
    const patched = await world.admin.patch(`/api/key/${id}`, {
      name: 'y',
      role: 'operator',
      factories: [2, 0, 2],
      expires_at: '2100-01-01T00:00:00+01:00',
    })
    const expected = { id, name: 'y', role: 'operator', factories: [0, 2], expires_at: Date.parse('2099-12-31T23:00:00Z') / 1000 }
    expect(await patched.json()).toMatchObject(expected)
    const refused = await world.as(key).post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })
    expect([refused.status, refused.headers.get('WWW-Authenticate')]).toEqual([403, 'Bearer error="insufficient_scope", scope="engineer"'])
    // The isolate still takes the key for one that reaches every factory; the batch does not.
    expect((await world.as(key).post('/api/factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(404)
    expect((await world.as(key).post('/api/factory/2/chart-data', { time: 60, actual: 1 })).status).toBe(200)
    expect(await (await world.admin.patch(`/api/key/${id}`, { factories: null, expires_at: null })).json()).toMatchObject({
      factories: null,
      expires_at: null,
    })
  })

  test.each([
    ['2099-12-31t23:00:00z', '2099-12-31T23:00:00Z'],
    ['2099-12-31 23:00:00.999+01:00', '2099-12-31T22:00:00Z'],
    ['2098-12-31T23:59:60Z', '2099-01-01T00:00:00Z'],
  ])('ends at %s, as queries take it', async (given, expected) => {
    const { id } = await create({ name: 'x', role: 'viewer', expires_at: given })
    expect((await show(id)).expires_at).toBe(Date.parse(expected) / 1000)
  })

  test.each([
    ['2099-02-29T00:00:00Z', 'Send Unix seconds, or RFC 3339'],
    ['2099-12-31', 'Send Unix seconds, or RFC 3339'],
    [1_893_456_000_000, 'This looks like milliseconds; send seconds.'],
    [1_893_456_000_000_000, 'This looks like microseconds; send seconds.'],
    [true, 'Send Unix seconds, or RFC 3339'],
  ])('does not end at %j', async (expires_at, detail) => {
    const { errors } = await problemOf(await world.admin.post('/api/keys', { name: 'x', role: 'viewer', expires_at }), 422)
    expect(errors).toEqual([{ pointer: '#/expires_at', detail: expect.stringContaining(detail) as string }])
  })

  test('is rotated: both work for the overlap, then the new one alone', async () => {
    const old = await create({ name: 'x', role: 'operator', factories: [1] })
    const now = Math.floor(world.clock.now() / 1000)
    const response = await world.admin.send('POST', `/api/key/${old.id}/rotate`)
    expect([response.status, response.headers.get('Cache-Control')]).toEqual([201, 'no-store'])
    const fresh = (await response.json()) as KeyBody
    expect(fresh).toMatchObject({ id: old.id + 1, name: 'x', role: 'operator', factories: [1], expires_at: null, created_by: 3 })
    expect((await show(old.id)).expires_at).toBe(now + DAY)
    for (const { key } of [old, fresh]) expect((await world.as(key).get('/api/factory/1')).status).toBe(200)
    world.clock.advance((DAY + 1) * 1000)
    expect((await world.as(old.key).get('/api/factory/1')).status).toBe(401)
    expect((await world.as(fresh.key).get('/api/factory/1')).status).toBe(200)
    const at = await world.admin.post(`/api/key/${fresh.id}/rotate`, { overlap_seconds: 0 })
    expect(at.status).toBe(201)
    expect((await world.as(fresh.key).get('/api/factory/1')).status).toBe(200)
    expect((await world.as(fresh.key).post('/api/factory/1/chart-data', { time: 60, actual: 1 })).status).toBe(401)
  })

  test('that is revoked cannot come back', async () => {
    const { id, key } = await create({ name: 'x', role: 'viewer' })
    for (let twice = 0; twice < 2; twice++) expect((await world.admin.delete(`/api/key/${id}`)).status).toBe(204)
    expect((await show(id)).revoked_at).toBe(Math.floor(world.clock.now() / 1000))
    expect((await world.as(key).get('/api/factories')).status).toBe(401)
    await problemOf(await world.admin.patch(`/api/key/${id}`, { name: 'y' }), 409)
    await problemOf(await world.admin.send('POST', `/api/key/${id}/rotate`), 409)
  })
})

describe('what a key cannot be given', () => {
  test.each([
    ['no name', { role: 'viewer' }, '#/name'],
    ['an empty name', { name: ' ', role: 'viewer' }, '#/name'],
    ['a role that is none', { name: 'x', role: 'root' }, '#/role'],
    ['no factory at all', { name: 'x', role: 'viewer', factories: [] }, '#/factories'],
    ['a factory that is not there', { name: 'x', role: 'viewer', factories: [0, 9] }, '#/factories'],
    ['an end that is past', { name: 'x', role: 'viewer', expires_at: 1 }, '#/expires_at'],
    ['an end that is no time', { name: 'x', role: 'viewer', expires_at: 'soon' }, '#/expires_at'],
    ['a secret of its own', { name: 'x', role: 'viewer', key: 'spk_1' }, '#/key'],
  ])('%s', async (_, body, pointer) => expect(await pointersOf(await world.admin.post('/api/keys', body))).toEqual([pointer]))

  test('more reach than its maker has', async () => {
    await addKey(1, 'north', 'admin', { factories: '[0,1]' })
    await problemOf(await world.as('north').post('/api/keys', { name: 'x', role: 'viewer' }), 403)
    await problemOf(await world.as('north').post('/api/keys', { name: 'x', role: 'viewer', factories: [1, 2] }), 403)
    const { id } = await create({ name: 'x', role: 'admin', factories: [1] }, world.as('north'))
    await problemOf(await world.as('north').patch(`/api/key/${id}`, { factories: [0, 2] }), 403)
    await problemOf(await world.as('north').patch(`/api/key/${id}`, { factories: null }), 403)
    expect((await world.as('north').patch(`/api/key/${id}`, { factories: [0] })).status).toBe(200)
  })
})

describe('a key with an end', () => {
  const END = '2030-01-01T00:00:00Z'
  const LATER = '2030-01-01T00:00:01Z'
  const setUp = async () => {
    const { id, key } = await create({ name: 'x', role: 'admin', expires_at: END })
    return { id, short: world.as(key) }
  }
  const refused = async (response: Response) => {
    const { errors } = await problemOf(response, 403)
    expect([errors, response.headers.get('WWW-Authenticate')]).toEqual([
      [{ pointer: '#/expires_at', detail: expect.stringContaining('no later than') as string }],
      'Bearer error="insufficient_scope"',
    ])
  }

  test('makes no key that outlives it', async () => {
    const { short } = await setUp()
    await refused(await short.post('/api/keys', { name: 'y', role: 'viewer' }))
    await refused(await short.post('/api/keys', { name: 'y', role: 'viewer', expires_at: LATER }))
    expect((await short.post('/api/keys', { name: 'y', role: 'admin', expires_at: END })).status).toBe(201)
  })

  test('neither moves nor removes its own end, nor another that is to lie behind it', async () => {
    const { id, short } = await setUp()
    const other = await create({ name: 'y', role: 'viewer', expires_at: '2029-01-01T00:00:00Z' })
    for (const target of [id, other.id])
      for (const expires_at of [null, LATER]) await refused(await short.patch(`/api/key/${target}`, { expires_at }))
    expect((await short.patch(`/api/key/${other.id}`, { expires_at: END })).status).toBe(200)
    expect((await short.patch(`/api/key/${id}`, { expires_at: '2029-01-01T00:00:00Z' })).status).toBe(200)
  })

  test('gives a key that outlives it no higher role and no further factory, and may take both', async () => {
    const { short } = await setUp()
    const { id } = await create({ name: 'y', role: 'operator', factories: [1] })
    await refused(await short.patch(`/api/key/${id}`, { role: 'admin' }))
    await refused(await short.patch(`/api/key/${id}`, { factories: [1, 2] }))
    await refused(await short.patch(`/api/key/${id}`, { factories: null }))
    expect((await short.patch(`/api/key/${id}`, { name: 'z', role: 'viewer', factories: [1] })).status).toBe(200)
    expect((await short.patch(`/api/key/${id}`, { expires_at: '2050-01-01T00:00:00Z' })).status).toBe(200)
    await refused(await short.patch(`/api/key/${id}`, { expires_at: '2050-01-01T00:00:01Z' }))
    expect((await short.patch(`/api/key/${id}`, { role: 'admin', factories: null, expires_at: END })).status).toBe(200)
  })

  test('rotates no key that outlives it, and itself to its own end', async () => {
    const { id, short } = await setUp()
    await refused(await short.send('POST', '/api/key/0/rotate'))
    const response = await short.send('POST', `/api/key/${id}/rotate`)
    expect(response.status).toBe(201)
    expect(((await response.json()) as KeyBody).expires_at).toBe(Date.parse(END) / 1000)
  })
})

test('an admin of some factories neither sees nor touches keys beyond them', async () => {
  expect((await problemOf(await world.admin.get('/api/key/99'), 404)).detail).toBe('Key 99 not found.')
  await addKey(1, 'north', 'admin', { factories: '[0,1]' })
  await addKey(1, 'south', 'viewer', { factories: '[1,2]' })
  const { keys } = (await (await world.as('north').get('/api/keys')).json()) as { keys: KeyBody[] }
  expect(keys.map(({ name }) => name)).toEqual(['north'])
  for (const id of [0, 3, 5]) {
    const absent = async (response: Response) => (await problemOf(response, 404)).detail
    const like = `Key ${id} not found.`
    expect(await absent(await world.as('north').get(`/api/key/${id}`))).toBe(like)
    expect(await absent(await world.as('north').patch(`/api/key/${id}`, { name: 'mine' }))).toBe(like)
    expect(await absent(await world.as('north').send('POST', `/api/key/${id}/rotate`))).toBe(like)
    expect(await absent(await world.as('north').delete(`/api/key/${id}`))).toBe(like)
  }
})

test('GET /api/keys by a limited admin leads through pages to every key within its reach and to no other', async () => {
  await addKey(1, 'north', 'admin', { factories: '[0,1]' })
  await addKeys(1_000)
  await addKey(1, 'far', 'viewer', { factories: '[1]' })
  const pages: string[][] = []
  for (let cursor: string | null = '0'; cursor !== null;) {
    const page = (await (await world.as('north').get(`/api/keys?cursor=${cursor}`)).json()) as { keys: KeyBody[]; next: string | null }
    pages.push(page.keys.map(({ name }) => name))
    cursor = page.next
  }
  expect(pages).toEqual([['north'], [], ['far']])
})

describe('the last that governs', () => {
  test('is neither revoked, demoted, limited nor given an end', async () => {
    await problemOf(await world.admin.delete('/api/key/3'), 409)
    for (const body of [{ role: 'engineer' }, { factories: [0] }, { expires_at: '2100-01-01T00:00:00Z' }])
      await problemOf(await world.admin.patch('/api/key/3', body), 409)
    expect((await world.admin.patch('/api/key/3', { name: 'only one', role: 'admin', factories: null, expires_at: null })).status).toBe(200)
  })

  test.each([
    ['a limited admin', { factories: '[0]' }],
    ['an expired admin', { expires_at: 1 }],
    ['a revoked admin', { revoked_at: 1 }],
    ['an admin that ends in a century', { expires_at: 4_102_444_800_000 }],
  ])('is the last although there is %s', async (_, more) => {
    await addKey(1, 'other', 'admin', more)
    await problemOf(await world.admin.delete('/api/key/3'), 409)
  })

  test('may go when there is another, even by its own hand; of two who revoke each other one is refused', async () => {
    const { id, key } = await create({ name: 'x', role: 'admin' })
    const answers = await Promise.all([world.as(key).delete('/api/key/3'), world.admin.delete(`/api/key/${id}`)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401])
  })

  test('may have an end as long as another governs until then', async () => {
    await addKey(1, 'until 2100', 'admin', { expires_at: 4_102_444_800_000 })
    const short = await create({ name: 'x', role: 'admin', expires_at: '2090-01-01T00:00:00Z' })
    await problemOf(await world.admin.patch('/api/key/3', { expires_at: '2090-01-01T00:00:00Z' }), 409)
    expect((await world.admin.delete(`/api/key/${short.id}`)).status).toBe(204)
    const { id } = await create({ name: 'x', role: 'admin' })
    expect((await world.admin.patch('/api/key/3', { expires_at: '2090-01-01T00:00:00Z' })).status).toBe(200)
    await problemOf(await world.admin.delete(`/api/key/${id}`), 409)
  })

  test('is not lost by rotation and the end of the new key', async () => {
    const fresh = (await (await world.admin.send('POST', '/api/key/3/rotate')).json()) as KeyBody
    await problemOf(await world.admin.delete(`/api/key/${fresh.id}`), 409)
    await problemOf(await world.admin.patch(`/api/key/${fresh.id}`, { role: 'viewer' }), 409)
    await problemOf(await world.as(fresh.key).delete(`/api/key/${fresh.id}`), 409)
  })

  test('may be replaced by rotation', async () => {
    const { key } = (await (await world.admin.post('/api/key/3/rotate', { overlap_seconds: 0 })).json()) as KeyBody
    expect((await world.as(key).get('/api/keys')).status).toBe(200)
  })
})

test('createKey without an author key, as operators run it, sets any end or none', async () => {
  const author = { organisation: 1, key: null, requestId: 'operator', userAgent: null, country: null }
  for (const expiresAt of [null, world.clock.now() + 1000 * DAY]) {
    const grant = { name: 'first', role: 'admin' as const, factories: null, expiresAt }
    const { isLogged } = await commit(world.isolate, () => {}, author, createKey(author, grant, String(expiresAt), world.clock.now()))
    expect(isLogged).toBe(true)
  }
})

test('If-Match compares what can be changed, not the use', async () => {
  const tag = (await world.admin.get('/api/key/1')).headers.get('ETag')!
  await env.DB.prepare('update api_keys set last_used_at = 60000 where id = 1').run()
  const used = await world.admin.get('/api/key/1')
  expect([used.headers.get('ETag'), ((await used.json()) as KeyBody).last_used]).toEqual([tag, { at: 60, user_agent: null, country: null }])
  const patched = await world.admin.patch('/api/key/1', { name: 'y' }, { 'If-Match': tag })
  expect([patched.status, patched.headers.get('ETag')]).toEqual([200, (await world.admin.get('/api/key/1')).headers.get('ETag')])
  await problemOf(await world.admin.patch('/api/key/1', { name: 'z' }, { 'If-Match': tag }), 412)
  await problemOf(await world.admin.delete('/api/key/1', { 'If-Match': tag }), 412)
})

test('a key of another organisation is as absent as none', async () => {
  await addKey(2, 'their admin', 'admin')
  await problemOf(await world.as('their admin').get('/api/key/3'), 404)
  await problemOf(await world.as('their admin').delete('/api/key/3'), 404)
})
