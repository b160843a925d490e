import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { claimStaleEntries } from '../../../src/cache/backlog.ts'
import { lease } from '../../../src/cache/lease.ts'
import { publish } from '../../../src/cache/publish.ts'
import { renderCommit } from '../../../src/cli/render-sql.ts'
import { openSession } from '../../../src/db/client.ts'
import { chartSvgDocument } from '../../../src/documents/chart.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { upsertReadings } from '../../../src/commands/readings.ts'
import type { EntryRow } from '../../support/entry-row.ts'
import { isCommit, LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a claimed entry is put by one publisher at a time, and a put that failed or is uncertain is repeated without
// ever going back.

let harness: Harness
let d1: ReturnType<typeof makeFaultyD1>
/** Errors of the next puts and deletes. `undefined` lets a call pass. */
let errors: (string | undefined)[]
let writes: string[]

const createRejectingKv = () => {
  const call =
    (name: 'put' | 'delete') =>
    async (...args: unknown[]) => {
      const error = errors.shift()
      writes.push(name)
      if (error) throw new Error(error)
      return (env.CACHE[name] as (...args: unknown[]) => Promise<void>)(...args)
    }
  return {
    getWithMetadata: env.CACHE.getWithMetadata.bind(env.CACHE),
    list: env.CACHE.list.bind(env.CACHE),
    put: call('put'),
    delete: call('delete'),
  } as unknown as KVNamespace
}

const TOO_MANY = 'KV PUT failed: 429 Too Many Requests'
const FAILED = 'KV PUT failed: 500 Internal Server Error'
const path = '/api/factory/1/time'
const chart = '/api/factory/1/chart-data'

beforeEach(async () => {
  errors = []
  writes = []
  d1 = makeFaultyD1()
  harness = await createHarness({ DB: d1.binding, CACHE: createRejectingKv() })
  await harness.viewer.get(path)
  await harness.drain()
  writes = []
})
afterEach(async () => {
  d1.decide = () => undefined
  errors = []
  await harness.drain()
})

const row = async () => (await env.DB.prepare('select * from cache_entries where path = ?').bind(`1${path}`).first<EntryRow>())!
const stored = () => env.CACHE.get<number[]>(kvKey(`1${path}`, PAYLOAD_VERSION), 'json')
const append = (time: number) => harness.operator.post(chart, { time, actual: 1 })
const isPublished = async () => {
  const { stale_seq, published_seq, claimed_by } = await row()
  return stale_seq <= published_seq && claimed_by === null
}
const endLeaseSoon = (ms = 30_000) =>
  env.DB.prepare('update cache_entries set leased_until = ?')
    .bind(harness.clock.now() + ms)
    .run()
/** Organisations with a recorded late put. */
const latePuts = async () => (await env.DB.prepare('select organisation_pk from late_puts').raw()).flat()

describe('publishing while KV fails', () => {
  test('a put that KV rejects is repeated by the same publisher', async () => {
    errors = [TOO_MANY, TOO_MANY]
    await append(60)
    await harness.drain()
    expect([writes, await isPublished(), (await stored())![0]]).toEqual([['put', 'put', 'put'], true, 60])
  })

  test('a put that KV always rejects is left to cron, and the claim is released', async () => {
    errors = Array.from({ length: 100 }, () => TOO_MANY)
    await append(60)
    await harness.drain()
    expect(writes).toEqual(['put', 'put', 'put'])
    expect([(await row()).claimed_by, await isPublished()]).toEqual([null, false])
    errors = []
    expect(await publishStale(harness.isolate)).toBe(1)
    expect([await isPublished(), (await stored())![0]]).toEqual([true, 60])
  })

  test('a publisher repeats two rejected puts after one that succeeded and was overtaken by a commit', async () => {
    const other = harness.elsewhere(newIsolate(harness.clock))
    errors = [undefined, TOO_MANY, TOO_MANY]
    d1.decide = async ({ sql }) => {
      if (writes.length === 1 && sql.includes('"published_at" = case')) await other.operator.post(chart, { time: 120, actual: 1 })
      return undefined
    }
    await append(60)
    await harness.drain()
    await other.drain()
    expect([writes, await isPublished(), (await stored())!.slice(0, 2)]).toEqual([['put', 'put', 'put', 'put'], true, [60, 120]])
  })

  test('a put with an unknown outcome keeps its claim until it expires, and no other publisher puts before', async () => {
    errors = [FAILED]
    await append(60)
    await harness.drain()
    await append(120)
    await harness.drain()
    expect([writes, await publishStale(harness.isolate), await isPublished()]).toEqual([['put'], 0, false])
    harness.clock.advance(61_000)
    expect(await publishStale(harness.isolate)).toBe(1)
    expect([await isPublished(), (await stored())!.slice(0, 2)]).toEqual([true, [60, 120]])
  })

  test('a delete that KV rejects is repeated', async () => {
    await endLeaseSoon()
    errors = [TOO_MANY]
    await append(60)
    await harness.drain()
    expect([writes, await stored()]).toEqual([['delete', 'delete'], null])
  })

  test('a delete with an unknown outcome keeps its claim', async () => {
    await endLeaseSoon()
    errors = [FAILED]
    await append(60)
    await harness.drain()
    expect([writes, (await row()).claimed_by]).toEqual([['delete'], expect.any(String)])
  })

  test.each([
    [60_000, 'put'],
    [59_999, 'delete'],
  ])('an invalidated entry whose lease ends in %i ms gets a %s, because KV keeps an entry for at least a minute', async (ms, expected) => {
    await endLeaseSoon(ms)
    await append(60)
    await harness.drain()
    expect(writes).toEqual([expected])
  })
})

describe('publishing an overdue entry', () => {
  const publishStaleFor = async (ms: number) => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = ?, etag = null')
      .bind(harness.clock.now() - ms)
      .run()
    await publishStale(harness.isolate)
  }

  test.each([
    [59_999, []],
    [60_000, [1]],
  ])('a put that is confirmed %i ms after its entry became stale is a late put of the organisations %j', async (ms, expected) => {
    // The confirm follows the put after the minimum put interval of 1.1 s.
    await publishStaleFor(ms - 1_100)
    expect([writes, await latePuts()]).toEqual([['put'], expected])
    // A confirm in time sends no statement about late puts.
    expect(d1.trips.filter(({ sql }) => sql.includes('insert into "late_puts"'))).toHaveLength(expected.length)
  })

  test.each([TOO_MANY, FAILED])('a put of an overdue entry that fails with "%s" is no late put', async (error) => {
    errors = [error, error, error]
    await publishStaleFor(60_000)
    expect(await latePuts()).toEqual([])
  })
})

