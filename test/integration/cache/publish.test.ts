import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { renderCommit } from '../../../src/cli/render-sql.ts'
import { chartSvgDocument } from '../../../src/documents/registry.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { publishStale, reconcile, keepPublicListsLeased } from '../../../src/jobs/cache-upkeep.ts'
import { appendReadings } from '../../../src/commands/readings.ts'
import type { Copy } from '../../support/entry-row.ts'
import { isCommit, LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let world: Harness
let d1: ReturnType<typeof makeFaultyD1>
/** What the next puts and deletes say instead of doing their work; undefined lets them. */
let refusals: (string | undefined)[]
let writes: string[]

const refusing = () => {
  const call =
    (name: 'put' | 'delete') =>
    async (...args: unknown[]) => {
      const refusal = refusals.shift()
      writes.push(name)
      if (refusal) throw new Error(refusal)
      return (env.CACHE[name] as (...given: unknown[]) => Promise<void>)(...args)
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
  refusals = []
  writes = []
  d1 = makeFaultyD1()
  world = await createHarness({ DB: d1.binding, CACHE: refusing() })
  await world.viewer.get(path)
  await world.settle()
  writes = []
})
afterEach(async () => {
  d1.decide = () => undefined
  refusals = []
  await world.settle()
})

const row = async () => (await env.DB.prepare('select * from copies where path = ?').bind(`1${path}`).first<Copy>())!
const kept = () => env.CACHE.get<number[]>(kvKey(`1${path}`, PAYLOAD_VERSION), 'json')
const append = (time: number) => world.operator.post(chart, { time, actual: 1 })
const isClean = async () => {
  const { stale_seq, published_seq, claimed_by } = await row()
  return stale_seq <= published_seq && claimed_by === null
}
const endLeaseSoon = () =>
  env.DB.prepare('update copies set leased_until = ?')
    .bind(world.clock.now() + 30_000)
    .run()

describe('KV that', () => {
  test('refuses a put cleanly is asked again by the same holder', async () => {
    refusals = [TOO_MANY, TOO_MANY]
    await append(60)
    await world.settle()
    expect([writes, await isClean(), (await kept())![0]]).toEqual([['put', 'put', 'put'], true, 60])
  })

  test('refuses for ever is left to cron when the time is up, with the claim given back', async () => {
    refusals = Array.from({ length: 100 }, () => TOO_MANY)
    await append(60)
    await world.settle()
    expect(writes.length).toBeLessThan(30)
    expect([(await row()).claimed_by, await isClean()]).toEqual([null, false])
    refusals = []
    expect(await publishStale(world.isolate)).toBe(1)
    expect([await isClean(), (await kept())![0]]).toEqual([true, 60])
  })

  test('fails in doubt keeps the claim to its end, and nobody puts before', async () => {
    refusals = [FAILED]
    await append(60)
    await world.settle()
    await append(120)
    await world.settle()
    expect([writes, await publishStale(world.isolate), await isClean()]).toEqual([['put'], 0, false])
    world.clock.advance(61_000)
    expect(await publishStale(world.isolate)).toBe(1)
    expect([await isClean(), (await kept())!.slice(0, 2)]).toEqual([true, [60, 120]])
  })

  test('refuses a delete cleanly is asked again', async () => {
    await endLeaseSoon()
    refusals = [TOO_MANY]
    await append(60)
    await world.settle()
    expect([writes, await kept()]).toEqual([['delete', 'delete'], null])
  })

  test('fails to delete leaves the claim where it is', async () => {
    await endLeaseSoon()
    refusals = [FAILED]
    await append(60)
    await world.settle()
    expect([writes, (await row()).claimed_by]).toEqual([['delete'], expect.any(String)])
  })
})

describe('a database that', () => {
  test('fails while a copy is assembled gives it back to cron', async () => {
    d1.decide = ({ sql }) => (sql.includes('max(seq)') && !isCommit({ start: '', sql }) ? { before: LOST } : undefined)
    expect((await append(60)).status).toBe(200)
    await world.settle()
    d1.decide = () => undefined
    world.clock.advance(61_000)
    await publishStale(world.isolate)
    expect([await isClean(), (await kept())![0]]).toEqual([true, 60])
  })

  test('takes half the claim to assemble puts nothing any more', async () => {
    d1.decide = ({ sql }) => {
      if (sql.includes('max(seq)') && !isCommit({ start: '', sql })) world.clock.advance(31_000)
      return undefined
    }
    await append(60)
    await world.settle()
    expect([writes, (await row()).claimed_by]).toEqual([[], null])
  })

  test('stops a batch for no reason that it can name is asked three times', async () => {
    d1.decide = (trip) => (isCommit(trip) ? { before: 'D1_ERROR: malformed JSON: SQLITE_ERROR' } : undefined)
    expect((await append(60)).status).toBe(503)
    const etag = (await world.viewer.get('/api/factory/1/profile')).headers.get('ETag')!
    expect((await world.engineer.patch('/api/factory/1', { name: 'x' }, { 'If-Match': etag })).status).toBe(412)
    expect(d1.trips.filter(isCommit).length).toBeGreaterThanOrEqual(6)
  })
})

describe('a document that cannot be assembled holds up no other', () => {
  const ill = '/api/factory/1/chart.svg'
  const stateOf = async (of: string) =>
    env.DB.prepare('select stale_seq > published_seq as dirty, claimed_by is not null as claimed from copies where path = ?')
      .bind(`1${of}`)
      .first<{ dirty: number; claimed: number }>()
  const breakPictures = () =>
    vi.spyOn(chartSvgDocument, 'render').mockImplementation(() => {
      throw new Error('no such zone here')
    })
  beforeEach(async () => {
    await world.viewer.get(ill)
    await world.settle()
    breakPictures()
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('whether a commit publishes', async () => {
    await append(60)
    await world.settle()
    expect((await kept())![0]).toBe(60)
    expect([await stateOf(path), await stateOf(ill)]).toEqual([
      { dirty: 0, claimed: 0 },
      { dirty: 1, claimed: 1 },
    ])
  })

  test('or cron, which takes it on again each time its claim has run out, until it can', async () => {
    await env.DB.prepare('update copies set published_seq = -1, stale_since = 0, etag = null').run()
    await env.CACHE.put(kvKey(`1${path}`, PAYLOAD_VERSION), 'wrong')
    expect(await publishStale(world.isolate)).toBeGreaterThan(1)
    expect(await kept()).toHaveLength(20)
    expect([await stateOf(path), await stateOf(ill)]).toEqual([
      { dirty: 0, claimed: 0 },
      { dirty: 1, claimed: 1 },
    ])
    expect(await publishStale(world.isolate)).toBe(0)
    world.clock.advance(61_000)
    expect(await publishStale(world.isolate)).toBe(1)
    expect(await stateOf(ill)).toMatchObject({ dirty: 1 })
    world.clock.advance(61_000)
    vi.restoreAllMocks()
    expect(await publishStale(world.isolate)).toBe(1)
    expect(await stateOf(ill)).toEqual({ dirty: 0, claimed: 0 })
  })

  test('nor keeps a claim where nothing else is to be put: cron takes it on at the next minute', async () => {
    const another = '/api/factory/0/chart.svg'
    vi.restoreAllMocks()
    await world.viewer.get(another)
    await world.settle()
    await env.DB.prepare('delete from copies where path = ?').bind(`1${path}`).run()
    breakPictures()
    await world.operator.post('/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 60, actual: 1 })) })
    await world.settle()
    for (const each of [ill, another]) expect(await stateOf(each)).toEqual({ dirty: 1, claimed: 0 })
    vi.restoreAllMocks()
    expect(await publishStale(world.isolate)).toBe(2)
    for (const each of [ill, another]) expect(await stateOf(each)).toEqual({ dirty: 0, claimed: 0 })
  })
})

test('what an operator commits without a Worker is marked and claimed by nobody, so that cron puts it', async () => {
  const author = { organisation: 1, key: null, requestId: 'load', userAgent: null, country: null }
  const draft = appendReadings(author, 1, [{ time: 60, actual: 1 }])
  await env.DB.batch(renderCommit(author, draft, world.clock.now()).map((statement) => env.DB.prepare(statement)))
  expect([await isClean(), (await row()).claimed_by, (await row()).claimed_until]).toEqual([false, null, 0])
  expect(await publishStale(world.isolate)).toBe(1)
  expect([await isClean(), (await kept())![0]]).toEqual([true, 60])
})

test('a copy of another release is taken away by a write that would change it, and one that nobody knows too', async () => {
  const stray = (key: string, version: number) =>
    env.DB.prepare('insert into copies (path, version, leased_until, stale_seq, published_seq) values (?, ?, ?, 0, 0)')
      .bind(key, version, world.clock.now() + 600_000)
      .run()
  await stray(`1${path}`, 0)
  await stray('1/api/factory/1/chart-data?moon=full', PAYLOAD_VERSION)
  await env.CACHE.put(kvKey(`1${path}`, 0), 'old')
  await env.CACHE.put(kvKey('1/api/factory/1/chart-data?moon=full', PAYLOAD_VERSION), 'odd')
  await append(60)
  await world.settle()
  const { keys } = await env.CACHE.list()
  expect(keys.map(({ name }) => name)).toEqual([kvKey(`1${path}`, PAYLOAD_VERSION)])
})

test('KV is compared page by page, and what is without a label or unknown is put right', async () => {
  await env.CACHE.put(kvKey(`1${path}`, PAYLOAD_VERSION), 'no label')
  await env.CACHE.put('ready', 'none of ours')
  await env.CACHE.put(kvKey('1/api/factory/7/time', PAYLOAD_VERSION), 'stray')
  const paged = new Proxy(env.CACHE, {
    get: (kv, name) => {
      if (name === 'list') return async ({ cursor }: { cursor?: string }) => kv.list({ limit: 1, ...(cursor && { cursor }) })
      const member: unknown = Reflect.get(kv, name)
      return typeof member === 'function' ? (member.bind(kv) as unknown) : member
    },
  })
  const isolate = newIsolate(world.clock, { CACHE: paged })
  world.clock.advance(100_000)
  expect(await reconcile(isolate)).toEqual({ differing: 1, unknown: 1 })
  expect(await publishStale(isolate)).toBe(1)
  expect((await kept())![0]).toBe(1611204818)
  expect(await reconcile(isolate)).toEqual({ differing: 0, unknown: 0 })
})

test('reconcile reads a directory of any length, and judges no entry beyond the last key that it listed', async () => {
  const lapse = world.clock.now() + 3_600_000
  await env.DB.prepare(
    `with recursive n(n) as (select 10000 union all select n + 1 from n where n < 16000)
    insert into copies (path, version, leased_until, stale_seq, published_seq, published_at, etag)
    select '1/api/factory/' || n || '/time', ?, ?, 0, 0, 0, '"missing"' from n`,
  )
    .bind(PAYLOAD_VERSION, lapse)
    .run()
  const [first, last] = [11_000, 12_000].map((id) => kvKey(`1/api/factory/${id}/time`, PAYLOAD_VERSION))
  const listing = (pages: { keys: { name: string }[]; list_complete: boolean }[]) =>
    newIsolate(world.clock, {
      CACHE: { ...refusing(), list: async () => ({ ...(pages.length > 1 ? pages.shift()! : pages[0]!), cursor: 'next' }) } as never,
    })
  world.clock.advance(100_000)
  // Lists that never end: every page repeats the last key, so only the entries up to it can be judged.
  const endless = listing([{ keys: [{ name: first! }, { name: last! }], list_complete: false }])
  // The entry that is read in every test of this file comes before them.
  const upToLast = 1 + (12_000 - 10_000 + 1)
  expect((await reconcile(endless)).differing).toBe(upToLast)
  const complete = listing([{ keys: [], list_complete: true }])
  expect((await reconcile(complete)).differing).toBe(6_002 - upToLast)
})

test('with nobody public there is nothing to keep warm', async () => {
  expect(await keepPublicListsLeased(newIsolate(world.clock, { PUBLIC_ORGANISATION: '' }))).toBe(0)
  expect(await keepPublicListsLeased(newIsolate(world.clock, { PUBLIC_ORGANISATION: 'nobody' }))).toBe(0)
})
