import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { findStaleEntries } from '../../support/find-stale-entries.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/**
 * The production Worker over bindings that a test can slow down and pause, with a clock that a test can advance. A
 * paused put waits until the process is killed: before it is made, or after it was made and before it returns.
 */
interface Instructions {
  /** Puts that pass before all later ones are paused. All pass if absent. */
  puts?: number
  when?: 'before' | 'after'
  /** Additional duration of every trip to D1 and KV, before and after it. */
  slowMs?: number
  /** Milliseconds by which the clock is ahead. */
  aheadMs?: number
}

let instructions: Instructions = {}
let puts = 0
let paused = 0
let steps = 0

const wallNow = Date.now
Date.now = () => wallNow() + (instructions.aheadMs ?? 0)

const pause = async () => {
  paused++
  await scheduler.wait(3_600_000)
}
const slowDown = async <T>(work: () => Promise<T>): Promise<T> => {
  await scheduler.wait(instructions.slowMs ?? 0)
  const outcome = await work()
  await scheduler.wait(instructions.slowMs ?? 0)
  return outcome
}

const pausableKv = (kv: KVNamespace) =>
  ({
    getWithMetadata: (...args: Parameters<KVNamespace['getWithMetadata']>) => slowDown(() => kv.getWithMetadata(...args)),
    list: (...args: Parameters<KVNamespace['list']>) => kv.list(...args),
    delete: (key: string) => kv.delete(key),
    put: async (...args: Parameters<KVNamespace['put']>) => {
      const isPaused = puts++ >= (instructions.puts ?? Infinity)
      if (isPaused && instructions.when === 'before') await pause()
      await slowDown(() => kv.put(...args))
      if (isPaused) await pause()
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
        batch: (statements: D1PreparedStatement[]) => slowDown(() => session.batch(statements)),
      }
    },
  }) as unknown as D1Database

let bound: Env | undefined

export default {
  async fetch(request, env, context) {
    bound ??= {
      ...env,
      DB: slowDatabase(env.DB),
      CACHE: pausableKv(env.CACHE),
      ...UNLIMITED,
    }
    const { pathname } = new URL(request.url)
    switch (pathname) {
      case '/test/instructions':
        instructions = await request.json<Instructions>()
        puts = 0
        return Response.json({})
      case '/test/paused':
        return Response.json(paused)
      case '/test/faults':
        return Response.json(await findStaleEntries(env))
      case '/test/sql':
        return Response.json((await env.DB.prepare(await request.text()).all()).results)
      case '/test/cron':
        await production.scheduled({ scheduledTime: Date.now(), cron: '', noRetry() {} }, bound)
        return Response.json({})
      // A handler that runs while its client is connected.
      case '/test/steps':
        for (steps = 0; steps < 20; steps++) await scheduler.wait(20)
        return Response.json(steps)
      case '/test/steps-taken':
        return Response.json(steps)
    }
    return production.fetch(request, bound, context)
  },
} satisfies ExportedHandler<Env>
