import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: each commit has one entry in the audit log, which only the admins of its organisation can page and filter.

interface Entry {
  at: number
  subject: string
  verb: string
  target: string
  key: number | null
  before: unknown
  after: unknown
  user_agent: string | null
  country: string | null
  request_id: string
}
interface Page {
  entries: Entry[]
  next: string | null
}

let harness: Harness
const read = async (query = '', client = harness.admin): Promise<Page> => {
  const response = await client.get(`/api/audit-log${query}`)
  expect(response.status).toBe(200)
  return response.json()
}

beforeAll(async () => {
  harness = await createHarness()
  const headers = { 'User-Agent': 'gateway/2', 'X-Request-Id': 'the-correction' }
  await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
  await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 2 }, headers)
  await harness.admin.post('/api/keys', { name: 'Gateway', role: 'operator', factories: [1] })
  await harness.admin.patch('/api/key/4', { role: 'viewer' })
  await harness.admin.send('POST', '/api/key/4/rotate')
  await harness.admin.delete('/api/key/4')
  await harness.admin.patch('/api/organisation', { name: 'Demo Works' })
  await harness.otherOrganisation.post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })
})

test('GET /api/audit-log lists changes, newest first, with the key, the origin, and the values before and after', async () => {
  const { entries } = await read('?limit=7')
  const now = Math.floor(harness.clock.now() / 1000)
  const grant = { id: 4, name: 'Gateway', role: 'operator', factories: [1], expires_at: null }
  const rows = entries.map(({ at, user_agent, country, request_id, ...rest }) => {
    expect(Math.abs(at - now)).toBeLessThan(60)
    expect(request_id).toMatch(/\S/)
    return [rest.subject, rest.verb, rest.target, rest.key, rest.before, rest.after, user_agent, country]
  })
  const viewer = { ...grant, role: 'viewer' }
  const ended = { ...viewer, expires_at: expect.any(Number) as number }
  expect(rows).toEqual([
    ['organisation', 'updated', '/api/organisation', 3, { slug: 'demo', name: 'demo' }, { slug: 'demo', name: 'Demo Works' }, null, null],
    ['key', 'revoked', '/api/key/4', 3, ended, null, null, null],
    ['key', 'rotated', '/api/key/4', 3, viewer, { ...viewer, id: 5 }, null, null],
    ['key', 'updated', '/api/key/4', 3, grant, viewer, null, null],
    ['key', 'created', '/api/key/4', 3, null, grant, null, null],
    [
      'readings',
      'corrected',
      '/api/factory/1/chart-data',
      1,
      [{ factory: 1, time: 60, actual: 1, goal: null }],
      [{ factory: 1, time: 60, actual: 2, goal: null }],
      'gateway/2',
      null,
    ],
    [
      'readings',
      'appended',
      '/api/factory/1/chart-data',
      1,
      null,
      { received: 1, changed: 1, added: 1, from: 60, to: 60, factories: [1] },
      null,
      null,
    ],
  ])
  expect(entries[5]!.request_id).toBe('the-correction')
})

test('an audit entry has the request id of its response, and the target and the figures of its request', async () => {
  const readings = [120, 180, 240].map((time) => ({ time, actual: 1 }))
  const chart = '/api/factory/2/chart-data'
  const figures = { received: 3, changed: 3, added: 3, from: 120, to: 240, factories: [2] }
  const appends: [target: string, headers: Record<string, string>, body: object][] = [
    [chart, {}, { readings }],
    [chart, { 'X-Request-Id': 'from-a-client' }, { readings: readings.map(({ time }) => ({ time, goal: 2 })) }],
    ['/api/readings', {}, { readings: readings.map(({ time }) => ({ factory: 2, time, actual: 2 })) }],
  ]
  for (const [target, headers, body] of appends) {
    const response = await harness.operator.post(target, body, headers)
    const [entry] = (await read('?limit=1')).entries
    expect(entry).toMatchObject({ target, request_id: response.headers.get('X-Request-Id') })
    if (entry!.verb === 'appended') expect(entry!.after).toMatchObject({ ...figures, added: headers['X-Request-Id'] ? 0 : 3 })
  }
  const corrected = await harness.operator.put(`${chart}/120`, { actual: 9 })
  expect((await read('?limit=1')).entries[0]).toMatchObject({
    target: `${chart}/120`,
    request_id: corrected.headers.get('X-Request-Id'),
  })
  await env.DB.prepare(
    `delete from audit_log where organisation_pk = 1 and commit_seq > (select max(commit_seq) - 4 from audit_log where organisation_pk = 1)`,
  ).run()
})

