import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { targetOf } from '../../invariants/targets.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the audit log has the state of a resource before and after each change, as GET returns it, and the size of a change that no
// image shows.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

interface Entry {
  verb: string
  target: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}
const readEntry = async (): Promise<Entry> => {
  const { entries } = await (await harness.admin.get('/api/audit-log?limit=1')).json<{ entries: Entry[] }>()
  return entries[0]!
}
/** Returns the detail that the latest audit entry stores next to its images. */
const readDetail = async () =>
  JSON.parse(
    (await env.DB.prepare('select detail from audit_log where organisation_pk = 1 order by commit_seq desc limit 1').first('detail'))!,
  ) as object

const END = Date.parse('2090-01-01T00:00:00Z') / 1000
/** The members of a key that an image has. */
const imageOf = async (path: string) => {
  const { id, name, role, factories, expires_at } = await (await harness.admin.get(path)).json<Record<string, unknown>>()
  return { id, name, role, factories, expires_at }
}

test('the audit log has a key with its end in seconds before and after each change', async () => {
  const grant = { name: 'Gateway', role: 'operator', factories: [1, 2], expires_at: '2090-01-01T00:00:00Z' }
  const { id } = await (await harness.admin.post('/api/keys', grant)).json<{ id: number }>()
  const path = `/api/key/${id}`
  const created = { id, name: 'Gateway', role: 'operator', factories: [1, 2], expires_at: END }
  expect(await readEntry()).toMatchObject({ verb: 'created', target: path, before: null, after: created })
  expect(await imageOf(path)).toEqual(created)

  await harness.admin.patch(path, { name: 'North', role: 'viewer', factories: [2], expires_at: '2089-12-31T23:59:59Z' })
  const updated = { id, name: 'North', role: 'viewer', factories: [2], expires_at: END - 1 }
  expect(await readEntry()).toMatchObject({ verb: 'updated', target: path, before: created, after: updated })
  expect(await imageOf(path)).toEqual(updated)

  expect((await harness.admin.post(`${path}/rotate`, { overlap_seconds: 60 })).status).toBe(201)
  const rotated = { ...updated, id: id + 1 }
  expect(await readEntry()).toMatchObject({ verb: 'rotated', target: path, before: updated, after: rotated })
  expect(await readDetail()).toEqual({ overlap_seconds: 60 })
  expect(await imageOf(`/api/key/${id + 1}`)).toEqual(rotated)

  const ended = { ...updated, expires_at: Math.floor(harness.clock.now() / 1000) + 60 }
  await harness.admin.delete(path)
  expect(await readEntry()).toMatchObject({ verb: 'revoked', target: path, before: ended, after: null })
})

test.each([
  ['/api/sprocket/{id}', { teeth: 7, pitch: 2.5 }],
  ['/api/factory/{id}', { name: 'North', time_zone: 'Asia/Tokyo', stop_after_seconds: 900, ideal_per_hour: 120.5 }],
  ['/api/stop-annotation/{id}', { from: 30, to: 150, note: 'Belt', manual: true }],
])('the audit log has the resource %s before and after each change', async (template, patch) => {
  const path = await targetOf(harness, template)
  const shownAt = template.startsWith('/api/factory') ? `${path}/profile` : path
  const show = async () => (await harness.admin.get(shownAt)).json<Record<string, unknown>>()
  const before = await show()
  await harness.admin.patch(path, patch)
  const after = await show()
  expect(after).toEqual({ ...before, ...patch })
  const { before: loggedBefore, ...entry } = await readEntry()
  expect(entry).toMatchObject({ verb: 'updated', target: path })
  // An image has members whose value is null or the default, which a representation may omit.
  expect(loggedBefore).toMatchObject(before)
  expect(entry.after).toMatchObject(after)
  await harness.admin.delete(path)
  expect(await readEntry()).toMatchObject({ verb: 'deleted', target: path, before: after, after: null })
})

test('the images of a sprocket type and of a key are the text of the resource', async () => {
  const readImages = async () =>
    (await env.DB.prepare('select before, after from audit_log where organisation_pk = 1 order by commit_seq desc limit 1').first<{
      before: string | null
      after: string | null
    }>())!
  const created = await harness.engineer.post('/api/sprockets', { teeth: 12, pitch_diameter: 2.5, outside_diameter: 3.25, pitch: 0.1 })
  const sprocket = created.headers.get('Location')!
  const text = async (path: string) => (await harness.admin.get(path)).text()
  const first = await text(sprocket)
  expect(await readImages()).toEqual({ before: null, after: first })
  await harness.engineer.patch(sprocket, { teeth: 13, pitch: 0.3 })
  expect(await readImages()).toEqual({ before: first, after: await text(sprocket) })

  const keyImage = async (path: string) => JSON.stringify(await imageOf(path))
  const grant = { name: 'Gateway', role: 'viewer', expires_at: '2090-01-01T00:00:00.500Z' }
  const { id } = await (await harness.admin.post('/api/keys', grant)).json<{ id: number }>()
  const key = `/api/key/${id}`
  const before = await keyImage(key)
  expect(await readImages()).toEqual({ before: null, after: before })
  await harness.admin.patch(key, { expires_at: '2089-12-31T23:59:59.999Z' })
  const after = await keyImage(key)
  expect(await readImages()).toEqual({ before, after })
  await harness.admin.patch(key, { expires_at: null })
  expect(await readImages()).toEqual({ before: after, after: await keyImage(key) })
})

test('the audit log stores the number of readings of a new factory and of a replaced series', async () => {
  const columns = { time: [60, 120, 180], sprocket_production_actual: [1, 2, 3] }
  const path = (await harness.engineer.post('/api/factories', { chart_data: columns })).headers.get('Location')!
  expect(await readDetail()).toEqual({ readings: 3 })
  const readings = [60, 240].map((time) => ({ time, actual: 1 }))
  await harness.engineer.put(`${path}/chart-data`, { readings })
  // One reading stays, two vanish, and one is new.
  expect(await readDetail()).toEqual({ received: 2, changed: 3 })
})
