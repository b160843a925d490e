import production from '../../../src/index.ts'
import { assembleDocument } from '../../../src/cache/assemble.ts'
import { findDocument } from '../../../src/cache/documents.ts'
import { keyOf } from '../../../src/cache/paths.ts'
import { openSession } from '../../../src/db/client.ts'
import { makeIsolate } from '../../../src/isolate.ts'
import type { Env } from '../../../src/isolate.ts'

/**
 * The Worker as it is, over bindings that a test can slow down and hold, and a clock that it can move. What is held waits until
 * the process is killed: puts before they are made, or after they were made and before anybody hears of it.
 */
interface Orders {
  /** Puts that go through before the rest are held; absent: all do. */
  puts?: number
  when?: 'before' | 'after'
  /** How long every trip to the database and to KV takes longer, before and after. */
  slowMs?: number
  /** How far the clock is ahead. */
  aheadMs?: number
}

let orders: Orders = {}
let puts = 0
let held = 0
let steps = 0

const wallNow = Date.now
Date.now = () => wallNow() + (orders.aheadMs ?? 0)

const hold = async () => {
  held++
  await scheduler.wait(3_600_000)
}
const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
  await scheduler.wait(orders.slowMs ?? 0)
  const outcome = await work()
  await scheduler.wait(orders.slowMs ?? 0)
  return outcome
}

const heldKv = (kv: KVNamespace) =>
  ({
    getWithMetadata: (...given: Parameters<KVNamespace['getWithMetadata']>) => slowly(() => kv.getWithMetadata(...given)),
    list: (...given: Parameters<KVNamespace['list']>) => kv.list(...given),
    delete: (key: string) => kv.delete(key),
    put: async (...given: Parameters<KVNamespace['put']>) => {
      const isHeld = puts++ >= (orders.puts ?? Infinity)
      if (isHeld && orders.when === 'before') await hold()
      await slowly(() => kv.put(...given))
      if (isHeld) await hold()
    },
  }) as unknown as KVNamespace

const slowDatabase = (database: D1Database) =>
  ({
    prepare: (query: string) => database.prepare(query),
    withSession: (start: string) => {
      const session = database.withSession(start)
      return {
        prepare: (query: string) => session.prepare(query),
        getBookmark: () => session.getBookmark(),
        batch: (statements: D1PreparedStatement[]) => slowly(() => session.batch(statements)),
      }
    },
  }) as unknown as D1Database

interface Row {
  path: string
  version: number
  stale_seq: number
  published_seq: number
  claimed_by: string | null
}

/** What is wrong with KV and the directory. */
const faultsOf = async (env: Env): Promise<string[]> => {
  const session = openSession(makeIsolate(env), 'first-primary')
  const { results } = await env.DB.prepare('select * from copies').all<Row>()
  const known = new Set(results.map(({ path, version }) => keyOf(path, version)))
  const listed = (await env.CACHE.list()).keys.map(({ name }) => name)
  const ofRows = results.map(async ({ path, version, stale_seq, published_seq, claimed_by }) => {
    const fresh = await assembleDocument(session, findDocument(path)!)
    const present = await env.CACHE.get(keyOf(path, version))
    return [
      ...(stale_seq > published_seq ? [`${path} is dirty`] : []),
      ...(claimed_by === null ? [] : [`${path} is claimed`]),
      ...(present === new TextDecoder().decode(fresh!.body) ? [] : [`${path} differs`]),
    ]
  })
  return [...(await Promise.all(ofRows)).flat(), ...listed.filter((key) => !known.has(key)).map((key) => `${key} has no row`)]
}

const limiter: RateLimit = { limit: async () => ({ success: true }) }
let bound: Env | undefined

export default {
  async fetch(request, env, context) {
    bound ??= {
      ...env,
      DB: slowDatabase(env.DB),
      CACHE: heldKv(env.CACHE),
      READ_LIMIT: limiter,
      BODY_LIMIT: limiter,
      WRITE_LIMIT: limiter,
      ADMIN_LIMIT: limiter,
      FAILED_KEYS: limiter,
    }
    const { pathname } = new URL(request.url)
    switch (pathname) {
      case '/test/orders':
        orders = await request.json<Orders>()
        puts = 0
        return Response.json({})
      case '/test/held':
        return Response.json(held)
      case '/test/faults':
        return Response.json(await faultsOf(env))
      case '/test/sql':
        return Response.json((await env.DB.prepare(await request.text()).all()).results)
      case '/test/cron':
        await production.scheduled({ scheduledTime: Date.now(), cron: '', noRetry() {} }, bound)
        return Response.json({})
      // A handler that goes on while its client is there.
      case '/test/steps':
        for (steps = 0; steps < 20; steps++) await scheduler.wait(20)
        return Response.json(steps)
      case '/test/steps-taken':
        return Response.json(steps)
    }
    return production.fetch(request, bound, context)
  },
} satisfies ExportedHandler<Env>
