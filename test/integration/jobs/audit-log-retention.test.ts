import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { recordHeartbeat } from '../../../src/jobs/heartbeat.ts'
import { trimAuditLog } from '../../../src/jobs/trim-audit-log.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the audit log is trimmed by age in bounded steps.

const DAY = 86_400_000
let harness: Harness
beforeEach(async () => {
  harness = await createHarness({ AUDIT_DAYS: '30' })
  await env.DB.prepare('delete from audit_log').run()
  await recordHeartbeat(harness.isolate)
})

/** Adds entries with this verb and age to an organisation, in this order, each with a name. */
const addEntries = async (entries: [name: string, verb: string, days: number][], organisationPk = 1) => {
  const now = harness.clock.now()
  await env.DB.prepare(`insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, request_id, commit_id)
    select ?1, key + 1 + (select coalesce(max(commit_seq), 0) from audit_log where organisation_pk = ?1),
      value ->> 2, 'readings', value ->> 1, '/x', 'x', value ->> 0 from json_each(?2)`)
    .bind(organisationPk, JSON.stringify(entries.map(([name, verb, days]) => [name, verb, now - days * DAY])))
    .run()
}
const remaining = async () =>
  (await env.DB.prepare('select commit_id from audit_log order by organisation_pk, commit_seq').all<{ commit_id: string }>()).results.map(
    (row) => row.commit_id,
  )

test('trimAuditLog deletes appended entries after 7 days and others after AUDIT_DAYS, but never the newest', async () => {
  await addEntries([
    ['a', 'corrected', 31],
    ['b', 'appended', 31],
    ['c', 'corrected', 29],
    ['d', 'appended', 8],
    ['e', 'corrected', 8],
    ['f', 'appended', 6],
  ])
  expect(await trimAuditLog(harness.isolate)).toBe(3)
  expect(await remaining()).toEqual(['c', 'e', 'f'])
  harness.clock.advance(40 * DAY)
  expect(await trimAuditLog(harness.isolate)).toBe(2)
  expect(await trimAuditLog(harness.isolate)).toBe(0)
  expect(await remaining()).toEqual(['f'])
  await addEntries([['g', 'appended', 0]])
  harness.clock.advance(7 * DAY)
  expect(await trimAuditLog(harness.isolate)).toBe(1)
  expect(await remaining()).toEqual(['g'])
})

test('trimAuditLog keeps the newest entry of each organisation', async () => {
  for (const organisationPk of [1, 2])
    await addEntries(
      [
        [`${organisationPk} older`, 'appended', 9],
        [`${organisationPk} newest`, 'appended', 8],
      ],
      organisationPk,
    )
  expect(await trimAuditLog(harness.isolate)).toBe(2)
  expect(await remaining()).toEqual(['1 newest', '2 newest'])
})

test('trimAuditLog checks an organisation again when its next entry expires', async () => {
  await addEntries([
    ['a', 'appended', 8],
    ['b', 'appended', 5],
    ['c', 'appended', 1],
  ])
  expect(await trimAuditLog(harness.isolate)).toBe(1)
  harness.clock.advance(2 * DAY - 1)
  expect(await trimAuditLog(harness.isolate)).toBe(0)
  harness.clock.advance(2)
  expect(await trimAuditLog(harness.isolate)).toBe(1)
  expect(await remaining()).toEqual(['c'])
})

test('trimAuditLog deletes old entries behind one that is dated in the future', async () => {
  await addEntries([
    ['a', 'corrected', -1],
    ['b', 'corrected', 31],
    ['c', 'appended', -1],
    ['d', 'appended', 8],
    ['e', 'appended', 0],
  ])
  expect(await trimAuditLog(harness.isolate)).toBe(2)
  expect(await remaining()).toEqual(['a', 'c', 'e'])
})

test('trimAuditLog trims a long log in steps, and skips no entry', async () => {
  const many = Array.from({ length: 50_000 }, (_, n) => [`${n}`, n % 100 ? 'appended' : 'corrected', 8] as [string, string, number])
  await addEntries([...many, ['new', 'appended', 0]])
  const removed = []
  for (let runs = 0; runs < 4; runs++) removed.push(await trimAuditLog(harness.isolate))
  expect(removed.reduce((sum, each) => sum + each)).toBe(49_500)
  expect(Math.max(...removed)).toBeLessThanOrEqual(40_000)
  expect((await remaining()).length).toBe(501)
})

test('trimAuditLog with nothing to trim reads the same number of rows in a longer log', async () => {
  const counter = countBindings(env)
  const isolate = newIsolate(harness.clock, { DB: counter.env.DB })
  const rowsRead = async () => {
    await trimAuditLog(isolate)
    counter.take()
    harness.clock.advance(DAY)
    await env.DB.prepare('update organisations set audit_due_at = 0').run()
    await trimAuditLog(isolate)
    return counter.take().rowsRead
  }
  await addEntries([
    ['a', 'corrected', 8],
    ['b', 'appended', 1],
  ])
  const few = await rowsRead()
  const many = Array.from({ length: 5_000 }, (_, n) => [`${n}`, n % 2 ? 'appended' : 'corrected', 1] as [string, string, number])
  await addEntries(many)
  expect(await rowsRead()).toBeLessThanOrEqual(few)
})
