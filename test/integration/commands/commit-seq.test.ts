import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { trimAuditLog } from '../../../src/jobs/trim-audit-log.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: each organisation numbers its commits from 1 without using a number twice, and the guards of a write hold also if it
// changes nothing.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const seqsOf = async (organisationPk: number) =>
  (
    await env.DB.prepare('select commit_seq from audit_log where organisation_pk = ? order by 1')
      .bind(organisationPk)
      .all<{ commit_seq: number }>()
  ).results.map(({ commit_seq }) => commit_seq)
const sprocket = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }

test('each organisation numbers its commits, independent of the commits of others', async () => {
  const before = await seqsOf(1)
  expect(before).toEqual(before.map((_, index) => index + 1))
  await harness.otherOrganisation.post('/api/sprockets', sprocket)
  await harness.otherOrganisation.post('/api/sprockets', sprocket)
  expect([await seqsOf(1), await seqsOf(2)]).toEqual([before, [1, 2]])
  await harness.engineer.post('/api/sprockets', sprocket)
  expect(await seqsOf(1)).toEqual([...before, before.length + 1])
})

test('a commit after the trimming of all older entries gets a new number', async () => {
  const newest = (await seqsOf(1)).at(-1)!
  await env.DB.prepare('update audit_log set at = 0').run()
  expect(await trimAuditLog(harness.isolate)).toBe(newest - 1)
  await harness.engineer.post('/api/sprockets', sprocket)
  expect(await seqsOf(1)).toEqual([newest, newest + 1])
})

test('a commit after migration 0010 gets a number above the base of its organisation', async () => {
  await env.DB.prepare('update organisations set commit_seq_base = 70').run()
  await harness.otherOrganisation.post('/api/sprockets', sprocket)
  expect(await seqsOf(2)).toEqual([71])
})

const reading = { time: 60, actual: 1 }
/** Writes that change nothing when sent again. */
const repeatable: [name: string, key: string, write: () => Promise<Response>][] = [
  ['appends readings', 'operator', () => harness.operator.post('/api/factory/1/chart-data', reading)],
  ['appends readings of factories', 'operator', () => harness.operator.post('/api/readings', { readings: [{ factory: 1, ...reading }] })],
  ['replaces readings', 'engineer', () => harness.engineer.put('/api/factory/1/chart-data', { readings: [reading] })],
  ['renames a factory', 'engineer', () => harness.engineer.patch('/api/factory/1', { name: 'North' })],
  ['replaces a sprocket', 'engineer', () => harness.engineer.put('/api/sprocket/1', sprocket)],
  ['renames a key', 'admin', () => harness.admin.patch('/api/key/0', { name: 'Panel' })],
  ['renames the organisation', 'admin', () => harness.admin.patch('/api/organisation', { name: 'Acme' })],
]
test.each(repeatable)('a revoked key that %s without a change gets 401', async (_, key, write) => {
  expect((await write()).status).toBe(200)
  const before = await seqsOf(1)
  expect((await write()).status).toBe(200)
  expect(await seqsOf(1)).toEqual(before)
  await env.DB.prepare('update api_keys set revoked_at = 1 where name = ?').bind(key).run()
  await problemOf(await write(), 401)
})

test('a change of every field of a key, with both conditions, needs at most the 100 parameters that D1 allows', async () => {
  await harness.admin.post('/api/keys', { name: 'Panel', role: 'viewer' })
  const etag = (await harness.admin.get('/api/key/4')).headers.get('ETag')!
  const everything = { name: 'Gateway', role: 'operator', factories: [0, 1], expires_at: Math.floor(harness.clock.now() / 1000) + 3_600 }
  const conditions = { 'If-Match': etag, 'If-None-Match': '"other"' }
  expect((await harness.admin.patch('/api/key/4', everything, conditions)).status).toBe(200)
})