describe('publishing while D1 fails', () => {
  test('an entry that D1 failed to render is left to cron', async () => {
    d1.decide = ({ sql }) => (sql.includes('select value as "organisation_pk"') ? { before: LOST } : undefined)
    expect((await append(60)).status).toBe(200)
    await harness.drain()
    d1.decide = () => undefined
    harness.clock.advance(61_000)
    await publishStale(harness.isolate)
    expect([await isPublished(), (await stored())![0]]).toEqual([true, 60])
  })

  test('a publisher does not render its entries one by one while D1 is unavailable', async () => {
    await harness.viewer.get('/api/factory/1/production-actual')
    await harness.drain()
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0').run()
    const isRendering = ({ sql }: { sql: string }) => sql.includes('select value as "organisation_pk"')
    d1.trips.length = 0
    d1.decide = (trip) => (isRendering(trip) ? { before: LOST } : undefined)
    expect(await publishStale(harness.isolate)).toBe(2)
    // One batch is sent three times.
    expect(d1.trips.filter(isRendering)).toHaveLength(3)
  })

  test('publishStale ends normally if D1 fails to render its claims, after it has released them', async () => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0').run()
    d1.decide = async ({ sql }) => {
      if (sql.includes('select value as "organisation_pk"')) return { before: LOST }
      await new Promise((resolve) => setTimeout(resolve, 10))
      return undefined
    }
    expect(await publishStale(harness.isolate)).toBe(1)
    expect((await row()).claimed_by).toBeNull()
  })

  test.each([
    [30_000, ['put'], 0],
    [30_001, [], 1],
  ])('an entry whose rendering takes %i ms is put only in the first half of its claim, else released', async (ms, expected, releases) => {
    d1.decide = ({ sql }) => {
      if (sql.includes('select value as "organisation_pk"')) harness.clock.advance(ms)
      return undefined
    }
    await append(60)
    await harness.drain()
    expect([writes, (await row()).claimed_by]).toEqual([expected, null])
    expect(d1.trips.filter(({ sql }) => sql.startsWith('update "cache_entries" set "claimed_until"'))).toHaveLength(releases)
  })

  test('an entry that is put again is put within half a minute after its claim was extended', async () => {
    errors = [TOO_MANY]
    d1.decide = ({ sql }) => {
      if (writes.length && sql.includes('select value as "organisation_pk"')) harness.clock.advance(30_000)
      return undefined
    }
    await append(60)
    await harness.drain()
    expect([writes, await isPublished()]).toEqual([['put', 'put'], true])
  })

  test('a batch that D1 stops for an unknown reason is sent three times', async () => {
    d1.decide = (trip) => (isCommit(trip) ? { before: 'D1_ERROR: malformed JSON: SQLITE_ERROR' } : undefined)
    expect((await append(60)).status).toBe(503)
    const etag = (await harness.viewer.get('/api/factory/1/profile')).headers.get('ETag')!
    expect((await harness.engineer.patch('/api/factory/1', { name: 'x' }, { 'If-Match': etag })).status).toBe(412)
    expect(d1.trips.filter(isCommit).length).toBeGreaterThanOrEqual(6)
  })
})