test('the pages of the audit log contain each entry once', async () => {
  const all = (await read('?limit=100')).entries
  for (const limit of [1, 3, all.length - 1, all.length]) {
    const seen: Entry[] = []
    let next: string | null = ''
    for (let pages = 0; next !== null; pages++) {
      expect(pages).toBeLessThan(all.length + 1)
      const page: Page = await read(`?limit=${limit}${next && `&cursor=${next}`}`)
      seen.push(...page.entries)
      next = page.next
    }
    expect(seen).toEqual(all)
  }
})

test('GET /api/audit-log filters by subject and by key', async () => {
  const all = (await read('?limit=100')).entries
  for (const subject of ['factory', 'readings', 'sprocket', 'key', 'organisation'])
    expect((await read(`?limit=100&subject=${subject}`)).entries).toEqual(all.filter((entry) => entry.subject === subject))
  for (const key of [1, 2, 3, 99]) expect((await read(`?limit=100&key=${key}`)).entries).toEqual(all.filter((entry) => entry.key === key))
  expect((await read('?subject=key&key=2')).entries).toEqual([])
  expect((await read('?subject=readings&key=1&limit=1')).entries[0]!.verb).toBe('corrected')
})

/** Adds entries without a key, with the numbers from `first` on. */
const addFillers = (first: number, count: number) =>
  env.DB.prepare(`insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, request_id, commit_id)
    select 1, 1000 + value, 0, 'readings', 'appended', '/x', 'x', 'filler ' || value from json_each(?)`)
    .bind(JSON.stringify(Array.from({ length: count }, (_, n) => first + n)))
    .run()
const deleteFillers = () => env.DB.prepare(`delete from audit_log where request_id = 'x'`).run()

test('a filtered page of the audit log names the last entry that it scanned, also if entries are added during the request', async () => {
  await addFillers(0, 5_010)
  let trips = Number.NEGATIVE_INFINITY
  const d1 = makeFaultyD1()
  d1.decide = async () => {
    // The first trip reads the page.
    if (++trips === 2) await addFillers(5_010, 20)
    return undefined
  }
  const { admin } = harness.elsewhere(newIsolate(harness.clock, { DB: d1.binding }))
  await admin.get('/api/organisation')
  trips = 0
  expect(await read('?key=3', admin)).toEqual({ entries: [], next: 'filler 10' })
  expect(trips).toBe(2)
  await deleteFillers()
})

test('GET /api/audit-log?subject=key finds changes of keys behind 5,000 entries of readings', async () => {
  await addFillers(0, 5_010)
  expect((await read('?subject=key')).entries.map(({ verb }) => verb)).toEqual(['revoked', 'rotated', 'updated', 'created'])
  const first = await read('?key=3')
  expect(first.entries).toEqual([])
  expect((await read(`?key=3&cursor=${encodeURIComponent(first.next!)}`)).entries.length).toBe(5)
  await deleteFillers()
})

describe('the parameters of GET /api/audit-log', () => {
  test('a cursor of another organisation or a malformed cursor gets 400', async () => {
    const { commit_id } = (await env.DB.prepare('select commit_id from audit_log where organisation_pk = 2 limit 1').first<{
      commit_id: string
    }>())!
    for (const cursor of [commit_id, 'x', '', '1']) await problemOf(await harness.admin.get(`/api/audit-log?cursor=${cursor}`), 400)
  })
  test.each(['?subject=x', '?key=x', '?key=-1', '?limit=0', '?limit=101'])('GET /api/audit-log%s gets 400', async (query) => {
    await problemOf(await harness.admin.get(`/api/audit-log${query}`), 400)
  })
})

test('/api/audit-log has no method that changes or deletes an entry', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect((await harness.admin.send(method, '/api/audit-log')).status).toBe(405)
})

test('a write that is rejected or changes nothing adds no entry', async () => {
  const before = await read()
  await harness.admin.delete('/api/key/3')
  await harness.admin.patch('/api/key/3', { name: 'admin' })
  await harness.admin.patch('/api/organisation', { name: 'Demo Works' })
  await harness.admin.patch('/api/organisation', {})
  expect(await read()).toEqual(before)
})

test('the images of a removed and of a replaced reading contain integers without a fraction', async () => {
  const created = await harness.engineer.post('/api/factories', {})
  const chart = `${created.headers.get('Location')}/chart-data`
  const id = Number(chart.split('/')[3])
  for (const time of [60, 120]) await harness.operator.post(chart, { time, actual: 5 })
  await harness.operator.delete(`${chart}/60`)
  await harness.engineer.put(chart, { readings: [{ time: 180, actual: 6 }] })
  const log = await (await harness.admin.get('/api/audit-log?limit=2')).text()
  for (const [time, actual] of [
    [60, 5],
    [120, 5],
    [180, 6],
  ])
    expect(log).toContain(`[{"factory":${id},"time":${time},"actual":${actual},"goal":null}]`)
})
