import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { findStaleEntries } from '../../support/find-stale-entries.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

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

let bound: Env | undefined

export default {
  async fetch(request, env, context) {
    bound ??= {
      ...env,
      DB: slowDatabase(env.DB),
      CACHE: heldKv(env.CACHE),
      ...UNLIMITED,
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
        return Response.json(await findStaleEntries(env))
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
