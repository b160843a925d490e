import { env } from 'cloudflare:workers'
import { afterEach, beforeEach } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { EntryRow } from './entry-row.ts'
import { makeFaultyD1 } from './fault-injection.ts'
import { createHarness } from './harness.ts'

/** The path of the entry that tests publish, and of the chart whose readings invalidate it. */
export const PATH = '/api/factory/1/time'
export const CHART = '/api/factory/1/chart-data'

/** Returns KV whose next puts and deletes fail with `errors`, of which `undefined` lets a call pass. It lists the calls in `writes`. */
const createRejectingKv = () => {
  const kv = { errors: [] as (string | undefined)[], writes: [] as string[] }
  const call =
    (name: 'put' | 'delete') =>
    async (...args: unknown[]) => {
      const error = kv.errors.shift()
      kv.writes.push(name)
      if (error) throw new Error(error)
      return (env.CACHE[name] as (...args: unknown[]) => Promise<void>)(...args)
    }
  const binding = {
    getWithMetadata: env.CACHE.getWithMetadata.bind(env.CACHE),
    list: env.CACHE.list.bind(env.CACHE),
    put: call('put'),
    delete: call('delete'),
  } as unknown as KVNamespace
  return Object.assign(kv, { binding })
}

const createPublishing = async () => {
  const kv = createRejectingKv()
  const d1 = makeFaultyD1()
  return { kv, d1, harness: await createHarness({ DB: d1.binding, CACHE: kv.binding }) }
}

/** Publishes an entry before each test, with D1 and KV that can fail. Returns the harness and its bindings of the current test. */
export const usePublishing = () => {
  const current = {} as Awaited<ReturnType<typeof createPublishing>>
  beforeEach(async () => {
    Object.assign(current, await createPublishing())
    await current.harness.viewer.get(PATH)
    await current.harness.drain()
    current.kv.writes = []
  })
  afterEach(async () => {
    current.d1.decide = () => undefined
    current.kv.errors = []
    await current.harness.drain()
  })
  return current
}

/** Returns the row of the entry. */
export const readRow = async () => (await env.DB.prepare('select * from cache_entries where path = ?').bind(`1${PATH}`).first<EntryRow>())!

/** Returns the payload in KV. */
export const readStored = () => env.CACHE.get<number[]>(kvKey(`1${PATH}`, PAYLOAD_VERSION), 'json')

/** True if the entry is current and unclaimed. */
export const isPublished = async () => {
  const { stale_seq, published_seq, claimed_by } = await readRow()
  return stale_seq <= published_seq && claimed_by === null
}

/** Makes all entries stale, with unknown content of KV. */
export const makeStale = () => env.DB.prepare('update cache_entries set published_seq = -1, stale_since = 0, etag = null').run()
