import type { Identity, Isolate, RequestIsolate } from '../runtime/isolate.ts'
import { LIGHT_ROWS } from '../db/retry.ts'
import type { Usage } from '../runtime/operation-budget.ts'
import type { RequestTerms } from '../runtime/database-queue.ts'
import type { AppContext } from './app-env.ts'
import { spendAllowance } from './rate-limit.ts'

/** What one request has sent to the database and KV until now, and what that took. */
export interface RequestMetrics extends Usage {
  /** Statements that were answered, each of a batch counted. */
  queries: number
  rowsRead: number
  rowsWritten: number
  /** Milliseconds spent with each thing that was used; calls that were under way together count each for itself. */
  spent: Spent
  /** What is being waited for, and since when: an answer does not wait for all of it. */
  waiting: Set<{ used: Used; begun: number }>
}

/** What an answer can be made of. `assemble` is the making of a payload from the database: most of it is `d1`. */
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

/** Notes that something was used, and for how long. */
export const addTime = ({ spent }: RequestMetrics, used: Used, ms: number): void => add(spent, used, ms)

/** What was spent until now, with what is still waited for, in the order in which things are asked. */
export const elapsed = ({ spent, waiting }: RequestMetrics, now: number): Spent => {
  const all = { ...spent }
  for (const { used, begun } of waiting) add(all, used, now - begun)
  const ordered: Spent = {}
  for (const used of USED) if (all[used] !== undefined) ordered[used] = all[used]
  return ordered
}

/** Notes what work takes, whether it comes to anything or not. */
export const measure = async <T>({ clock }: Isolate, meter: RequestMetrics, used: Used, work: Promise<T>): Promise<T> => {
  const wait = { used, begun: clock.now() }
  meter.waiting.add(wait)
  try {
    return await work
  } finally {
    meter.waiting.delete(wait)
    addTime(meter, used, clock.now() - wait.begun)
  }
}

/** Server-Timing (https://www.w3.org/TR/server-timing/). An answer that used nothing tells how long the Worker took. */
export const serverTiming = (spent: Spent, workerMs: number): string => {
  const used = Object.entries(spent)
  return (used.length ? used : [['worker', workerMs] as const]).map(([name, ms]) => `${name};dur=${ms}`).join(', ')
}

const count = (meter: RequestMetrics, results: D1Result[]) => {
  meter.queries += results.length
  for (const { meta } of results) {
    meter.rowsRead += meta.rows_read
    meter.rowsWritten += meta.rows_written
  }
}

/**
 * A statement that stands alone. Bare rows come without figures, so they are made of whole ones, whose members stand in the
 * order of the columns: of two columns of one name one would be lost, as in a batch.
 */
const counting = (
  isolate: Isolate,
  statement: D1PreparedStatement,
  meter: RequestMetrics,
  originals: WeakMap<object, D1PreparedStatement>,
): object => {
  const ask = async () => {
    meter.begun++
    const result = await measure(isolate, meter, 'd1', statement.all())
    count(meter, [result])
    return result
  }
  const wrapped = {
    bind: (...values: unknown[]) => counting(isolate, statement.bind(...values), meter, originals),
    raw: async () => (await ask()).results.map((row) => Object.values(row)),
    all: ask,
    run: ask,
  }
  originals.set(wrapped, statement)
  return wrapped
}

const meteredDatabase = (isolate: Isolate, meter: RequestMetrics): D1Database => {
  const { database } = isolate
  const originals = new WeakMap<object, D1PreparedStatement>()
  const withSession = (start: string) => {
    const session = database.withSession(start)
    return {
      getBookmark: () => session.getBookmark(),
      prepare: (query: string) => counting(isolate, session.prepare(query), meter, originals),
      batch: async (statements: object[]) => {
        meter.begun += statements.length
        const results = await measure(isolate, meter, 'd1', session.batch(statements.map((statement) => originals.get(statement)!)))
        count(meter, results)
        return results
      },
    }
  }
  return { withSession, prepare: (query: string) => counting(isolate, database.prepare(query), meter, originals) } as unknown as D1Database
}

const meteredKv = (isolate: Isolate, meter: RequestMetrics): KVNamespace => {
  const calls = isolate.kv as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
  const counted =
    (kind: 'kvReads' | 'kvWrites', name: string) =>
    (...given: unknown[]) => {
      meter[kind]++
      return measure(isolate, meter, 'kv', calls[name]!(...given))
    }
  return {
    get: counted('kvReads', 'get'),
    getWithMetadata: counted('kvReads', 'getWithMetadata'),
    list: counted('kvReads', 'list'),
    put: counted('kvWrites', 'put'),
    delete: counted('kvWrites', 'delete'),
  } as unknown as KVNamespace
}

/** Returns the isolate with a database and KV that count what they are asked. */
export const withMetrics = (meter: RequestMetrics, isolate: Isolate): Isolate => ({
  ...isolate,
  usage: meter,
  database: meteredDatabase(isolate, meter),
  kv: meteredKv(isolate, meter),
})

/**
 * Returns the isolate as one request sees it: the same in everything, but what it asks of database and KV is counted for the
 * request, paid from its allowances, and put into its queue.
 */
export const forRequest = (c: AppContext, isolate: Isolate): RequestIsolate => {
  const meter = c.get('meter')
  const key = (c.get('identity') as Identity | undefined)?.key ?? null
  const request: RequestTerms = {
    queue: key === null ? 'anonymous' : 'read',
    pay: (rows) => spendAllowance(isolate, rows > LIGHT_ROWS ? 'large' : 'database', key, c.req.raw),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  }
  return { ...withMetrics(meter, isolate), request }
}
