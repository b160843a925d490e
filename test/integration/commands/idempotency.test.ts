import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { beforeEach, expect, test } from 'vitest'
import { deleteExpiredRecords, saveResponse } from '../../../src/commands/idempotency.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the records of each API key are deleted a day after their request, the oldest first, and its totals stay exact.

const DAY_MS = 86_400_000
let harness: Harness
let now: number
beforeEach(async () => {
  harness = await createHarness()
  now = harness.clock.now()
})

const hash = (byte: number) => Uint8Array.of(byte)
/** Adds `count` records of a key. The first is of the time `at`, and each further one is a millisecond older. */
const addRecords = async (keyPk: number, count: number, at: number, responseBytes = 0) => {
  await env.DB.prepare(`insert into idempotency_records (key_pk, key_hash, request_hash, commit_id, at, response)
    select ?1, cast(?2 || ' ' || value as blob), zeroblob(32), 'x', ?2 - value, iif(?3, zeroblob(?3), null) from json_each(?4)`)
    .bind(keyPk, at, responseBytes, JSON.stringify(Array.from({ length: count }, (_, n) => n)))
    .run()
  await env.DB.prepare(`insert into idempotency_totals select ?1, ?2, ?3 where true
    on conflict (key_pk) do update set records = records + excluded.records, bytes = bytes + excluded.bytes`)
    .bind(keyPk, count, count * responseBytes)
    .run()
}
const readTotals = async () => (await env.DB.prepare('select * from idempotency_totals order by key_pk').all()).results
const readTimes = async (keyPk: number) =>
  (
    await env.DB.prepare('select at from idempotency_records where key_pk = ? order by at desc').bind(keyPk).all<{ at: number }>()
  ).results.map(({ at }) => now - at)
const deleteExpired = async () => {
  const db = drizzle(env.DB)
  const [, deleted] = await db.batch(deleteExpiredRecords(db, now))
  return deleted.length
}

test('deleteExpiredRecords deletes the 10,000 oldest records of more than a day', async () => {
  await addRecords(1, 9_999, now - DAY_MS - 1, 3)
  await addRecords(2, 1, now - DAY_MS - 20_000)
  await addRecords(2, 1, now - DAY_MS, 5)
  await addRecords(3, 2, now - DAY_MS - 8)
  await addRecords(4, 1, now, 5)
  expect(await deleteExpired()).toBe(10_000)
  expect([await readTimes(1), await readTimes(2), await readTimes(3), await readTimes(4)]).toEqual([
    [DAY_MS + 1, DAY_MS + 2],
    [DAY_MS],
    [],
    [0],
  ])
  expect(await readTotals()).toEqual([
    { key_pk: 1, records: 2, bytes: 6 },
    { key_pk: 2, records: 1, bytes: 5 },
    { key_pk: 3, records: 0, bytes: 0 },
    { key_pk: 4, records: 1, bytes: 5 },
  ])
  expect(await deleteExpired()).toBe(2)
})

test('saveResponse stores the first response of a record, and counts its bytes for the key of the record', async () => {
  const records = [1, 2].map((keyPk) => ({ keyPk, keyHash: hash(7), requestHash: hash(1) }))
  for (const { keyPk } of records) {
    await env.DB.prepare(`insert into idempotency_records (key_pk, key_hash, request_hash, commit_id, at) values (?, x'07', x'01', 'x', 0)`)
      .bind(keyPk)
      .run()
    await env.DB.prepare('insert into idempotency_totals values (?, 1, 0)').bind(keyPk).run()
  }
  await saveResponse(harness.isolate, records[0]!, Uint8Array.of(1, 2, 3))
  await saveResponse(harness.isolate, records[0]!, Uint8Array.of(4, 5))
  expect(await readTotals()).toEqual([
    { key_pk: 1, records: 1, bytes: 3 },
    { key_pk: 2, records: 1, bytes: 0 },
  ])
  expect((await env.DB.prepare('select hex(response) as response from idempotency_records order by key_pk').all()).results).toEqual([
    { response: '010203' },
    { response: '' },
  ])
})

test('saveResponse stores a response that fills the bytes of its key exactly, and none that exceeds them', async () => {
  const record = { keyPk: 1, keyHash: hash(7), requestHash: hash(1) }
  await env.DB.prepare(
    `insert into idempotency_records (key_pk, key_hash, request_hash, commit_id, at) values (1, x'07', x'01', 'x', 0)`,
  ).run()
  await env.DB.prepare('insert into idempotency_totals values (1, 1, ?)')
    .bind(LIMITS.idempotencyBytes - 3)
    .run()
  await saveResponse(harness.isolate, record, Uint8Array.of(1, 2, 3, 4))
  expect(await readTotals()).toEqual([{ key_pk: 1, records: 1, bytes: LIMITS.idempotencyBytes - 3 }])
  await saveResponse(harness.isolate, record, Uint8Array.of(1, 2, 3))
  expect(await readTotals()).toEqual([{ key_pk: 1, records: 1, bytes: LIMITS.idempotencyBytes }])
})
