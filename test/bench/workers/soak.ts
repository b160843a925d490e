import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { findStaleEntries } from '../../support/find-stale-entries.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/** What `GET /soak` answers: work under way, and how many calls were made to go wrong. */
export interface Soaked {
  pending: number
  spoilt: { d1: number; kv: number }
}

/** The share of calls to database and KV that go wrong. */
let share = 0
let pending = 0
const spoilt = { d1: 0, kv: 0 }

// What goes wrong here is meant to, and would fill the page.
for (const level of ['log', 'warn', 'error'] as const) console[level] = () => {}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Longer than anyone here waits for anything. */
const HANG_MS = 30_000
const SLOW_MS = 1_500

/** A call that fails before it does anything, or after it; that is slow, or that hangs: or, mostly, one that goes well. */
const attempt = async <T>(kind: 'd1' | 'kv', words: string, go: () => Promise<T>): Promise<T> => {
  if (Math.random() >= share) return go()
  spoilt[kind]++
  const fate = Math.floor(4 * Math.random())
  if (fate === 0) throw new Error(words)
  if (fate === 1) {
    await go()
    throw new Error(words)
  }
  if (fate === 2) {
    await pause(SLOW_MS * Math.random())
    return go()
  }
  await pause(HANG_MS)
  throw new Error(words)
}

const LOST = 'D1_ERROR: Network connection lost.'
interface Bound {
  real: D1PreparedStatement
}

const bound = (real: D1PreparedStatement): unknown => ({
  real,
  bind: (...values: unknown[]) => bound(real.bind(...values)),
  all: () => attempt('d1', LOST, () => real.all()),
  run: () => attempt('d1', LOST, () => real.run()),
  raw: () => attempt('d1', LOST, () => real.raw()),
})

const talk = (real: D1DatabaseSession | D1Database) => ({
  prepare: (sql: string) => bound(real.prepare(sql)),
  batch: (statements: Bound[]) => attempt('d1', LOST, () => real.batch(statements.map((statement) => statement.real))),
  getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
})

const spoil = (env: Env): Env => {
  const kv =
    (method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list') =>
    (...given: unknown[]) =>
      attempt('kv', 'KV failed: 500 Internal Server Error', () =>
        (env.CACHE[method] as (...given: unknown[]) => Promise<unknown>)(...given),
      )
  return {
    ...env,
    DB: { ...talk(env.DB), withSession: (start: string) => talk(env.DB.withSession(start)) } as unknown as D1Database,
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

let spoiled: Env | undefined

/**
 * The production bundle with bindings that go wrong. `POST /soak?<share>` says how often, `GET /soak` what is under way,
 * `POST /tick?<minute>` is a tick of cron, `GET /coherence` looks at every copy with bindings that work.
 */
export default {
  async fetch(request, env, context) {
    spoiled ??= spoil(env)
    const { pathname, search } = new URL(request.url)
    if (pathname === '/soak') {
      if (request.method === 'POST') share = Number(search.slice(1))
      return Response.json({ pending, spoilt } satisfies Soaked)
    }
    if (pathname === '/coherence') return Response.json(await findStaleEntries(env))
    if (pathname === '/tick') {
      const controller = { scheduledTime: 60_000 * Number(search.slice(1)), cron: '* * * * *', noRetry: () => {} } as ScheduledController
      await production.scheduled(controller, spoiled)
      return new Response()
    }
    const waitUntil = (work: Promise<unknown>) => {
      pending++
      context.waitUntil(work.finally(() => pending--))
    }
    return production.fetch(request, spoiled, { waitUntil, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext)
  },
} satisfies ExportedHandler<Env>
