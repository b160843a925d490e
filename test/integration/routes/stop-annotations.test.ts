import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { sweepSeries } from '../../../src/jobs/sweep-series.ts'
import { annotate, listAnnotations, REASON, REASONS } from '../../support/annotations.ts'
import { addKey, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness, TestClient } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: an annotation is stored as it is sent, overlaps no other of its factory, and has a reason of the organisation.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'limited', 'operator', { factories: '[0]' })
  await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
})

const newFactory = async () => (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
const idOf = (path: string) => Number(path.split('/').at(-1))
const post = (factory: string, body: object, headers = {}) => harness.operator.post(`${factory}/stop-annotations`, body, headers)
const read = async <T = Record<string, unknown>>(path: string, client: TestClient = harness.viewer) => (await client.get(path)).json<T>()
const errorsOf = async (response: Response) =>
  ((await problemOf(response, 422)) as { errors: { pointer: string; detail: string }[] }).errors

describe('an annotation', () => {
  test('GET returns an annotation as POST created it, with the same ETag', async () => {
    const factory = await newFactory()
    const sent = { from: 100, to: 200, reason: 'jam', note: 'Belt', manual: true }
    const created = await post(factory, sent)
    const path = created.headers.get('Location')!
    const stored = { id: idOf(path), factory: idOf(factory), ...sent }
    expect([created.status, await created.json()]).toEqual([201, stored])
    const get = await harness.viewer.get(path)
    expect([get.status, await get.json(), get.headers.get('ETag')]).toEqual([200, stored, created.headers.get('ETag')])
  })

  test('the members of an annotation that a client may leave out have their defaults', async () => {
    expect(await read(await annotate(harness, await newFactory(), 100, null))).toMatchObject({ to: null, note: null, manual: false })
  })

  test('an annotation gets the next id of the organisation, which is never reused', async () => {
    const factory = await newFactory()
    const first = await annotate(harness, factory, 100, 200)
    await harness.operator.delete(first)
    const second = await annotate(harness, factory, 100, 200)
    expect(idOf(second)).toBe(idOf(first) + 1)
    expect((await harness.viewer.get(first)).status).toBe(404)
  })

  test('a POST with an Idempotency-Key creates one annotation', async () => {
    const factory = await newFactory()
    const sent = { from: 100, to: 200, reason: 'jam' }
    const headers = { 'Idempotency-Key': '"annotation"' }
    const [first, again] = [await post(factory, sent, headers), await post(factory, sent, headers)]
    expect([again.status, await again.json()]).toEqual([201, await first.json()])
    expect((await listAnnotations(harness, factory)).starts).toEqual([100])
  })

  test('PATCH changes the sent members of an annotation and keeps the others', async () => {
    const path = await annotate(harness, await newFactory(), 100, null, { note: 'Belt' })
    expect(await (await harness.operator.patch(path, { to: 300 })).json()).toMatchObject({
      from: 100,
      to: 300,
      note: 'Belt',
      reason: 'jam',
    })
    expect(await (await harness.operator.patch(path, { from: 200, reason: 'setup', note: null, manual: true })).json()).toMatchObject({
      from: 200,
      to: 300,
      reason: 'setup',
      note: null,
      manual: true,
    })
    expect(await (await harness.operator.patch(path, { to: null })).json()).toMatchObject({ from: 200, to: null })
    expect(await (await harness.operator.patch(path, {})).json()).toMatchObject({ from: 200, to: null })
    expect(await read(path)).toMatchObject({ from: 200, to: null, reason: 'setup', manual: true })
  })

  test('PATCH and DELETE of an annotation with a stale If-Match change nothing', async () => {
    const path = await annotate(harness, await newFactory(), 100, 200)
    const tag = (await harness.viewer.get(path)).headers.get('ETag')!
    expect((await harness.operator.patch(path, { note: 'A' }, { 'If-Match': tag })).status).toBe(200)
    await problemOf(await harness.operator.patch(path, { note: 'B' }, { 'If-Match': tag }), 412)
    await problemOf(await harness.operator.delete(path, { 'If-Match': tag }), 412)
    expect(await read(path)).toMatchObject({ note: 'A' })
  })

  test('the audit log has an annotation before and after each change, and nothing for a change sent again', async () => {
    const path = await annotate(harness, await newFactory(), 100, 200)
    const first = await read(path)
    await harness.operator.patch(path, { to: 300 })
    await harness.operator.patch(path, { to: 300 })
    await harness.operator.delete(path)
    const { entries } = await read<{ entries: { target: string }[] }>('/api/audit-log?subject=stop-annotation', harness.admin)
    expect(entries.filter(({ target }) => target === path)).toMatchObject([
      { verb: 'deleted', before: { ...first, to: 300 }, after: null },
      { verb: 'updated', before: first, after: { ...first, to: 300 } },
      { verb: 'created', before: null, after: first },
    ])
  })
})

describe('an invalid annotation', () => {
  test.each<[title: string, body: object, pointer: string, detail: RegExp]>([
    ['without a reason', { from: 1, to: 2 }, '#/reason', /^Missing field/],
    ['with an unknown reason', { from: 1, to: 2, reason: 'none' }, '#/reason', /GET \/api\/stop-reasons/],
    ['with a retired reason', { from: 1, to: 2, reason: 'old' }, '#/reason', /^Unknown or retired reason\. Send/],
    ['without an end', { from: 1, reason: 'jam' }, '#/to', /^Missing field\. Send a number or null\.$/],
    ['that ends where it starts', { from: 1, to: 1, reason: 'jam' }, '#/to', /^Not after `from`\. Send a later time, or null\.$/],
    ['with a fraction', { from: 1.5, to: 2, reason: 'jam' }, '#/from', /^Not a whole number/],
    ['with a text as time', { from: '2026-01-01T00:00:00Z', to: null, reason: 'jam' }, '#/from', /^Wrong type/],
    ['with milliseconds', { from: 1, to: 1_700_000_000_000, reason: 'jam' }, '#/to', /looks like milliseconds; send seconds/],
    ['with an unknown member', { from: 1, to: 2, reason: 'jam', shift: 1 }, '#/shift', /^Unknown field/],
    ['with an empty note', { from: 1, to: 2, reason: 'jam', note: ' ' }, '#/note', /^Empty/],
  ])('POST rejects an annotation %s', async (_, body, pointer, detail) => {
    const errors = await errorsOf(await post('/api/factory/2', body))
    expect(errors[0]).toEqual({ pointer, detail: expect.stringMatching(detail) as string })
    expect((await listAnnotations(harness, '/api/factory/2')).starts).toEqual([])
  })

  test.each<[title: string, body: object, pointer: string, detail: RegExp]>([
    ['an end before the stored start', { to: 50 }, '#/to', /^Not after `from`/],
    ['a start after the stored end', { from: 250 }, '#/from', /^Not before `to`\. Send an earlier time\.$/],
    ['both times in the wrong order', { from: 500, to: 400 }, '#/to', /^Not after `from`/],
    ['a retired reason', { reason: 'old' }, '#/reason', /^Unknown or retired reason/],
    ['another id', { id: 999 }, '#/id', /^Differs from the path/],
    ['null as reason', { reason: null }, '#/reason', /^Wrong type/],
  ])('PATCH of an annotation rejects %s', async (_, body, pointer, detail) => {
    const path = await annotate(harness, await newFactory(), 100, 200)
    const errors = await errorsOf(await harness.operator.patch(path, body))
    expect(errors[0]).toEqual({ pointer, detail: expect.stringMatching(detail) as string })
    expect(await read(path)).toMatchObject({ from: 100, to: 200, reason: 'jam' })
  })

  test('an annotation of an absent factory gets 404', async () => {
    await problemOf(await post('/api/factory/999', { from: 1, to: 2, reason: 'jam' }), 404)
    await problemOf(await harness.viewer.get('/api/factory/999/stop-annotations'), 404)
  })
})

describe('annotations of one factory', () => {
  const conflictOf = async (response: Response) => (await problemOf(response, 409)).detail

  test.each([
    ['the beginning of', 50, 101],
    ['the end of', 199, 250],
    ['the inside of', 120, 130],
    ['the whole of', 50, 250],
    ['open, the inside of', 150, null],
  ])('an annotation cannot overlap %s another, and the problem names the other', async (_, from, to) => {
    const factory = await newFactory()
    const other = await annotate(harness, factory, 100, 200)
    await annotate(harness, factory, 300, 400)
    expect(await conflictOf(await post(factory, { from, to, reason: 'jam' }))).toBe(
      `Overlaps ${other}. Change that annotation, or send other times.`,
    )
  })

  test('an annotation may begin where another ends, and end where another begins', async () => {
    const factory = await newFactory()
    await annotate(harness, factory, 100, 200)
    await annotate(harness, factory, 200, 300)
    await annotate(harness, factory, 50, 100)
    expect((await listAnnotations(harness, factory)).starts).toEqual([200, 100, 50])
  })

  test('an open annotation occupies only the second in which it starts', async () => {
    const factory = await newFactory()
    const open = await annotate(harness, factory, 100, null)
    await annotate(harness, factory, 101, 200)
    await annotate(harness, factory, 50, 100)
    expect(await conflictOf(await post(factory, { from: 100, to: null, reason: 'jam' }))).toContain(open)
    const later = await annotate(harness, factory, 300, null)
    await annotate(harness, factory, 200, 300)
    expect(await conflictOf(await post(factory, { from: 250, to: 301, reason: 'jam' }))).toContain(later)
  })

  test('PATCH cannot move an annotation over another, but may extend it to the other', async () => {
    const factory = await newFactory()
    const [first, second] = [await annotate(harness, factory, 100, 200), await annotate(harness, factory, 300, 400)]
    expect(await conflictOf(await harness.operator.patch(first, { to: 301 }))).toContain(second)
    expect(await conflictOf(await harness.operator.patch(second, { from: 199 }))).toContain(first)
    expect((await harness.operator.patch(first, { to: 300 })).status).toBe(200)
    expect((await harness.operator.patch(second, { from: 350, to: 351 })).status).toBe(200)
  })

  test('annotations of other factories may cover the same time', async () => {
    await annotate(harness, await newFactory(), 100, 200)
    await annotate(harness, await newFactory(), 100, 200)
  })
})

describe('a key limited to factories', () => {
  test('a limited key sees and changes only annotations of its factories', async () => {
    const limited = harness.as('limited')
    const own = await annotate(harness, '/api/factory/0', 100, 200)
    const other = await annotate(harness, '/api/factory/1', 100, 200)
    const absent = '/api/stop-annotation/999'
    expect(await read(own, limited)).toMatchObject({ factory: 0 })
    expect((await limited.patch(own, { note: 'Belt' })).status).toBe(200)
    expect((await limited.delete(own)).status).toBe(204)
    expect((await limited.post('/api/factory/1/stop-annotations', { from: 1, to: 2, reason: 'jam' })).status).toBe(404)
    expect((await limited.get('/api/factory/1/stop-annotations')).status).toBe(404)
    const detailOf = async (path: string, act: (path: string) => Promise<Response>) =>
      (await problemOf(await act(path), 404)).detail.replace(String(idOf(path)), 'N')
    for (const act of [limited.get, (path: string) => limited.patch(path, { note: 'x' }), limited.delete])
      expect(await detailOf(other, act)).toBe(await detailOf(absent, act))
    expect(await read(other)).toMatchObject({ note: null })
  })

  test('a key that loses the factory during the request changes nothing', async () => {
    const keyPk = await addKey(1, 'shrinking', 'operator', { factories: '[0,1]' })
    const path = await annotate(harness, '/api/factory/1', 1_000, 1_100)
    await harness.as('shrinking').get(path)
    await env.DB.prepare(`update api_keys set factories = '[0]' where pk = ?`).bind(keyPk).run()
    expect((await problemOf(await harness.as('shrinking').patch(path, { note: 'x' }), 404)).detail).toBe(
      `Stop annotation ${idOf(path)} not found.`,
    )
    expect((await harness.as('shrinking').delete(path)).status).toBe(404)
    expect(await read(path)).toMatchObject({ note: null })
  })
})

describe('a deleted factory', () => {
  const count = async (factory: string) =>
    env.DB.prepare('select count(*) as n from stop_annotations where organisation_pk = 1 and factory_id = ?').bind(idOf(factory)).first('n')

  test('annotations of a deleted factory are gone at once, and cron deletes their rows', async () => {
    await sweepSeries(newIsolate(harness.clock))
    const factory = await newFactory()
    const path = await annotate(harness, factory, 100, 200)
    await annotate(harness, factory, 300, 400)
    await harness.viewer.get(path)
    await harness.drain()
    await harness.engineer.delete(factory)
    await harness.drain()
    expect((await harness.viewer.get(path)).status).toBe(404)
    expect((await harness.operator.patch(path, { note: 'x' })).status).toBe(404)
    expect((await harness.operator.delete(path)).status).toBe(404)
    expect(await count(factory)).toBe(2)
    expect(await sweepSeries(newIsolate(harness.clock))).toBe(2)
    expect(await count(factory)).toBe(0)
  })

  test('annotations of a factory stay when its readings are replaced', async () => {
    const factory = await newFactory()
    const path = await annotate(harness, factory, 100, 200)
    await harness.engineer.put(`${factory}/chart-data`, { time: 60, actual: 1 })
    await sweepSeries(newIsolate(harness.clock))
    expect((await harness.viewer.get(path)).status).toBe(200)
  })
})

test('annotations of two organisations have nothing in common but their ids', async () => {
  const other = harness.otherOrganisation
  await other.post('/api/factories', {})
  await other.put('/api/stop-reasons', { reasons: [{ ...REASON, code: 'theirs' }] })
  const factory = '/api/factory/0/stop-annotations'
  expect((await errorsOf(await other.post(factory, { from: 1, to: 2, reason: 'jam' })))[0]!.pointer).toBe('#/reason')
  const created = await other.post(factory, { from: 1, to: 2, reason: 'theirs' })
  expect(created.headers.get('Location')).toBe('/api/stop-annotation/0')
  const ours = await harness.viewer.get('/api/stop-annotation/0')
  if (ours.ok) expect(await ours.json()).not.toMatchObject({ reason: 'theirs' })
  expect((await other.put('/api/stop-reasons', { reasons: [{ ...REASON, code: 'theirs', name: 'New' }] })).status).toBe(200)
})
