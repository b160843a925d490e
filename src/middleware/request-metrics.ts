import type { Identity, Isolate, RequestIsolate } from '../runtime/isolate.ts'
import { LIGHT_ROWS } from '../db/retry.ts'
import type { Usage } from '../runtime/operation-budget.ts'
import type { RequestTerms } from '../runtime/database-queue.ts'
import type { AppContext } from './app-env.ts'
import { spendAllowance } from './rate-limit.ts'

/** Database and KV usage of one request so far, with durations. */
export interface RequestMetrics extends Usage {
  /** Completed statements. Each statement of a batch counts. */
  queries: number
  rowsRead: number
  rowsWritten: number
  /** Milliseconds by kind of work. Durations of concurrent calls are added. */
  spent: Spent
  /** Calls in progress with their start times. A response does not wait for all of them. */
  waiting: Set<{ used: Used; begun: number }>
}

/** Kinds of work, in the order in which a read does them. `assemble` builds a payload from the database and includes `d1`. */
const USED = ['memory', 'kv', 'd1', 'assemble'] as const
export type Used = (typeof USED)[number]
export type Spent = Partial<Record<Used, number>>

export const createMetrics = (): RequestMetrics => ({
  begun: 0,
  queries: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
  spent: {},
  waiting: new Set(),
})

const add = (spent: Spent, used: Used, ms: number) => {
  spent[used] = (spent[used] ?? 0) + ms
}

/** Adds milliseconds to a kind of work. */
export const addTime = ({ spent }: RequestMetrics, used: Used, ms: number): void => add(spent, used, ms)

/** Returns the milliseconds by kind of work, including calls in progress, in the order of `USED`. */
export const elapsed = ({ spent, waiting }: RequestMetrics, now: number): Spent => {
  const all = { ...spent }
  for (const { used, begun } of waiting) add(all, used, now - begun)
  const ordered: Spent = {}
  for (const used of USED) if (all[used] !== undefined) ordered[used] = all[used]
  return ordered
}

/** Adds the duration of work, whether it succeeds or fails. */
export const measure = async <T>({ clock }: Isolate, metrics: RequestMetrics, used: Used, work: Promise<T>): Promise<T> => {
  const wait = { used, begun: clock.now() }
  metrics.waiting.add(wait)
  try {
    return await work
  } finally {
    metrics.waiting.delete(wait)
    addTime(metrics, used, clock.now() - wait.begun)
  }
}

/** Builds Server-Timing (https://www.w3.org/TR/server-timing/). A response without counted work shows the time of the Worker. */
export const serverTiming = (spent: Spent, workerMs: number): string => {
  const used = Object.entries(spent)
  return (used.length ? used : [['worker', workerMs] as const]).map(([name, ms]) => `${name};dur=${ms}`).join(', ')
}

const count = (metrics: RequestMetrics, results: D1Result[]) => {
  metrics.queries += results.length
  for (const { meta } of results) {
    metrics.rowsRead += meta.rows_read
    metrics.rowsWritten += meta.rows_written
  }
}

/**
 * Wraps a prepared statement so that it counts its usage. `raw` has no metadata, so the wrapper converts the objects of `all`, whose
 * members have the order of the columns. Of two columns with the same name one would be lost, as in a batch.
 */
const meteredQuery = (
  isolate: Isolate,
  statement: D1PreparedStatement,
  metrics: RequestMetrics,
  originals: WeakMap<object, D1PreparedStatement>,
): object => {
  const run = async () => {
    metrics.begun++
    const result = await measure(isolate, metrics, 'd1', statement.all())
    count(metrics, [result])
    return result
  }
  const wrapped = {
    bind: (...values: unknown[]) => meteredQuery(isolate, statement.bind(...values), metrics, originals),
    raw: async () => (await run()).results.map((row) => Object.values(row)),
    all: run,
    run,
  }
  originals.set(wrapped, statement)
  return wrapped
}

const meteredDatabase = (isolate: Isolate, metrics: RequestMetrics): D1Database => {
  const { database } = isolate
  const originals = new WeakMap<object, D1PreparedStatement>()
  const withSession = (start: string) => {
    const session = database.withSession(start)
    return {
      getBookmark: () => session.getBookmark(),
      prepare: (query: string) => meteredQuery(isolate, session.prepare(query), metrics, originals),
      batch: async (statements: object[]) => {
        metrics.begun += statements.length
        const results = await measure(isolate, metrics, 'd1', session.batch(statements.map((statement) => originals.get(statement)!)))
        count(metrics, results)
        return results
      },
    }
  }
  return {
    withSession,
    prepare: (query: string) => meteredQuery(isolate, database.prepare(query), metrics, originals),
  } as unknown as D1Database
}

const meteredKv = (isolate: Isolate, metrics: RequestMetrics): KVNamespace => {
  const calls = isolate.kv as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const counted =
    (kind: 'kvReads' | 'kvWrites', name: string) =>
    (...args: unknown[]) => {
      metrics[kind]++
      return measure(isolate, metrics, 'kv', calls[name]!(...args))
    }
  return {
    get: counted('kvReads', 'get'),
    getWithMetadata: counted('kvReads', 'getWithMetadata'),
    list: counted('kvReads', 'list'),
    put: counted('kvWrites', 'put'),
    delete: counted('kvWrites', 'delete'),
  } as unknown as KVNamespace
}

/** Returns the isolate with a database and KV that count their usage. */
export const withMetrics = (metrics: RequestMetrics, isolate: Isolate): Isolate => ({
  ...isolate,
  usage: metrics,
  database: meteredDatabase(isolate, metrics),
  kv: meteredKv(isolate, metrics),
})

/**
 * Returns the isolate for one request. Its queries and KV calls are counted for the request, spend the allowances of its key or address,
 * and wait in its queue.
 */
export const forRequest = (c: AppContext, isolate: Isolate): RequestIsolate => {
  const metrics = c.get('metrics')
  const key = (c.get('identity') as Identity | undefined)?.key ?? null
  const request: RequestTerms = {
    queue: key === null ? 'anonymous' : 'read',
    pay: (rows) => spendAllowance(isolate, rows > LIGHT_ROWS ? 'large' : 'database', key, c.req.raw),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  }
  return { ...withMetrics(metrics, isolate), request }
}
