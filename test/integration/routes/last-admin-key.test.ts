import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { createKeyWith } from '../../support/api-keys.ts'
import type { KeyBody } from '../../support/api-keys.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: an organisation always keeps an admin key without scope that never ends.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.drain())

const create = (body: unknown, client = harness.admin) => createKeyWith(client, body)

describe('the last admin key', () => {
  test('the last admin key cannot be revoked, demoted, limited or given an expiry', async () => {
    await problemOf(await harness.admin.delete('/api/key/3'), 409)
    for (const body of [{ role: 'engineer' }, { factories: [0] }, { expires_at: '2100-01-01T00:00:00Z' }])
      await problemOf(await harness.admin.patch('/api/key/3', body), 409)
    expect((await harness.admin.patch('/api/key/3', { name: 'only one', role: 'admin', factories: null, expires_at: null })).status).toBe(
      200,
    )
  })

  test.each([
    ['a limited admin', { factories: '[0]' }],
    ['an expired admin', { expires_at: 1 }],
    ['a revoked admin', { revoked_at: 1 }],
    ['an admin that expires in a century', { expires_at: 4_102_444_800_000 }],
  ])('the last admin key cannot be revoked if the only other is %s', async (_, more) => {
    await addKey(1, 'other', 'admin', more)
    await problemOf(await harness.admin.delete('/api/key/3'), 409)
  })

  test('of two admin keys that revoke each other at the same time, one is rejected', async () => {
    const { id, key } = await create({ name: 'x', role: 'admin' })
    const responses = await Promise.all([harness.as(key).delete('/api/key/3'), harness.admin.delete(`/api/key/${id}`)])
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401])
  })

  test('an admin key can get an expiry if another admin key is valid at least as long', async () => {
    await addKey(1, 'until 2100', 'admin', { expires_at: 4_102_444_800_000 })
    const expiring = await create({ name: 'x', role: 'admin', expires_at: '2090-01-01T00:00:00Z' })
    await problemOf(await harness.admin.patch('/api/key/3', { expires_at: '2090-01-01T00:00:00Z' }), 409)
    expect((await harness.admin.delete(`/api/key/${expiring.id}`)).status).toBe(204)
    const { id } = await create({ name: 'x', role: 'admin' })
    expect((await harness.admin.patch('/api/key/3', { expires_at: '2090-01-01T00:00:00Z' })).status).toBe(200)
    await problemOf(await harness.admin.delete(`/api/key/${id}`), 409)
  })

  test('the new key of a rotated last admin key cannot be revoked or demoted', async () => {
    const fresh = (await (await harness.admin.send('POST', '/api/key/3/rotate')).json()) as KeyBody
    await problemOf(await harness.admin.delete(`/api/key/${fresh.id}`), 409)
    await problemOf(await harness.admin.patch(`/api/key/${fresh.id}`, { role: 'viewer' }), 409)
    await problemOf(await harness.as(fresh.key).delete(`/api/key/${fresh.id}`), 409)
  })

  test('the last admin key can be rotated without overlap', async () => {
    const { key } = (await (await harness.admin.post('/api/key/3/rotate', { overlap_seconds: 0 })).json()) as KeyBody
    expect((await harness.as(key).get('/api/keys')).status).toBe(200)
  })

  test('of two admin keys with the same end, one can be revoked, and the other can only be renamed', async () => {
    const expires_at = 4_102_444_800_000
    for (const name of ['first', 'second']) await addKey(2, name, 'admin', { expires_at })
    expect((await harness.as('first').delete('/api/key/2')).status).toBe(204)
    expect((await harness.as('first').patch('/api/key/1', { name: 'last' })).status).toBe(200)
    expect((await harness.as('first').patch('/api/key/1', { expires_at: expires_at / 1000 })).status).toBe(200)
    await problemOf(await harness.as('first').patch('/api/key/1', { expires_at: expires_at / 1000 - 1 }), 409)
    await problemOf(await harness.as('first').delete('/api/key/1'), 409)
    expect((await harness.as('first').delete('/api/key/0')).status, 'a key of another role without an end').toBe(204)
  })
})
