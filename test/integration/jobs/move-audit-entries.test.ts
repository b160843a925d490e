import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { moveOldAuditEntries } from '../../../src/jobs/move-audit-entries.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: cron empties the audit log of the releases before migration 0010 in order. It loses no entry that is retained, and stops at
// an appended one until that has expired.

const DAY = 86_400_000
/** Retention of the entries in this file. */
const [APPENDED, OTHERS] = [7 * DAY, 30 * DAY]
let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  await env.DB.batch([env.DB.prepare('delete from audit_log'), env.DB.prepare('delete from old_audit_log')])
})

/** Adds entries with this verb and age, in this order. */
const addEntries = (entries: [verb: string, age: number][]) =>
  env.DB.prepare(`insert into old_audit_log (at, organisation_pk, subject, verb, target, request_id, commit_id)
    select ?1 - (value ->> 1), 1, 'readings', value ->> 0, '/x', 'x', ?3 || '-' || key || '-' || (value ->> 0) from json_each(?2)`)
    .bind(harness.clock.now(), JSON.stringify(entries), `${commits++}`)
    .run()
let commits = 0
const move = () => moveOldAuditEntries(newIsolate(harness.clock, { AUDIT_DAYS: '30' }))
const moveOnce = () => {
  const isolate = measureIsolate(newIsolate(harness.clock, { AUDIT_DAYS: '30' }))
  isolate.usage.begun = isolate.config.maxOperations - 16 - 4
  return moveOldAuditEntries(isolate)
}
const verbsOf = async (table: string, order: string) =>
  (await env.DB.prepare(`select verb from ${table} order by ${order}`).all<{ verb: string }>()).results.map(({ verb }) => verb)
const logs = async () => [await verbsOf('old_audit_log', 'seq'), await verbsOf('audit_log', 'commit_seq')]

test('moveOldAuditEntries moves retained entries, and deletes expired ones', async () => {
  await addEntries([
    ['expired', OTHERS + 1],
    ['appended', APPENDED + 1],
    ['first', OTHERS],
    ['second', 0],
  ])
  expect(await move()).toBe(4)
  expect(await logs()).toEqual([[], ['first', 'second']])
  expect(await move()).toBe(0)
})

test('moveOldAuditEntries stops at the first appended entry until it has expired', async () => {
  await addEntries([
    ['first', DAY],
    ['appended', APPENDED - 1],
    ['second', DAY],
    ['appended', APPENDED - 2],
    ['third', 0],
  ])
  expect(await move()).toBe(1)
  expect(await logs()).toEqual([['appended', 'second', 'appended', 'third'], ['first']])
  harness.clock.advance(1)
  expect(await move()).toBe(0)
  harness.clock.advance(1)
  expect(await move()).toBe(2)
  expect(await logs()).toEqual([
    ['appended', 'third'],
    ['first', 'second'],
  ])
  harness.clock.advance(1)
  expect(await move()).toBe(2)
  expect(await logs()).toEqual([[], ['first', 'second', 'third']])
})

test('moveOldAuditEntries moves an appended entry that is dated in the future, and those behind it', async () => {
  await addEntries([
    ['appended', -1],
    ['second', 0],
  ])
  expect(await move()).toBe(2)
  expect(await logs()).toEqual([[], ['appended', 'second']])
})

test.each([
  ['expired', OTHERS + 1, 0],
  ['retained', 0, 2_000],
])('a step of moveOldAuditEntries empties 2,000 entries, here %s ones of age %i', async (verb, age, moved) => {
  await addEntries(Array.from({ length: 2_500 }, () => [verb, age]))
  expect(await moveOnce()).toBe(2_000)
  expect((await logs()).map(({ length }) => length)).toEqual([500, moved])
  expect(await move()).toBe(500)
})

test('moveOldAuditEntries sends one batch if the log is empty', async () => {
  const counter = countBindings(env)
  expect(await moveOldAuditEntries(newIsolate(harness.clock, { DB: counter.env.DB }))).toBe(0)
  expect(counter.take().trips).toBe(1)
})
