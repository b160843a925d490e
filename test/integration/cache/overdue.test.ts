// Promise: no read without a bookmark is older than the documented bound, even while KV refuses puts for an hour.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { findOverdueCommit, recordOverdue } from '../../../src/cache/overdue.ts'
import { publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import type { Copy } from '../../support/entry-row.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

/** The KV of the runtime, whose puts fail while `isRefusing`. */
let isRefusing = false
const refusingKv = new Proxy(env.CACHE, {
  get: (kv, name) => {
    if (name === 'put' && isRefusing)
      return async () => {
        throw new Error('KV PUT failed: 429 Too Many Requests')
      }
    const member: unknown = Reflect.get(kv, name)
    return typeof member === 'function' ? (member.bind(kv) as unknown) : member
  },
})

let world: Harness
/** Another isolate, which learns of writes from KV and D1 alone. */
let reader: Harness
const path = '/api/factory/1/time'
const counter = countBindings({ ...env, CACHE: refusingKv })

beforeEach(async () => {
  isRefusing = false
  world = await createHarness({ CACHE: refusingKv })
  reader = world.elsewhere(newIsolate(world.clock, { ...counter.env, MEMORY_SECONDS: '5' }))
  await world.viewer.get(path)
  await world.settle()
  await read()
})

const read = async () => {
  const response = await reader.viewer.get(path)
  await reader.settle()
  return { status: response.headers.get('Cache-Status'), times: (await response.json()) as number[] }
}
const append = async (time: number) => {
  await world.operator.post('/api/factory/1/chart-data', { time, actual: 1 })
  await world.settle()
}
const rowOf = async () => (await env.DB.prepare('select * from copies where path = ?').bind(`1${path}`).first<Copy>())!

/** Reads at another isolate, each 5 s for three minutes and then once in a while; answers how long after a write it was still missing. */
const readFor = async (time: number, forMs: number) => {
  const written = world.clock.now()
  const since = () => world.clock.now() - written
  let missing = 0
  while (since() < forMs) {
    world.clock.advance(since() < 180_000 ? 5_000 : 290_000)
    if (!(await read()).times.includes(time)) missing = since()
    if (since() > 180_000) await runCron(world.isolate, 60_000)
  }
  return missing
}

describe('while KV refuses puts, a read at another isolate', () => {
  test('is at most 90 s and the time in memory old, for a whole hour', async () => {
    isRefusing = true
    await append(60)
    expect(await readFor(60, 3_600_000)).toBeLessThanOrEqual(95_000)
    expect((await rowOf()).stale_since).not.toBeNull()
  })

  test('checks an entry that no write touched once per look-up, and serves it from KV', async () => {
    const other = '/api/factory/2/time'
    await world.viewer.get(other)
    await world.settle()
    isRefusing = true
    await append(60)
    world.clock.advance(100_000)
    await read()
    await reader.viewer.get(other)
    counter.take()
    expect((await reader.viewer.get(other)).headers.get('Cache-Status')).toMatch(/; hit$/)
    expect(counter.take().trips).toBe(0)
  })

  test('is refused if D1 cannot check the entry, for the bound is a promise', async () => {
    isRefusing = true
    await append(60)
    world.clock.advance(100_000)
    await read()
    world.clock.advance(6_000)
    const isolate = { ...reader.isolate, pendingQueries: { ...reader.isolate.pendingQueries, read: 1_000, replica: 1_000 } }
    expect((await world.elsewhere(isolate).viewer.get(path)).status).toBe(503)
  })

  test('of another organisation asks D1 for nothing more', async () => {
    isRefusing = true
    await append(60)
    world.clock.advance(100_000)
    await reader.stranger.get('/api/sprockets')
    await read()
    expect([...reader.isolate.memory.overdue.keys()]).toEqual([1])
  })
})

describe('after a late put', () => {
  const beLate = async () => {
    isRefusing = true
    await append(60)
    world.clock.advance(100_000)
    isRefusing = false
    await publishStale(world.isolate)
  }

  test('readers go on checking for the time that KV may show what it held before, and no longer', async () => {
    await beLate()
    expect(await rowOf()).toMatchObject({ stale_since: null })
    const checks = async () => {
      const isolate = newIsolate(world.clock, { CACHE: refusingKv })
      await world.elsewhere(isolate).viewer.get(path)
      return isolate.memory.overdue.get(1)?.isOverdue ?? false
    }
    expect(await checks()).toBe(true)
    world.clock.advance(94_000)
    expect(await checks()).toBe(true)
    world.clock.advance(2_000)
    expect(await checks()).toBe(false)
  })

  test('cron forgets that it was late', async () => {
    await beLate()
    const late = async () => (await env.DB.prepare('select organisation from late_puts').all()).results
    await runCron(world.isolate, 0)
    expect(await late()).toEqual([{ organisation: 1 }])
    world.clock.advance(96_000)
    await runCron(world.isolate, 0)
    expect(await late()).toEqual([])
  })

  test('an isolate that heard of it goes back to KV at its next look-up', async () => {
    isRefusing = true
    await append(60)
    world.clock.advance(100_000)
    await read()
    isRefusing = false
    await publishStale(world.isolate)
    world.clock.advance(100_000)
    await read()
    world.clock.advance(31_000)
    await read()
    world.clock.advance(6_000)
    expect((await read()).status).toBe('kv; hit')
  })
})

test('a put that a later write overtook counts as late only from when its payload was assembled', async () => {
  await append(60)
  const since = world.clock.now()
  await env.DB.prepare('update copies set stale_since = ?, stale_seq = stale_seq + 1, claimed_by = null, claimed_until = 0 where path = ?')
    .bind(since, `1${path}`)
    .run()
  world.clock.advance(50_000)
  await publishStale(world.isolate)
  await env.DB.prepare('update copies set stale_seq = stale_seq where path = ?').bind(`1${path}`).run()
  const { stale_since } = await rowOf()
  expect(stale_since === null || stale_since > since).toBe(true)
})

test('copies that a release without stale_since left stale enter the backlog at the next reconcile', async () => {
  await env.DB.prepare('update copies set published_seq = -1, stale_since = null, published_at = 0').run()
  expect(await publishStale(world.isolate)).toBe(0)
  world.clock.advance(100_000)
  await runCron(world.isolate, 0)
  await runCron(world.isolate, 60_000)
  expect(await rowOf()).toMatchObject({ stale_since: null, claimed_by: null })
  expect(await env.CACHE.get(kvKey(`1${path}`, PAYLOAD_VERSION))).not.toBeNull()
})

test('/ready says how many payloads wait and for how long, and that this is no passing trouble after five minutes', async () => {
  isRefusing = true
  await append(60)
  const told = async (ms: number) => {
    world.clock.advance(ms)
    await runCron(world.isolate, world.clock.now(), () => [])
    const response = await reader.anonymous.get('/ready')
    return { code: response.status, ...(await response.json<{ problems: string[]; copies: object }>()) }
  }
  expect(await told(100_000)).toMatchObject({ code: 200, problems: [], copies: { dirty: 1, oldest_dirty_seconds: expect.any(Number) } })
  expect(await told(200_000)).toMatchObject({
    code: 503,
    problems: [expect.stringMatching(/^1 cache entries are stale, the oldest for 30\d s\. Reads check them against the database\.$/)],
  })
})

test('a look-up is believed over an earlier one at the same bookmark, for a copy becomes overdue by time alone', () => {
  const isolate = newIsolate(world.clock)
  const bookmark = `00000001-00000000-00000000-${'0'.repeat(32)}`
  recordOverdue(isolate, 1, 7, bookmark)
  recordOverdue(isolate, 1, null, bookmark)
  expect(findOverdueCommit(isolate, '1/api/factories')).toBeUndefined()
  recordOverdue(isolate, 1, 7, bookmark)
  expect(findOverdueCommit(isolate, '1/api/factories')).toMatchObject({ seq: 7 })
  recordOverdue(isolate, 1, null, bookmark.replace('1', '0'))
  expect(findOverdueCommit(isolate, '1/api/factories')).toMatchObject({ seq: 7 })
})
