import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a factory has the settings that an engineer sets, in its profile, its documents and the audit log. Without settings, no
// document has a member for them.

const SETTINGS = { ideal_per_hour: 1_250.5, stop_after_seconds: 120 }

let harness: Harness
let path: string
const json = async (address: string) => (await harness.viewer.get(address)).json()
beforeAll(async () => {
  harness = await createHarness()
  path = (await harness.engineer.post('/api/factories', { name: 'Plant', ...SETTINGS })).headers.get('Location')!
})

const lastChange = async () => {
  const { entries } = await (await harness.admin.get('/api/audit-log?limit=1')).json<{ entries: { before: object; after: object }[] }>()
  return { before: entries[0]!.before, after: entries[0]!.after }
}
const idOf = (address: string) => Number(address.split('/').at(-1))

test('a new factory has the settings that were sent, in the profile, the factory, its page and the audit log', async () => {
  const profile = { id: idOf(path), name: 'Plant', time_zone: 'UTC', ...SETTINGS }
  expect(await lastChange()).toEqual({ before: null, after: profile })
  expect(await json(`${path}/profile`)).toEqual(profile)
  expect(await json(path)).toMatchObject({ factory: profile })
  expect(await json('/api/factories?chart_data=false')).toMatchObject({ factories: [{}, {}, {}, { factory: profile }] })
})

test('a factory without settings has no members for them, also in the audit log', async () => {
  const other = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const profile = { id: idOf(other), name: null, time_zone: 'UTC' }
  expect((await lastChange()).after).toEqual(profile)
  expect(await (await harness.viewer.get(`${other}/profile`)).text()).toBe(JSON.stringify(profile))
})

test('PATCH changes the settings that it has, keeps the others, and changes the ETag', async () => {
  const before = await harness.viewer.get(`${path}/profile`)
  const sent = { ideal_per_hour: 0.001 }
  const patched = await harness.engineer.patch(path, sent, { 'If-Match': before.headers.get('ETag')! })
  const profile = { id: idOf(path), name: 'Plant', time_zone: 'UTC', ...SETTINGS, ...sent }
  expect([patched.status, await patched.json()]).toEqual([200, profile])
  expect(await lastChange()).toEqual({ before: { ...profile, ...SETTINGS }, after: profile })
  expect(await json(`${path}/profile`)).toEqual(profile)
  expect(patched.headers.get('ETag')).not.toBe(before.headers.get('ETag'))
  await problemOf(await harness.engineer.patch(path, SETTINGS, { 'If-Match': before.headers.get('ETag')! }), 412)
})

test('PATCH with null resets a setting', async () => {
  await harness.engineer.patch(path, SETTINGS)
  expect(await (await harness.engineer.patch(path, { stop_after_seconds: null })).json()).toEqual({
    id: idOf(path),
    name: 'Plant',
    time_zone: 'UTC',
    ideal_per_hour: SETTINGS.ideal_per_hour,
  })
  expect(await (await harness.engineer.patch(path, { ideal_per_hour: null })).json()).toEqual({
    id: idOf(path),
    name: 'Plant',
    time_zone: 'UTC',
  })
})

test('PATCH without members, or with the stored settings, writes no audit entry', async () => {
  await harness.engineer.patch(path, SETTINGS)
  const last = await lastChange()
  for (const body of [{}, SETTINGS]) expect((await harness.engineer.patch(path, body)).status).toBe(200)
  expect(await lastChange()).toEqual(last)
})

describe('an invalid setting is rejected with its pointer', () => {
  test.each([
    ['ideal_per_hour', 0],
    ['ideal_per_hour', -1],
    ['ideal_per_hour', 1e-320],
    ['ideal_per_hour', 0.000_999],
    ['ideal_per_hour', 1_000_000_001],
    ['ideal_per_hour', '5'],
    ['stop_after_seconds', 59],
    ['stop_after_seconds', 3_601],
    ['stop_after_seconds', 60.5],
  ])('the setting %s rejects %j with its pointer', async (name, value) => {
    for (const response of [
      await harness.engineer.patch(path, { [name]: value }),
      await harness.engineer.post('/api/factories', { [name]: value }),
    ])
      expect((await problemOf(response, 422)).errors).toMatchObject([{ pointer: `#/${name}` }])
  })
})
