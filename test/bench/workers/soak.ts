import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { findStaleEntries } from '../../support/find-stale-entries.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/** The response of `GET /soak`: pending background tasks, and injected faults. */
export interface Soaked {
  pending: number
  injected: { d1: number; kv: number }
}

/** The share of calls to D1 and KV that fail. */
let share = 0
let pending = 0
const injected = { d1: 0, kv: 0 }

// Injected faults would fill the log.
for (const level of ['log', 'warn', 'error'] as const) console[level] = () => {}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Longer than any time limit of the Worker. */
const HANG_MS = 30_000
const SLOW_MS = 1_500

/** Runs a call normally, or with a random fault: it fails before or after its effect, is slow, or hangs. */
const withFaults = async <T>(kind: 'd1' | 'kv', message: string, run: () => Promise<T>): Promise<T> => {
  if (Math.random() >= share) return run()
  injected[kind]++
  const fault = Math.floor(4 * Math.random())
  if (fault === 0) throw new Error(message)
  if (fault === 1) {
    await run()
    throw new Error(message)
  }
  if (fault === 2) {
    await pause(SLOW_MS * Math.random())
    return run()
  }
  await pause(HANG_MS)
  throw new Error(message)
}

const LOST = 'D1_ERROR: Network connection lost.'
interface Bound {
  real: D1PreparedStatement
}

const bound = (real: D1PreparedStatement): unknown => ({
  real,
  bind: (...values: unknown[]) => bound(real.bind(...values)),
  all: () => withFaults('d1', LOST, () => real.all()),
  run: () => withFaults('d1', LOST, () => real.run()),
  raw: () => withFaults('d1', LOST, () => real.raw()),
})

const wrapSession = (real: D1DatabaseSession | D1Database) => ({
  prepare: (sql: string) => bound(real.prepare(sql)),
  batch: (statements: Bound[]) => withFaults('d1', LOST, () => real.batch(statements.map((statement) => statement.real))),
  getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
})

const injectFaults = (env: Env): Env => {
  const kv =
    (method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list') =>
    (...args: unknown[]) =>
      withFaults('kv', 'KV failed: 500 Internal Server Error', () =>
        (env.CACHE[method] as (...args: unknown[]) => Promise<unknown>)(...args),
      )
  return {
    ...env,
    DB: { ...wrapSession(env.DB), withSession: (start: string) => wrapSession(env.DB.withSession(start)) } as unknown as D1Database,
    CACHE: {
      get: kv('get'),
      getWithMetadata: kv('getWithMetadata'),
      put: kv('put'),
      delete: kv('delete'),
      list: kv('list'),
    } as unknown as KVNamespace,
    ...UNLIMITED,
  }
}

let faulty: Env | undefined

/**
 * The production bundle with faulty bindings. `POST /soak?<share>` sets the share of faults, `GET /soak` returns the
 * state, `POST /cron?<minute>` runs cron, `GET /faults` checks every cache entry with working bindings.
 */
export default {
  async fetch(request, env, context) {
    faulty ??= injectFaults(env)
    const { pathname, search } = new URL(request.url)
    if (pathname === '/soak') {
      if (request.method === 'POST') share = Number(search.slice(1))
      return Response.json({ pending, injected } satisfies Soaked)
    }
    if (pathname === '/faults') return Response.json(await findStaleEntries(env))
    if (pathname === '/cron') {
      const controller = { scheduledTime: 60_000 * Number(search.slice(1)), cron: '* * * * *', noRetry: () => {} } as ScheduledController
      await production.scheduled(controller, faulty)
      return new Response()
    }
    const waitUntil = (work: Promise<unknown>) => {
      pending++
      context.waitUntil(work.finally(() => pending--))
    }
    return production.fetch(request, faulty, { waitUntil, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext)
  },
} satisfies ExportedHandler<Env>
