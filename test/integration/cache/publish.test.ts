import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { renderCommit } from '../../../src/cli/render-sql.ts'
import { upsertReadings } from '../../../src/commands/readings.ts'
import { chartSvgDocument } from '../../../src/documents/chart.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { isCommit, LOST } from '../../support/fault-injection.ts'
import { newIsolate } from '../../support/harness.ts'
import { CHART, isPublished, makeStale, PATH, readRow, readStored, usePublishing } from '../../support/publishing.ts'

// Promise: a claimed entry is put by one publisher at a time, and a put that failed or is uncertain is repeated without
// ever going back.

const TOO_MANY = 'KV PUT failed: 429 Too Many Requests'
const FAILED = 'KV PUT failed: 500 Internal Server Error'
const current = usePublishing()
const append = (time: number) => current.harness.operator.post(CHART, { time, actual: 1 })
const endLeaseSoon = (ms = 30_000) =>
  env.DB.prepare('update cache_entries set leased_until = ?')
    .bind(current.harness.clock.now() + ms)
    .run()
/** Organisations with a recorded late put. */
const latePuts = async () => (await env.DB.prepare('select organisation_pk from late_puts').raw()).flat()

describe('publishing while KV fails', () => {
  test('a put that KV rejects is repeated by the same publisher', async () => {
    current.kv.errors = [TOO_MANY, TOO_MANY]
    await append(60)
    await current.harness.drain()
    expect([current.kv.writes, await isPublished(), (await readStored())![0]]).toEqual([['put', 'put', 'put'], true, 60])
  })

  test('a put that KV always rejects is left to cron, and the claim is released', async () => {
    current.kv.errors = Array.from({ length: 100 }, () => TOO_MANY)
    await append(60)
    await current.harness.drain()
    expect(current.kv.writes).toEqual(['put', 'put', 'put'])
    expect([(await readRow()).claimed_by, await isPublished()]).toEqual([null, false])
    current.kv.errors = []
    expect(await publishStale(current.harness.isolate)).toBe(1)
    expect([await isPublished(), (await readStored())![0]]).toEqual([true, 60])
  })

  test('a publisher repeats two rejected puts after one that succeeded and was overtaken by a commit', async () => {
    const other = current.harness.elsewhere(newIsolate(current.harness.clock))
    current.kv.errors = [undefined, TOO_MANY, TOO_MANY]
    current.d1.decide = async ({ sql }) => {
      if (current.kv.writes.length === 1 && sql.includes('"published_at" = case'))
        await other.operator.post(CHART, { time: 120, actual: 1 })
      return undefined
    }
    await append(60)
    await current.harness.drain()
    await other.drain()
    expect([current.kv.writes, await isPublished(), (await readStored())!.slice(0, 2)]).toEqual([
      ['put', 'put', 'put', 'put'],
      true,
      [60, 120],
    ])
  })

  test('a put with an unknown outcome keeps its claim until it expires, and no other publisher puts before', async () => {
    current.kv.errors = [FAILED]
    await append(60)
    await current.harness.drain()
    await append(120)
    await current.harness.drain()
    expect([current.kv.writes, await publishStale(current.harness.isolate), await isPublished()]).toEqual([['put'], 0, false])
    current.harness.clock.advance(61_000)
    expect(await publishStale(current.harness.isolate)).toBe(1)
    expect([await isPublished(), (await readStored())!.slice(0, 2)]).toEqual([true, [60, 120]])
  })

  test('a delete that KV rejects is repeated', async () => {
    await endLeaseSoon()
    current.kv.errors = [TOO_MANY]
    await append(60)
    await current.harness.drain()
    expect([current.kv.writes, await readStored()]).toEqual([['delete', 'delete'], null])
  })

  test('a delete with an unknown outcome keeps its claim', async () => {
    await endLeaseSoon()
    current.kv.errors = [FAILED]
    await append(60)
    await current.harness.drain()
    expect([current.kv.writes, (await readRow()).claimed_by]).toEqual([['delete'], expect.any(String)])
  })

  test.each([
    [60_000, 'put'],
    [59_999, 'delete'],
  ])('an invalidated entry whose lease ends in %i ms gets a %s, because KV keeps an entry for at least a minute', async (ms, expected) => {
    await endLeaseSoon(ms)
    await append(60)
    await current.harness.drain()
    expect(current.kv.writes).toEqual([expected])
  })
})