describe('the first attempt of a publisher', () => {
  /** Claims the entry, and publishes it. */
  const start = async () => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0, etag = null').run()
    const { db, batch } = openSession(harness.isolate, 'first-primary')
    const now = harness.clock.now()
    const [claims] = await batch([claimStaleEntries(db, { now, staleBefore: now, limit: 1 }, 'me')])
    return publish(harness.isolate, claims, 'me', now)
  }

  test('the first attempt of a publisher ends before the confirm, so that a commit does not wait for the minimum put interval', async () => {
    const events: string[] = []
    d1.decide = async ({ sql }) => {
      if (!sql.includes('"published_at" = case')) return undefined
      await new Promise((resolve) => setTimeout(resolve, 10))
      events.push('confirm')
      return undefined
    }
    const { firstAttempt, done } = await start()
    await Promise.all([firstAttempt.then(() => events.push('first attempt')), done])
    expect(events).toEqual(['first attempt', 'confirm'])
  })

  test('the first attempt of a publisher ends if D1 fails to render', async () => {
    d1.decide = ({ sql }) => (sql.includes('select value as "organisation_pk"') ? { before: LOST } : undefined)
    const { firstAttempt, done } = await start()
    await done
    const later = new Promise((resolve) => setTimeout(resolve, 100, 'later'))
    expect(await Promise.race([firstAttempt.then(() => 'ended'), later])).toBe('ended')
  })
})

