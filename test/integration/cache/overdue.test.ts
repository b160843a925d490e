// Promise: no read without a bookmark is older than the documented bound, even while KV rejects puts for an hour.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { createOverdue } from '../../../src/cache/overdue.ts'
import { getEpochState } from '../../../src/runtime/state.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { findOverdueCommit, recordOverdue } from '../../../src/cache/overdue.ts'
import { publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import type { EntryRow } from '../../support/entry-row.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { takePlaces } from '../../support/take-places.ts'

/** The KV of the runtime. Its puts fail while `isRejecting` is true. */
let isRejecting = false
const rejectingKv = new Proxy(env.CACHE, {
  get: (kv, name) => {
    if (name === 'put' && isRejecting)
      return async () => {
        throw new Error('KV PUT failed: 429 Too Many Requests')
      }
    const member: unknown = Reflect.get(kv, name)
    return typeof member === 'function' ? (member.bind(kv) as unknown) : member
  },
})

let harness: Harness
/** Another isolate, which learns of writes only from KV and D1. */
let reader: Harness
const path = '/api/factory/1/time'
const counter = countBindings({ ...env, CACHE: rejectingKv })

beforeEach(async () => {
  isRejecting = false
  harness = await createHarness({ CACHE: rejectingKv })
  reader = harness.elsewhere(newIsolate(harness.clock, { ...counter.env, MEMORY_SECONDS: '5' }))
  await harness.viewer.get(path)
  await harness.drain()
  await read()
})

const read = async () => {
  const response = await reader.viewer.get(path)
  await reader.drain()
  return { status: response.headers.get('Cache-Status'), times: (await response.json()) as number[] }
}
const append = async (time: number) => {
  await harness.operator.post('/api/factory/1/chart-data', { time, actual: 1 })
  await harness.drain()
}
const rowOf = async () => (await env.DB.prepare('select * from cache_entries where path = ?').bind(`1${path}`).first<EntryRow>())!

/** Reads at another isolate: every 5 s for three minutes, then less often. Returns for how long after a write it was missing. */
const readFor = async (time: number, forMs: number) => {
  const written = harness.clock.now()
  const since = () => harness.clock.now() - written
  let missing = 0
  while (since() < forMs) {
    harness.clock.advance(since() < 180_000 ? 5_000 : 290_000)
    if (!(await read()).times.includes(time)) missing = since()
    if (since() > 180_000) await runCron(harness.isolate, 60_000)
  }
  return missing
}

describe('a read at another isolate while KV rejects puts', () => {
  test('a read while KV rejects puts is at most 90 s plus MEMORY_SECONDS old, for an hour', async () => {
    isRejecting = true
    await append(60)
    expect(await readFor(60, 3_600_000)).toBeLessThanOrEqual(95_000)
    expect((await rowOf()).stale_since).not.toBeNull()
  })

  test('a read while KV rejects puts checks an unchanged entry once per query of the backlog, and serves it from KV', async () => {
    const other = '/api/factory/2/time'
    await harness.viewer.get(other)
    await harness.drain()
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    await read()
    await reader.viewer.get(other)
    counter.take()
    expect((await reader.viewer.get(other)).headers.get('Cache-Status')).toMatch(/; hit$/)
    expect(counter.take().trips).toBe(0)
  })

  test('a read of an overdue entry gets 503 if D1 cannot check the entry, because the bound is a promise', async () => {
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    await read()
    harness.clock.advance(6_000)
    for (const queue of ['read', 'replica'] as const) takePlaces(reader.isolate, queue, 1_000)
    expect((await reader.viewer.get(path)).status).toBe(503)
  })

  test('a reader publishes an overdue entry as soon as KV accepts puts, without cron', async () => {
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    isRejecting = false
    await read()
    expect(await rowOf()).toMatchObject({ stale_since: null, claimed_by: null })
  })

  test('a read of another organisation adds no query while an organisation is overdue', async () => {
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    await reader.otherOrganisation.get('/api/sprockets')
    await read()
    expect([...getEpochState(reader.isolate, createOverdue).keys()]).toEqual([1])
  })
})

describe('a late put', () => {
  const putLate = async () => {
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    isRejecting = false
    await publishStale(harness.isolate)
  }

  test('readers check an entry after a late put while KV may show the former one, and no longer', async () => {
    await putLate()
    expect(await rowOf()).toMatchObject({ stale_since: null })
    const checks = async () => {
      const isolate = newIsolate(harness.clock, { CACHE: rejectingKv })
      await harness.elsewhere(isolate).viewer.get(path)
      return getEpochState(isolate, createOverdue).get(1)?.isOverdue ?? false
    }
    expect(await checks()).toBe(true)
    harness.clock.advance(94_000)
    expect(await checks()).toBe(true)
    harness.clock.advance(2_000)
    expect(await checks()).toBe(false)
  })

  test('cron deletes the row of a late put after 96 s', async () => {
    await putLate()
    const late = async () => (await env.DB.prepare('select organisation_pk from late_puts').all()).results
    await runCron(harness.isolate, 0)
    expect(await late()).toEqual([{ organisation_pk: 1 }])
    harness.clock.advance(96_000)
    await runCron(harness.isolate, 0)
    expect(await late()).toEqual([])
  })

  test('an isolate that knows of a late put reads from KV again after its next query', async () => {
    isRejecting = true
    await append(60)
    harness.clock.advance(100_000)
    await read()
    isRejecting = false
    await publishStale(harness.isolate)
    harness.clock.advance(100_000)
    await read()
    harness.clock.advance(31_000)
    await read()
    harness.clock.advance(6_000)
    expect((await read()).status).toBe('kv; hit')
  })
})

test('a put that a later write overtook counts as late only from the time of its rendering', async () => {
  await append(60)
  const since = harness.clock.now()
  await env.DB.prepare(
    'update cache_entries set stale_since = ?, stale_seq = stale_seq + 1, claimed_by = null, claimed_until = 0 where path = ?',
  )
    .bind(since, `1${path}`)
    .run()
  harness.clock.advance(50_000)
  await publishStale(harness.isolate)
  await env.DB.prepare('update cache_entries set stale_seq = stale_seq where path = ?').bind(`1${path}`).run()
  const { stale_since } = await rowOf()
  expect(stale_since === null || stale_since > since).toBe(true)
})

test('entries that a release without stale_since left stale enter the backlog at the next reconcile', async () => {
  await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = null, published_at = 0').run()
  expect(await publishStale(harness.isolate)).toBe(0)
  harness.clock.advance(100_000)
  await runCron(harness.isolate, 0)
  await runCron(harness.isolate, 60_000)
  expect(await rowOf()).toMatchObject({ stale_since: null, claimed_by: null })
  expect(await env.CACHE.get(kvKey(`1${path}`, PAYLOAD_VERSION))).not.toBeNull()
})

test('/ready reports the number of stale payloads and the age of the oldest, and 503 after five minutes', async () => {
  isRejecting = true
  await append(60)
  const readyAfter = async (ms: number) => {
    harness.clock.advance(ms)
    await runCron(harness.isolate, harness.clock.now(), () => [])
    const response = await reader.anonymous.get('/ready')
    return { code: response.status, ...(await response.json<{ problems: string[]; copies: object }>()) }
  }
  expect(await readyAfter(100_000)).toMatchObject({
    code: 200,
    problems: [],
    copies: { dirty: 1, oldest_dirty_seconds: expect.any(Number) },
  })
  expect(await readyAfter(200_000)).toMatchObject({
    code: 503,
    problems: [expect.stringMatching(/^1 cache entries are stale, the oldest for 30\d s\. Reads check them against the database\.$/)],
  })
})

test('recordOverdue replaces an earlier result of the same bookmark, because an entry becomes overdue by time alone', () => {
  const isolate = newIsolate(harness.clock)
  const bookmark = `00000001-00000000-00000000-${'0'.repeat(32)}`
  recordOverdue(isolate, 1, 7, bookmark)
  recordOverdue(isolate, 1, null, bookmark)
  expect(findOverdueCommit(isolate, '1/api/factories')).toBeUndefined()
  recordOverdue(isolate, 1, 7, bookmark)
  expect(findOverdueCommit(isolate, '1/api/factories')).toMatchObject({ seq: 7 })
  recordOverdue(isolate, 1, null, bookmark.replace('1', '0'))
  expect(findOverdueCommit(isolate, '1/api/factories')).toMatchObject({ seq: 7 })
})
