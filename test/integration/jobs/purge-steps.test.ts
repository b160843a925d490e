import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { purgeOrganisations } from '../../../src/jobs/purge-organisations.ts'
import { measureIsolate } from '../../../src/middleware/measured-isolate.ts'
import { countBindings } from '../../support/counting.ts'
import { addKey, addOrganisation, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: cron begins to purge an organisation a minute after its deletion, those that were deleted first, and ends eleven minutes after it.

const MINUTE = 60_000
let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const run = (sql: string) => env.DB.prepare(sql).run()
const count = async (from: string) => (await env.DB.prepare(`select count(*) as n from ${from}`).first<number>('n'))!
const upTo = (to: number) => `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${to})`
const purge = () => purgeOrganisations(newIsolate(harness.clock))
/** Purges in a run that has this number of operations left after the query that finds organisations. */
const purgeWith = (operations: number) => {
  const isolate = measureIsolate(newIsolate(harness.clock))
  isolate.usage.begun = isolate.config.maxOperations - 16 - 1 - operations
  return purgeOrganisations(isolate)
}
const addSprockets = (number: number, organisationPk = 1) =>
  run(`${upTo(number)} insert into sprockets (organisation_pk, id, teeth, pitch_diameter, outside_diameter, pitch)
    select ${organisationPk}, 1000 + n, 1, 1, 1, 1 from n`)
const setDeleted = (organisationPk: number, ago: number) =>
  run(`update organisations set deleted_at = ${harness.clock.now() - ago} where pk = ${organisationPk}`)

test('purgeOrganisations deletes no row of an organisation for a minute, nor the organisation itself for eleven', async () => {
  await setDeleted(1, 0)
  const factories = await count('factories where organisation_pk = 1')
  harness.clock.advance(MINUTE - 1)
  expect([await purge(), await count('factories where organisation_pk = 1')]).toEqual([0, factories])
  harness.clock.advance(1)
  expect(await purge()).toBeGreaterThan(0)
  expect(await count('factories where organisation_pk = 1')).toBe(0)
  await run('delete from chunks')
  await run('delete from daily_sums')
  await run('delete from series')
  harness.clock.advance(10 * MINUTE - 1)
  expect([await purge(), await count('organisations where pk = 1')]).toEqual([0, 1])
  expect(await count('audit_log where organisation_pk = 1')).toBe(1)
  harness.clock.advance(1)
  expect([await purge(), await count('organisations where pk = 1'), await count('audit_log where organisation_pk = 1')]).toEqual([1, 0, 0])
})

test('purgeOrganisations reports the rows that it deletes, the series that it drops, and the organisation', async () => {
  const pk = await addOrganisation('small')
  await addKey(pk, 'small', 'admin')
  await addSprockets(3, pk)
  await run(`insert into series (organisation_pk, factory_id) values (${pk}, 0), (${pk}, 1)`)
  await setDeleted(pk, 11 * MINUTE)
  // A key, the sprockets and the series. The series is in the way of the organisation until its readings are deleted.
  expect(await purge()).toBe(1 + 3 + 2)
  expect(await count(`series where organisation_pk = ${pk} and dropped_at = ${harness.clock.now()}`)).toBe(2)
  harness.clock.advance(1_000)
  expect(await purge()).toBe(0)
  expect(await count(`series where organisation_pk = ${pk} and dropped_at = ${harness.clock.now() - 1_000}`)).toBe(2)
  await run(`delete from series where organisation_pk = ${pk}`)
  expect([await purge(), await count(`organisations where pk = ${pk}`)]).toEqual([1, 0])
})

test('a step of purgeOrganisations deletes 5,000 rows of a table and drops 5,000 series at most', async () => {
  await addSprockets(6_000)
  await run(`${upTo(6_000)} insert into series (organisation_pk, factory_id) select 1, 1000 + n from n`)
  await setDeleted(1, MINUTE)
  const before = [await count('sprockets where organisation_pk = 1'), await count('series where dropped_at is null')]
  await purgeWith(12)
  const after = [await count('sprockets where organisation_pk = 1'), await count('series where dropped_at is null')]
  expect(before.map((number, index) => number - after[index]!)).toEqual([5_000, 5_000])
})

test('purgeOrganisations runs 20 steps for an organisation at most, and keeps the organisation as long as it has rows', async () => {
  await addSprockets(105_000, 2)
  await setDeleted(2, 12 * MINUTE)
  await purge()
  expect([await count('sprockets where organisation_pk = 2'), await count('organisations where pk = 2')]).toEqual([5_000, 1])
  await purge()
  expect([await count('sprockets where organisation_pk = 2'), await count('organisations where pk = 2')]).toEqual([0, 0])
})

test('purgeOrganisations keeps an organisation as long as it has cache entries, of which a run deletes 300', async () => {
  await run(
    `${upTo(301)} insert into cache_entries (path, version, leased_until, stale_seq, published_seq) select '2/api/' || n, 1, 0, 0, 0 from n`,
  )
  await setDeleted(2, 12 * MINUTE)
  // The key of the organisation, and entries.
  expect(await purge()).toBe(1 + 300)
  expect([await count('cache_entries'), await count('organisations where pk = 2')]).toEqual([1, 1])
  expect(await purge(), 'an entry and the organisation').toBe(2)
  expect([await count('cache_entries'), await count('organisations where pk = 2')]).toEqual([0, 0])
})

test('purgeOrganisations sends four batches for an organisation of which nothing is left', async () => {
  await setDeleted(2, MINUTE)
  await purge()
  const counter = countBindings(env)
  await purgeOrganisations(newIsolate(harness.clock, { DB: counter.env.DB }))
  expect(counter.take().trips).toBe(4)
})

test('purgeOrganisations begins an organisation if 12 operations are left, those that were deleted first', async () => {
  await setDeleted(1, 2 * MINUTE)
  await setDeleted(2, 3 * MINUTE)
  expect(await purgeWith(11)).toBe(0)
  expect(await purgeWith(12)).toBeGreaterThan(0)
  expect([await count('api_keys where organisation_pk = 1'), await count('api_keys where organisation_pk = 2')]).toEqual([4, 0])
})

test('purgeOrganisations purges 20 organisations in a run, those that were deleted first, and none that is not deleted', async () => {
  await run(`${upTo(25)} insert into organisations (pk, slug, name, created_at, deleted_at)
    select 200 - n, 'o' || n, 'x', 0, ${harness.clock.now() - 20 * MINUTE} + n from n`)
  expect(await purge()).toBe(20)
  const { results } = await env.DB.prepare('select pk from organisations order by pk').all<{ pk: number }>()
  expect(results.map(({ pk }) => pk)).toEqual([1, 2, 175, 176, 177, 178, 179])
})

test('purgeOrganisations deletes no key that has a total of idempotency records', async () => {
  await run(
    `${upTo(5_001)} insert into api_keys (organisation_pk, id, hash, name, role, created_at) select 2, 100 + n, 'h' || n, 'x', 'viewer', 0 from n`,
  )
  await run(`insert into idempotency_totals select pk, 0, 0 from api_keys where organisation_pk = 2 and id > 100`)
  await setDeleted(2, MINUTE)
  await purgeWith(12)
  const orphans = 'idempotency_totals where key_pk not in (select pk from api_keys)'
  expect([await count('idempotency_totals'), await count(orphans)]).toEqual([1, 0])
  await purge()
  expect([await count('idempotency_totals'), await count('api_keys where organisation_pk = 2')]).toEqual([0, 0])
})

test('purgeOrganisations deletes a key after its idempotency records and their total', async () => {
  const key = await env.DB.prepare('select pk from api_keys where organisation_pk = 2').first<number>('pk')
  const record = `insert into idempotency_records (key_pk, key_hash, request_hash, commit_id, at) select ${key}, cast('n' || n as blob), x'00', 'c', 0 from n`
  await run(`${upTo(5_001)} ${record}`)
  await run(`insert into idempotency_totals values (${key}, 5001, 0)`)
  await setDeleted(2, MINUTE)
  await purgeWith(12)
  expect([
    await count('idempotency_records'),
    await count('idempotency_totals'),
    await count('api_keys where organisation_pk = 2'),
  ]).toEqual([1, 0, 1])
  await purge()
  expect([await count('idempotency_records'), await count('api_keys where organisation_pk = 2')]).toEqual([0, 0])
})