describe('a document that cannot be rendered', () => {
  const broken = '/api/factory/1/chart.svg'
  const getState = async (of: string) =>
    env.DB.prepare('select stale_seq > published_seq as stale, claimed_by is not null as claimed from cache_entries where path = ?')
      .bind(`1${of}`)
      .first<{ stale: number; claimed: number }>()
  const breakCharts = () =>
    vi.spyOn(chartSvgDocument, 'render').mockImplementation(() => {
      throw new Error('no such zone')
    })
  beforeEach(async () => {
    await harness.viewer.get(broken)
    await harness.drain()
    breakCharts()
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('a document that cannot be rendered does not stop a commit from publishing others', async () => {
    await append(60)
    await harness.drain()
    expect((await stored())![0]).toBe(60)
    expect([await getState(path), await getState(broken)]).toEqual([
      { stale: 0, claimed: 0 },
      { stale: 1, claimed: 1 },
    ])
  })

  test('a document that cannot be rendered does not stop cron, which claims it again whenever its claim expires', async () => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0, etag = null').run()
    await env.CACHE.put(kvKey(`1${path}`, PAYLOAD_VERSION), 'wrong')
    expect(await publishStale(harness.isolate)).toBeGreaterThan(1)
    expect(await stored()).toHaveLength(20)
    expect([await getState(path), await getState(broken)]).toEqual([
      { stale: 0, claimed: 0 },
      { stale: 1, claimed: 1 },
    ])
    expect(await publishStale(harness.isolate)).toBe(0)
    harness.clock.advance(61_000)
    expect(await publishStale(harness.isolate)).toBe(1)
    expect(await getState(broken)).toMatchObject({ stale: 1 })
    harness.clock.advance(61_000)
    vi.restoreAllMocks()
    expect(await publishStale(harness.isolate)).toBe(1)
    expect(await getState(broken)).toEqual({ stale: 0, claimed: 0 })
  })

  test('a document that cannot be rendered keeps no claim if the commit has nothing else to put', async () => {
    const another = '/api/factory/0/chart.svg'
    vi.restoreAllMocks()
    await harness.viewer.get(another)
    await harness.drain()
    await env.DB.prepare('delete from cache_entries where path = ?').bind(`1${path}`).run()
    breakCharts()
    await harness.operator.post('/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 60, actual: 1 })) })
    await harness.drain()
    for (const each of [broken, another]) expect(await getState(each)).toEqual({ stale: 1, claimed: 0 })
    vi.restoreAllMocks()
    expect(await publishStale(harness.isolate)).toBe(2)
    for (const each of [broken, another]) expect(await getState(each)).toEqual({ stale: 0, claimed: 0 })
  })
})

test('PUBLISH_SECONDS is added to the minimum put interval, for which a publisher keeps its claim after a put', async () => {
  await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0, etag = null').run()
  const startedAt = harness.clock.now()
  await publishStale(newIsolate(harness.clock, { PUBLISH_SECONDS: '2' }))
  expect(harness.clock.now() - startedAt).toBe(1_100 + 2_000)
})

test.each([
  [5, 0],
  [6, 1],
  [11, 1],
  [12, 2],
])('a publisher that may begin %i operations puts an entry %i times, because a round takes 6', async (left, puts) => {
  errors = [TOO_MANY, TOO_MANY, TOO_MANY]
  await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0, etag = null').run()
  const { config, usage } = harness.isolate
  usage.begun = config.maxOperations - left
  expect(await lease(harness.isolate, [`1${path}`])).toBe(1)
  expect([writes.length, (await row()).claimed_by]).toEqual([puts, null])
})

test('a publisher whose entry is invalidated before each confirm puts it for 25 s, and then releases its claim', async () => {
  const other = harness.elsewhere(newIsolate(harness.clock))
  let time = 100
  d1.decide = async ({ sql }) => {
    if (sql.includes('"published_at" = case')) await other.operator.post(chart, { time: time++, actual: 1 })
    return undefined
  }
  await append(60)
  await harness.drain()
  d1.decide = () => undefined
  await other.drain()
  // A round takes the minimum put interval of 1.1 s.
  expect(writes).toHaveLength(22)
  expect([(await row()).claimed_by, await isPublished()]).toEqual([null, false])
})

test('a commit of the operator marks entries as stale and claims none, so that cron publishes them', async () => {
  const actor = { organisationPk: 1, key: null, requestId: 'load', userAgent: null, country: null }
  const mutation = upsertReadings(actor, 1, [{ time: 60, actual: 1 }])
  await env.DB.batch(renderCommit(actor, mutation, harness.clock.now()).map((statement) => env.DB.prepare(statement)))
  expect([await isPublished(), (await row()).claimed_by, (await row()).claimed_until]).toEqual([false, null, 0])
  expect(await publishStale(harness.isolate)).toBe(1)
  expect([await isPublished(), (await stored())![0]]).toEqual([true, 60])
})
