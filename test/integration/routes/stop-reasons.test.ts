import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: the stop reasons of an organisation are stored as they are sent, replaced as a whole, and logged before and after a change.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'limited', 'engineer', { factories: '[0]' })
})
beforeEach(async () => {
  await harness.engineer.put(PATH, EMPTY)
})

const PATH = '/api/stop-reasons'
const EMPTY = { reasons: [] }
const change = { code: 'tool-change', name: 'Tool change', category: 'planned', group: 'Setup', retired: false }
const jam = { code: 'jam', name: 'Jam', category: 'unplanned', group: null, retired: true }
const REASONS = { reasons: [change, jam] }

test('an organisation without stop reasons has an empty list', async () => {
  const response = await harness.viewer.get(PATH)
  expect([response.status, await response.json()]).toEqual([200, EMPTY])
})

test('GET returns stop reasons as PUT stored them, and the same ETag', async () => {
  const put = await harness.engineer.put(PATH, REASONS)
  expect([put.status, await put.json()]).toEqual([200, REASONS])
  const get = await harness.viewer.get(PATH)
  expect(await get.json()).toEqual(REASONS)
  expect(get.headers.get('ETag')).toBe(put.headers.get('ETag'))
})

test('members of a stop reason that a client may leave out have their defaults', async () => {
  const sent = { reasons: [{ code: 'no-orders', name: 'No orders', category: 'no-demand' }] }
  const stored = { reasons: [{ ...sent.reasons[0], group: null, retired: false }] }
  expect(await (await harness.engineer.put(PATH, sent)).json()).toEqual(stored)
})

test('PUT replaces all stop reasons, and an empty list removes them', async () => {
  await harness.engineer.put(PATH, REASONS)
  expect(await (await harness.engineer.put(PATH, { reasons: [jam] })).json()).toEqual({ reasons: [jam] })
  await harness.engineer.put(PATH, EMPTY)
  expect(await (await harness.viewer.get(PATH)).json()).toEqual(EMPTY)
  expect(await env.DB.prepare('select stop_reasons from organisations where pk = 1').first('stop_reasons')).toBeNull()
})

test('PUT of stop reasons with a stale If-Match changes nothing', async () => {
  const tag = (await harness.viewer.get(PATH)).headers.get('ETag')!
  expect((await harness.engineer.put(PATH, REASONS, { 'If-Match': tag })).status).toBe(200)
  await problemOf(await harness.engineer.put(PATH, EMPTY, { 'If-Match': tag }), 412)
  expect(await (await harness.viewer.get(PATH)).json()).toEqual(REASONS)
  expect((await harness.engineer.put(PATH, EMPTY, { 'If-Match': '*' })).status).toBe(200)
})

test('the audit log has the stop reasons before and after each change, and nothing for a list sent again', async () => {
  await harness.engineer.put(PATH, REASONS)
  await harness.engineer.put(PATH, REASONS)
  await harness.engineer.put(PATH, EMPTY)
  const { entries } = await (await harness.admin.get('/api/audit-log?subject=stop-reasons')).json<{ entries: object[] }>()
  expect(entries.slice(0, 2)).toMatchObject([
    { subject: 'stop-reasons', verb: 'replaced', target: PATH, before: REASONS, after: EMPTY },
    { subject: 'stop-reasons', verb: 'replaced', target: PATH, before: EMPTY, after: REASONS },
  ])
})

test('a key limited to factories reads the stop reasons, and cannot replace them', async () => {
  await harness.engineer.put(PATH, REASONS)
  expect(await (await harness.as('limited').get(PATH)).json()).toEqual(REASONS)
  await problemOf(await harness.as('limited').put(PATH, EMPTY), 403)
})

test('stop reasons belong to one organisation', async () => {
  await harness.engineer.put(PATH, REASONS)
  expect(await (await harness.otherOrganisation.get(PATH)).json()).toEqual(EMPTY)
})

describe('invalid stop reasons', () => {
  const many = Array.from({ length: 201 }, (_, index) => ({ ...change, code: `c${index}` }))
  test.each<[title: string, body: unknown, pointer: string, detail: RegExp]>([
    ['without reasons', {}, '#/reasons', /^Missing field\. Send an array\.$/],
    ['with more than 200 reasons', { reasons: many }, '#/reasons', /^Too many items\. Send at most 200\.$/],
    ['with an unknown member', { reasons: [{ ...change, color: 'red' }] }, '#/reasons/0/color', /^Unknown field\./],
    ['with an upper-case code', { reasons: [{ ...change, code: 'Jam' }] }, '#/reasons/0/code', /^Not a code\. Send lower-case/],
    ['with a code that begins with a hyphen', { reasons: [{ ...change, code: '-jam' }] }, '#/reasons/0/code', /^Not a code/],
    ['with an empty code', { reasons: [{ ...change, code: '' }] }, '#/reasons/0/code', /^Empty value/],
    ['with a code of 41 characters', { reasons: [{ ...change, code: 'x'.repeat(41) }] }, '#/reasons/0/code', /Send at most 40/],
    ['with a code twice', { reasons: [change, jam, change] }, '#/reasons/2/code', /^The code of #\/reasons\/0\. Send another code\.$/],
    ['with an unknown category', { reasons: [{ ...change, category: 'other' }] }, '#/reasons/0/category', /planned, unplanned, no-demand/],
    ['with an empty group', { reasons: [{ ...change, group: ' ' }] }, '#/reasons/0/group', /^Empty/],
    ['with retired as text', { reasons: [{ ...change, retired: 'yes' }] }, '#/reasons/0/retired', /^Wrong type\. Send true or false\.$/],
  ])('PUT rejects stop reasons %s', async (_, body, pointer, detail) => {
    const { errors } = (await problemOf(await harness.engineer.put(PATH, body), 422)) as { errors: { pointer: string; detail: string }[] }
    expect(errors[0]).toEqual({ pointer, detail: expect.stringMatching(detail) as string })
    expect(await (await harness.viewer.get(PATH)).json()).toEqual(EMPTY)
  })
})
