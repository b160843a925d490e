import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a schedule is stored as it is sent, replaced as a whole, and written to the audit log before and after a change.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await addKey(1, 'limited', 'engineer', { factories: '[0]' })
})

const EMPTY = { versions: [], exceptions: [] }
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri']
const early = { name: 'Early', days: DAYS, start: '06:00', end: '14:00', breaks: [{ start: '10:00', end: '10:30' }], target: 1200 }
const night = { name: 'Night', days: DAYS, start: '22:00', end: '06:00', breaks: [], target: null }
const SCHEDULE = {
  versions: [{ valid_from: '2026-01-05', shifts: [early, night] }],
  exceptions: [{ date: '2026-12-25', shifts: [], note: 'Christmas' }],
}
const newFactory = async () => (await harness.engineer.post('/api/factories', {})).headers.get('Location')!

test('a factory without a schedule has an empty one', async () => {
  const response = await harness.viewer.get('/api/factory/1/schedule')
  expect([response.status, await response.json()]).toEqual([200, EMPTY])
})

test('GET returns a schedule as PUT stored it, and the same ETag', async () => {
  const path = `${await newFactory()}/schedule`
  const put = await harness.engineer.put(path, SCHEDULE)
  expect([put.status, await put.json()]).toEqual([200, SCHEDULE])
  const get = await harness.viewer.get(path)
  expect(await get.json()).toEqual(SCHEDULE)
  expect(get.headers.get('ETag')).toBe(put.headers.get('ETag'))
})

test('members that a client may leave out have their defaults', async () => {
  const path = `${await newFactory()}/schedule`
  const sent = {
    versions: [{ valid_from: '2026-01-05', shifts: [{ name: 'Day', days: ['sat'], start: '08:00', end: '12:00' }] }],
    exceptions: [{ date: '2026-05-01', shifts: [{ name: 'Extra', start: '08:00', end: '10:00' }] }],
  }
  expect(await (await harness.engineer.put(path, sent)).json()).toEqual({
    versions: [
      { valid_from: '2026-01-05', shifts: [{ name: 'Day', days: ['sat'], start: '08:00', end: '12:00', breaks: [], target: null }] },
    ],
    exceptions: [{ date: '2026-05-01', shifts: [{ name: 'Extra', start: '08:00', end: '10:00', breaks: [], target: null }], note: null }],
  })
})

test('PUT replaces the whole schedule, and an empty schedule removes it', async () => {
  const factory = await newFactory()
  await harness.engineer.put(`${factory}/schedule`, SCHEDULE)
  const other = { versions: [{ valid_from: '2026-02-01', shifts: [] }], exceptions: [] }
  expect(await (await harness.engineer.put(`${factory}/schedule`, other)).json()).toEqual(other)
  await harness.engineer.put(`${factory}/schedule`, EMPTY)
  expect(await (await harness.viewer.get(`${factory}/schedule`)).json()).toEqual(EMPTY)
  const id = Number(factory.split('/').at(-1))
  expect(await env.DB.prepare('select schedule from factories where organisation_pk = 1 and id = ?').bind(id).first('schedule')).toBeNull()
})

test('PUT with a stale If-Match changes nothing', async () => {
  const path = `${await newFactory()}/schedule`
  const tag = (await harness.viewer.get(path)).headers.get('ETag')!
  expect((await harness.engineer.put(path, SCHEDULE, { 'If-Match': tag })).status).toBe(200)
  await problemOf(await harness.engineer.put(path, EMPTY, { 'If-Match': tag }), 412)
  expect(await (await harness.viewer.get(path)).json()).toEqual(SCHEDULE)
})

test('a new schedule keeps the profile and its ETag', async () => {
  const factory = await newFactory()
  const tag = (await harness.viewer.get(`${factory}/profile`)).headers.get('ETag')!
  await harness.engineer.put(`${factory}/schedule`, SCHEDULE)
  expect((await harness.engineer.patch(factory, { name: 'North' }, { 'If-Match': tag })).status).toBe(200)
  expect(await (await harness.viewer.get(`${factory}/schedule`)).json()).toEqual(SCHEDULE)
})

