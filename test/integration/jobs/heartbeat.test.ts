import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { deleteIdempotencyRecords } from '../../../src/jobs/delete-idempotency-records.ts'
import { probeWrites, recordHeartbeat } from '../../../src/jobs/heartbeat.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the database has the time of the last cron run, in one row, and a probe of writes changes nothing.

const DAY = 86_400_000
let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
const readBeats = async () => (await env.DB.prepare('select * from heartbeat').all()).results

test('recordHeartbeat replaces the time of the run before, and probeWrites keeps it', async () => {
  for (let runs = 0; runs < 2; runs++) {
    await recordHeartbeat(harness.isolate)
    expect(await probeWrites(harness.isolate)).toBeGreaterThan(4_096)
    expect(await readBeats()).toEqual([{ id: 1, at: harness.clock.now() }])
    harness.clock.advance(60_000)
  }
})

test('deleteIdempotencyRecords reports the records that it deletes: those that are older than a day', async () => {
  for (const key of ['"one"', '"two"', '"three"']) {
    expect((await harness.engineer.post('/api/factories', {}, { 'Idempotency-Key': key })).status).toBe(201)
    harness.clock.advance(1_000)
  }
  await harness.drain()
  harness.clock.advance(DAY - 1_999)
  expect(await deleteIdempotencyRecords(harness.isolate)).toBe(2)
  expect(await deleteIdempotencyRecords(harness.isolate)).toBe(0)
})
