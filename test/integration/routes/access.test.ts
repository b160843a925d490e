import { beforeAll, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: GET /api/access shows the role and the factories of the client: with an unlimited key, a limited key, and without a key.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'limited', 'operator', { factories: '[0,1]' })
})

const accessOf = async (client: Harness['viewer']) => {
  const response = await client.get('/api/access')
  expect(response.status).toBe(200)
  return response.json()
}

test('GET /api/access shows the role and the id of an unlimited key', async () => {
  const { keys } = await (await harness.admin.get('/api/keys')).json<{ keys: { id: number; role: string }[] }>()
  const { id } = keys.find(({ role }) => role === 'engineer')!
  const expected = { organisation: 'demo', role: 'engineer', key: id, factories: null, expires_at: null }
  expect(await accessOf(harness.engineer)).toEqual(expected)
})

test('GET /api/access shows the factories of a limited key', async () => {
  expect(await accessOf(harness.as('limited'))).toMatchObject({ role: 'operator', factories: [0, 1] })
})

test('GET /api/access shows a viewer without a key to a client of the public organisation', async () => {
  expect(await accessOf(harness.anonymous)).toEqual({ organisation: 'demo', role: 'viewer', key: null, factories: null, expires_at: null })
})

test('GET /api/access answers 304 to a client that has the current state', async () => {
  const first = await harness.viewer.get('/api/access')
  const second = await harness.viewer.get('/api/access', { 'If-None-Match': first.headers.get('ETag')! })
  expect(second.status).toBe(304)
})
