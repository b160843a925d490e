// Promise: a claim belongs to one publisher until its end, and a row of the directory never calls other bytes current.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { lease } from '../../../src/cache/lease.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { publishStale, reconcile } from '../../../src/jobs/cache-upkeep.ts'
import { countBindings } from '../../support/counting.ts'
import type { EntryRow } from '../../support/entry-row.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let harness: Harness
/** Runs before each put. */
let beforePut: () => Promise<unknown>
let puts: number
const watchedKv = new Proxy(env.CACHE, {
  get: (kv, name) => {
    const member: unknown = Reflect.get(kv, name)
    if (typeof member !== 'function') return member
    if (name !== 'put') return member.bind(kv) as unknown
    return async (...args: Parameters<KVNamespace['put']>) => {
      puts++
      await beforePut()
      return kv.put(...args)
    }
  },
})

const path = '/api/factory/1/time'
const key = kvKey(`1${path}`, PAYLOAD_VERSION)

beforeEach(async () => {
  beforePut = async () => {}
  harness = await createHarness({ CACHE: watchedKv })
  await harness.viewer.get(path)
  await harness.drain()
  puts = 0
})

const row = async () => (await env.DB.prepare('select * from cache_entries where path = ?').bind(`1${path}`).first<EntryRow>())!
const setRow = (assignments: string, ...values: unknown[]) =>
  env.DB.prepare(`update cache_entries set ${assignments} where path = ?`)
    .bind(...values, `1${path}`)
    .run()
const stored = () => env.CACHE.getWithMetadata<number[], { leasedUntil: number }>(key, 'json')
let goal = 100
const append = async (time: number) => {
  const response = await harness.operator.post('/api/factory/1/chart-data', { time, goal: goal++ })
  expect(response.status).toBe(200)
  await harness.drain()
  return response.headers.get('x-d1-bookmark')!
}

/** The publishers that claim stale entries. */
const publishers: [name: string, publish: () => Promise<unknown>][] = [
  // The time of this reading is stored already, so the payload keeps its bytes.
  ['a commit', () => append(1611204818)],
  ['a reader', () => lease(harness.isolate, [`1${path}`])],
  ['cron', () => publishStale(harness.isolate)],
]

describe.each(publishers)('%s and the claim of another publisher', (_, publish) => {
  test('a claim is taken over at its end, and not before', async () => {
    const end = harness.clock.now() + 30_000
    await setRow(`stale_seq = published_seq + 1, stale_since = 0, etag = '"x"', claimed_by = 'other', claimed_until = ?`, end)
    harness.clock.advance(29_999)
    await publish()
    expect(await row()).toMatchObject({ claimed_by: 'other', claimed_until: end, etag: '"x"' })
    expect(puts).toBe(0)
    harness.clock.advance(1)
    await publish()
    expect((await row()).claimed_by).toBeNull()
  })

  test('an entry whose claim has expired is put again, although its bytes are those of the last confirmed put', async () => {
    const times = (await stored()).value
    // The lost publisher has put other bytes and has not confirmed them.
    await env.CACHE.put(key, '[1]', { metadata: (await stored()).metadata })
    await setRow(`stale_seq = published_seq + 1, stale_since = 0, claimed_by = 'lost', claimed_until = ?`, harness.clock.now())
    await publish()
    expect((await stored()).value).toEqual(times)
  })
})

test('a reader of an entry that another publisher has claimed writes no row', async () => {
  await setRow(`stale_seq = published_seq + 1, stale_since = 0, claimed_by = 'other', claimed_until = ?`, harness.clock.now() + 1)
  const counter = countBindings(env)
  expect(await lease(newIsolate(harness.clock, counter.env), [`1${path}`])).toBe(0)
  expect(counter.take().rowsWritten).toBe(0)
})

test('a stale entry whose bytes did not change is confirmed without a put, so its lease stays that of the last put', async () => {
  await setRow('stale_seq = published_seq + 1, stale_since = 0')
  harness.clock.advance(60_000)
  const startedAt = harness.clock.now()
  expect(await lease(harness.isolate, [`1${path}`])).toBe(1)
  expect([puts, (await row()).leased_until]).toEqual([0, (await stored()).metadata!.leasedUntil])
  // The publisher waits for the minimum put interval only after a put.
  expect(harness.clock.now()).toBe(startedAt)
})

test('an entry whose lease a reader renews during its put is put again with the new lease', async () => {
  const renewed = harness.clock.now() + 7_000_000
  let isRenewed = false
  beforePut = async () => {
    if (isRenewed) return
    isRenewed = true
    await setRow('leased_until = ?, published_seq = -1, etag = null', renewed)
  }
  await append(60)
  expect(puts).toBe(2)
  expect([(await row()).leased_until, (await stored()).metadata!.leasedUntil]).toEqual([renewed, renewed])
})

test.each([
  ['expired', () => setRow('leased_until = 0')],
  ['missing', () => env.DB.prepare('delete from cache_entries').run()],
])('a bookmark of a commit while the row of an entry was %s is respected after the next lease', async (_, end) => {
  const elsewhere = harness.elsewhere(newIsolate(harness.clock))
  await end()
  // Nothing marks the entry, which the location of the reader still shows.
  const bookmark = await append(60)
  beforePut = () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests'))
  await lease(harness.isolate, [`1${path}`])
  const response = await elsewhere.viewer.get(path, { 'x-d1-bookmark': bookmark })
  expect(await response.json()).toContain(60)
  await elsewhere.drain()
})

describe('reconcile of an entry that KV does not list', () => {
  beforeEach(() => env.CACHE.delete(key))

  test('reconcile marks an entry from 90 s after its put, because KV may list it late', async () => {
    const { published_at } = await row()
    harness.clock.advance(published_at + 89_999 - harness.clock.now())
    expect(await reconcile(harness.isolate)).toMatchObject({ differing: 0 })
    harness.clock.advance(1)
    expect(await reconcile(harness.isolate)).toMatchObject({ differing: 1 })
  })

  test('reconcile marks no entry whose lease has ended', async () => {
    harness.clock.advance((await row()).leased_until - harness.clock.now())
    expect(await reconcile(harness.isolate)).toMatchObject({ differing: 0 })
    expect((await row()).stale_since).toBeNull()
  })
})
