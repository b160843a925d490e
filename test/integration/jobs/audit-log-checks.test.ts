import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { trimAuditLog } from '../../../src/jobs/trim-audit-log.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'

// Promise: cron checks the audit log of an organisation when an entry expires, once an hour at most, and the most overdue one first.

const DAY = 86_400_000
const HOUR = 3_600_000
/** Operations of one step, and those that it leaves to other jobs. */
const ONE_STEP = 4 + 16

let harness: Harness
let isolate: Isolate
const counter = countBindings(env)
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  isolate = newIsolate(harness.clock, { AUDIT_DAYS: '30', DB: counter.env.DB })
  await env.DB.batch([
    env.DB.prepare('delete from audit_log'),
    env.DB.prepare('update organisations set audit_due_at = 0, appended_trimmed_to = 0'),
  ])
})

/** Adds entries of these ages in ms to an organisation, the oldest first. */
const addEntries = (verb: string, ages: number[], organisationPk = 1) =>
  env.DB.prepare(`insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, request_id, commit_id)
    select ?1, key + 1 + (select coalesce(max(commit_seq), 0) from audit_log where organisation_pk = ?1), ?2 - value, 'readings', ?3, '/x', 'x',
      ?3 || ?1 || '-' || key || '-' || value from json_each(?4)`)
    .bind(organisationPk, harness.clock.now(), verb, JSON.stringify(ages))
    .run()
const makeDue = () => env.DB.prepare('update organisations set audit_due_at = 0').run()
const trimAfter = async (ms: number) => {
  harness.clock.advance(ms)
  return trimAuditLog(isolate)
}
/** Returns a run that has operations left for this number of steps. */
const limitTo = (steps: number): Isolate => {
  const limited = measureIsolate(newIsolate(harness.clock, { AUDIT_DAYS: '30' }))
  limited.usage.begun = limited.config.maxOperations - ONE_STEP - (steps - 1) * 4
  return limited
}

test.each([
  ['appended', 7 * DAY],
  ['corrected', 30 * DAY],
])('trimAuditLog deletes an entry with the verb %s a millisecond after its retention of %i ms', async (verb, retention) => {
  await addEntries(verb, [retention, 0])
  expect(await trimAfter(0)).toBe(0)
  await makeDue()
  expect(await trimAfter(1)).toBe(1)
})

test.each([
  ['appended', 7 * DAY],
  ['corrected', 30 * DAY],
])('trimAuditLog checks an organisation whose entry with the verb %s expires soon again after an hour', async (verb, retention) => {
  await addEntries(verb, [retention - 600_000, 0])
  expect(await trimAfter(0)).toBe(0)
  expect(await trimAfter(HOUR - 1)).toBe(0)
  expect(await trimAfter(1)).toBe(1)
})

test('trimAuditLog checks an organisation without entries again after seven days', async () => {
  expect(await trimAfter(0)).toBe(0)
  await addEntries('corrected', [31 * DAY, 0])
  expect(await trimAfter(7 * DAY - 1)).toBe(0)
  expect(await trimAfter(1)).toBe(1)
})

test('trimAuditLog checks an organisation when the first of its entries of both kinds expires', async () => {
  await addEntries('corrected', [28 * DAY])
  await addEntries('appended', [1 * DAY, 0])
  expect(await trimAfter(0)).toBe(0)
  // Until then, a run only finds that no check is due.
  counter.take()
  expect([await trimAfter(2 * HOUR), counter.take().trips]).toEqual([0, 1])
  expect(await trimAfter(2 * DAY - 2 * HOUR + 1)).toBe(1)
  expect(await trimAfter(4 * DAY - 2)).toBe(0)
  expect(await trimAfter(2)).toBe(1)
})

test('trimAuditLog does not check an organisation again at once whose newest entry has expired, but others have later numbers', async () => {
  await addEntries('appended', [9 * DAY, 8 * DAY])
  await addEntries('appended', [0, 0, 0, 0, 0], 2)
  counter.take()
  expect(await trimAfter(0)).toBe(1)
  // Two trips for each organisation, and one that finds no other.
  expect(counter.take().trips).toBe(5)
})

test('trimAuditLog begins with the organisation whose check is most overdue', async () => {
  for (const organisationPk of [1, 2]) await addEntries('appended', [9 * DAY, 0], organisationPk)
  await env.DB.prepare('update organisations set audit_due_at = -pk').run()
  expect(await trimAuditLog(limitTo(1))).toBe(1)
  const { results } = await env.DB.prepare('select organisation_pk, count(*) as n from audit_log group by 1').all()
  expect(results).toEqual([
    { organisation_pk: 1, n: 2 },
    { organisation_pk: 2, n: 1 },
  ])
})

test.each(['appended', 'corrected'])(
  'a step of trimAuditLog looks at 2,000 entries with the verb %s, and the next step continues',
  async (verb) => {
    await addEntries(verb, [...Array.from({ length: 3_000 }, (_, n) => 60 * DAY - n), 0])
    expect(await trimAuditLog(limitTo(1))).toBe(1_999)
    await addEntries('other', [0], 2)
    expect(await trimAfter(0)).toBe(1_001)
  },
)