describe('publishing an overdue entry', () => {
  const publishStaleFor = async (ms: number) => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = ?, etag = null')
      .bind(current.harness.clock.now() - ms)
      .run()
    await publishStale(current.harness.isolate)
  }

  test.each([
    [59_999, []],
    [60_000, [1]],
  ])('a put that is confirmed %i ms after its entry became stale is a late put of the organisations %j', async (ms, expected) => {
    // The confirm follows the put after the minimum put interval of 1.1 s.
    await publishStaleFor(ms - 1_100)
    expect([current.kv.writes, await latePuts()]).toEqual([['put'], expected])
    // A confirm in time sends no statement about late puts.
    expect(current.d1.trips.filter(({ sql }) => sql.includes('insert into "late_puts"'))).toHaveLength(expected.length)
  })

  test.each([TOO_MANY, FAILED])('a put of an overdue entry that fails with "%s" is no late put', async (error) => {
    current.kv.errors = [error, error, error]
    await publishStaleFor(60_000)
    expect(await latePuts()).toEqual([])
  })
})

describe('publishing while D1 fails', () => {
  test('an entry that D1 failed to render is left to cron', async () => {
    current.d1.decide = ({ sql }) => (sql.includes('select value as "organisation_pk"') ? { before: LOST } : undefined)
    expect((await append(60)).status).toBe(200)
    await current.harness.drain()
    current.d1.decide = () => undefined
    current.harness.clock.advance(61_000)
    await publishStale(current.harness.isolate)
    expect([await isPublished(), (await readStored())![0]]).toEqual([true, 60])
  })

  test('a commit whose response was lost finds its claims again, and publishes them', async () => {
    let commits = 0
    // The first commit is an append in order, which a later reading stops.
    current.d1.decide = (trip) => (isCommit(trip) && ++commits === 2 ? { after: LOST } : undefined)
    expect((await append(60)).status).toBe(200)
    await current.harness.drain()
    expect([commits, await isPublished(), (await readStored())![0]]).toEqual([2, true, 60])
  })

  test('a publisher does not render its entries one by one while D1 is unavailable', async () => {
    await current.harness.viewer.get('/api/factory/1/production-actual')
    await current.harness.drain()
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0').run()
    const isRendering = ({ sql }: { sql: string }) => sql.includes('select value as "organisation_pk"')
    current.d1.trips.length = 0
    current.d1.decide = (trip) => (isRendering(trip) ? { before: LOST } : undefined)
    expect(await publishStale(current.harness.isolate)).toBe(2)
    // One batch is sent three times.
    expect(current.d1.trips.filter(isRendering)).toHaveLength(3)
  })

  test('publishStale ends normally if D1 fails to render its claims, after it has released them', async () => {
    await env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0').run()
    current.d1.decide = async ({ sql }) => {
      if (sql.includes('select value as "organisation_pk"')) return { before: LOST }
      await new Promise((resolve) => setTimeout(resolve, 10))
      return undefined
    }
    expect(await publishStale(current.harness.isolate)).toBe(1)
    expect((await readRow()).claimed_by).toBeNull()
  })

  test.each([
    [30_000, ['put'], 0],
    [30_001, [], 1],
  ])('an entry whose rendering takes %i ms is put only in the first half of its claim, else released', async (ms, expected, releases) => {
    current.d1.decide = ({ sql }) => {
      if (sql.includes('select value as "organisation_pk"')) current.harness.clock.advance(ms)
      return undefined
    }
    await append(60)
    await current.harness.drain()
    expect([current.kv.writes, (await readRow()).claimed_by]).toEqual([expected, null])
    expect(current.d1.trips.filter(({ sql }) => sql.startsWith('update "cache_entries" set "claimed_until"'))).toHaveLength(releases)
  })

  test('an entry that is put again is put within half a minute after its claim was extended', async () => {
    current.kv.errors = [TOO_MANY]
    current.d1.decide = ({ sql }) => {
      if (current.kv.writes.length && sql.includes('select value as "organisation_pk"')) current.harness.clock.advance(30_000)
      return undefined
    }
    await append(60)
    await current.harness.drain()
    expect([current.kv.writes, await isPublished()]).toEqual([['put', 'put'], true])
  })

  test('a batch that D1 stops for an unknown reason is sent three times', async () => {
    current.d1.decide = (trip) => (isCommit(trip) ? { before: 'D1_ERROR: malformed JSON: SQLITE_ERROR' } : undefined)
    expect((await append(60)).status).toBe(503)
    const etag = (await current.harness.viewer.get('/api/factory/1/profile')).headers.get('ETag')!
    expect((await current.harness.engineer.patch('/api/factory/1', { name: 'x' }, { 'If-Match': etag })).status).toBe(412)
    expect(current.d1.trips.filter(isCommit).length).toBeGreaterThanOrEqual(6)
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
    await current.harness.viewer.get(broken)
    await current.harness.drain()
    breakCharts()
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('a document that cannot be rendered does not stop a commit from publishing others', async () => {
    await append(60)
    await current.harness.drain()
    expect((await readStored())![0]).toBe(60)
    expect([await getState(PATH), await getState(broken)]).toEqual([
      { stale: 0, claimed: 0 },
      { stale: 1, claimed: 1 },
    ])
  })

  test('a document that cannot be rendered does not stop cron, which claims it again whenever its claim expires', async () => {
    await makeStale()
    await env.CACHE.put(kvKey(`1${PATH}`, PAYLOAD_VERSION), 'wrong')
    expect(await publishStale(current.harness.isolate)).toBeGreaterThan(1)
    expect(await readStored()).toHaveLength(20)
    expect([await getState(PATH), await getState(broken)]).toEqual([
      { stale: 0, claimed: 0 },
      { stale: 1, claimed: 1 },
    ])
    expect(await publishStale(current.harness.isolate)).toBe(0)
    current.harness.clock.advance(61_000)
    expect(await publishStale(current.harness.isolate)).toBe(1)
    expect(await getState(broken)).toMatchObject({ stale: 1 })
    current.harness.clock.advance(61_000)
    vi.restoreAllMocks()
    expect(await publishStale(current.harness.isolate)).toBe(1)
    expect(await getState(broken)).toEqual({ stale: 0, claimed: 0 })
  })

  test('a document that cannot be rendered keeps no claim if the commit has nothing else to put', async () => {
    const another = '/api/factory/0/chart.svg'
    vi.restoreAllMocks()
    await current.harness.viewer.get(another)
    await current.harness.drain()
    await env.DB.prepare('delete from cache_entries where path = ?').bind(`1${PATH}`).run()
    breakCharts()
    await current.harness.operator.post('/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 60, actual: 1 })) })
    await current.harness.drain()
    for (const each of [broken, another]) expect(await getState(each)).toEqual({ stale: 1, claimed: 0 })
    vi.restoreAllMocks()
    expect(await publishStale(current.harness.isolate)).toBe(2)
    for (const each of [broken, another]) expect(await getState(each)).toEqual({ stale: 0, claimed: 0 })
  })
})

test('a commit of the operator marks entries as stale and claims none, so that cron publishes them', async () => {
  const actor = { organisationPk: 1, key: null, requestId: 'load', userAgent: null, country: null }
  const mutation = upsertReadings(actor, 1, [{ time: 60, actual: 1 }])
  await env.DB.batch(renderCommit(actor, mutation, current.harness.clock.now()).map((statement) => env.DB.prepare(statement)))
  expect([await isPublished(), (await readRow()).claimed_by, (await readRow()).claimed_until]).toEqual([false, null, 0])
  expect(await publishStale(current.harness.isolate)).toBe(1)
  expect([await isPublished(), (await readStored())![0]]).toEqual([true, 60])
})
