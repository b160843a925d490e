import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isRecentlyRecorded, recordKeyUse } from '../../../src/auth/key-usage.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the use of a key is recorded after the response, and once a minute across isolates.

let harness: Harness
let startedAt: number
beforeEach(async () => {
  harness = await createHarness()
  startedAt = harness.clock.now()
})
afterEach(() => vi.restoreAllMocks())

const setClock = (ms: number) => harness.clock.advance(startedAt + ms - harness.clock.now())
/** Returns the recorded use of a key: milliseconds since the start of the test, user agent, and country. */
const usedBy = async (pk: number) => {
  const row = await env.DB.prepare(
    'select last_used_at as at, last_used_agent as agent, last_used_country as country from api_keys where pk = ?',
  )
    .bind(pk)
    .first<{ at: number | null; agent: string | null; country: string | null }>()
  return [row!.at === null ? null : row!.at - startedAt, row!.agent, row!.country]
}
const record = (isolate: Isolate, userAgent: string | null, country: string | null = 'CH') =>
  recordKeyUse(isolate, 1, { userAgent, country })

test('a use of a key is recorded with its time, user agent and country', async () => {
  expect(await usedBy(1)).toEqual([null, null, null])
  await record(harness.isolate, 'first')
  expect(await usedBy(1)).toEqual([0, 'first', 'CH'])
  expect(await usedBy(2)).toEqual([null, null, null])
  setClock(60_000)
  await record(harness.isolate, null, null)
  expect(await usedBy(1)).toEqual([60_000, null, null])
})

test('an isolate records the use of a key again after 60 s, and sends no query before', async () => {
  const d1 = makeFaultyD1()
  const isolate = newIsolate(harness.clock, { DB: d1.binding })
  expect(isRecentlyRecorded(isolate, 1)).toBe(false)
  await record(isolate, 'first')
  expect(isRecentlyRecorded(isolate, 1)).toBe(true)
  expect(isRecentlyRecorded(isolate, 2)).toBe(false)
  setClock(59_999)
  await record(isolate, 'second')
  expect(d1.trips).toHaveLength(1)
  setClock(60_000)
  expect(isRecentlyRecorded(isolate, 1)).toBe(false)
  await record(isolate, 'third')
  expect(await usedBy(1)).toEqual([60_000, 'third', 'CH'])
})

test('another isolate does not record the use of a key before 60 s', async () => {
  await record(harness.isolate, 'first')
  setClock(59_999)
  await record(newIsolate(harness.clock), 'second')
  expect(await usedBy(1)).toEqual([0, 'first', 'CH'])
  setClock(60_000)
  await record(newIsolate(harness.clock), 'third')
  expect(await usedBy(1)).toEqual([60_000, 'third', 'CH'])
})

test('the first use of a key in an isolate is recorded, however soon the isolate starts', async () => {
  const clock = { ...newIsolate(harness.clock).clock, now: () => 60_000 }
  await record({ ...newIsolate(harness.clock), clock }, 'first')
  expect((await usedBy(1))[1]).toBe('first')
})

test('a use that D1 does not record causes a warning, and no error', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const d1 = makeFaultyD1()
  d1.decide = () => ({ before: LOST })
  await record(newIsolate(harness.clock, { DB: d1.binding }), 'first')
  expect(warn).toHaveBeenCalledOnce()
  expect(await usedBy(1)).toEqual([null, null, null])
})

test('the use of a key by a request is recorded after the response', async () => {
  await harness.viewer.get('/api/factory/1', { 'User-Agent': 'wall' })
  await harness.drain()
  expect(await usedBy(1)).toEqual([0, 'wall', null])
})