test('the audit log has the schedule before and after each change, and nothing for one sent again', async () => {
  const path = `${await newFactory()}/schedule`
  await harness.engineer.put(path, SCHEDULE)
  await harness.engineer.put(path, SCHEDULE)
  await harness.engineer.put(path, EMPTY)
  const { entries } = await (await harness.admin.get('/api/audit-log?subject=schedule')).json<{ entries: { target: string }[] }>()
  expect(entries.filter(({ target }) => target === path)).toMatchObject([
    { subject: 'schedule', verb: 'replaced', before: SCHEDULE, after: EMPTY },
    { subject: 'schedule', verb: 'replaced', before: EMPTY, after: SCHEDULE },
  ])
})

test('a key limited to factories sees and changes only their schedules', async () => {
  const limited = harness.as('limited')
  expect((await limited.put('/api/factory/0/schedule', SCHEDULE)).status).toBe(200)
  expect((await limited.get('/api/factory/0/schedule')).status).toBe(200)
  expect((await limited.put('/api/factory/1/schedule', SCHEDULE)).status).toBe(404)
  expect((await limited.get('/api/factory/1/schedule')).status).toBe(404)
})

test('a deleted factory has no schedule', async () => {
  const factory = await newFactory()
  await harness.engineer.put(`${factory}/schedule`, SCHEDULE)
  await harness.viewer.get(`${factory}/schedule`)
  await harness.engineer.delete(factory)
  expect((await harness.viewer.get(`${factory}/schedule`)).status).toBe(404)
  expect((await harness.engineer.put(`${factory}/schedule`, EMPTY)).status).toBe(404)
})

describe('an invalid schedule', () => {
  const withShift = (shift: object) => ({ versions: [{ valid_from: '2026-01-05', shifts: [{ ...early, ...shift }] }], exceptions: [] })
  test.each<[title: string, body: unknown, pointer: string, detail: RegExp]>([
    ['without exceptions', { versions: [] }, '#/exceptions', /^Missing field\. Send an array\.$/],
    ['with an unknown member', { ...EMPTY, shifts: [] }, '#/shifts', /^Unknown field\./],
    [
      'with a date that does not exist',
      { versions: [{ valid_from: '2026-02-30', shifts: [] }], exceptions: [] },
      '#/versions/0/valid_from',
      /^Not a date\. Send YYYY-MM-DD/,
    ],
    ['with 24:00', withShift({ end: '24:00' }), '#/versions/0/shifts/0/end', /midnight is 00:00/],
    ['with an unknown day', withShift({ days: ['monday'] }), '#/versions/0/shifts/0/days/0', /^Unknown value\. Send one of mon, tue/],
    ['with a day twice', withShift({ days: ['mon', 'mon'] }), '#/versions/0/shifts/0/days', /^A day occurs twice/],
    ['with a negative target', withShift({ target: -1 }), '#/versions/0/shifts/0/target', /^Too small/],
    ['with an empty name', withShift({ name: ' ' }), '#/versions/0/shifts/0/name', /^Empty/],
    [
      'with a break outside its shift',
      withShift({ breaks: [{ start: '14:00', end: '14:30' }] }),
      '#/versions/0/shifts/0/breaks/0',
      /^Not inside its shift/,
    ],
    [
      'with shifts that overlap',
      { versions: [{ valid_from: '2026-01-05', shifts: [early, { ...night, end: '07:00' }] }], exceptions: [] },
      '#/versions/0/shifts/0',
      /^Overlaps #\/versions\/0\/shifts\/1, which ends at 07:00 on tue\. Send a start of 07:00 or later/,
    ],
  ])('PUT rejects a schedule %s', async (_, body, pointer, detail) => {
    const { errors } = (await problemOf(await harness.engineer.put('/api/factory/2/schedule', body), 422)) as {
      errors: { pointer: string; detail: string }[]
    }
    expect(errors[0]).toEqual({ pointer, detail: expect.stringMatching(detail) as string })
    expect(await (await harness.viewer.get('/api/factory/2/schedule')).json()).toEqual(EMPTY)
  })

  test('a problem shows at most 20 errors', async () => {
    const shifts = Array.from({ length: 40 }, () => early)
    const { errors } = await problemOf(
      await harness.engineer.put('/api/factory/2/schedule', { versions: [{ valid_from: '2026-01-05', shifts }], exceptions: [] }),
      422,
    )
    expect(errors).toHaveLength(20)
  })
})
