import type { Isolate } from '../runtime/isolate.ts'
import { createMetrics, measure } from './request-metrics.ts'
import type { Measured, RequestMetrics } from './request-metrics.ts'

/** An isolate whose calls of database and KV are counted in `usage`, with their durations. */
export type MeasuredIsolate = Isolate & Measured

const count = ({ usage }: Measured, results: D1Result[]) => {
  usage.queries += results.length
  for (const { meta } of results) {
    usage.rowsRead += meta.rows_read
    usage.rowsWritten += meta.rows_written
  }
}

/**
 * Wraps a prepared statement so that it counts its usage. `raw` has no metadata, so the wrapper converts the objects of `all`, whose
 * members have the order of the columns. Of two columns with the same name one would be lost, as in a batch.
 */
const measureQuery = (measured: Measured, statement: D1PreparedStatement, originals: WeakMap<object, D1PreparedStatement>): object => {
  const run = async () => {
    measured.usage.begun++
    const result = await measure(measured, 'd1', statement.all())
    count(measured, [result])
    return result
  }
  const wrapped = {
    bind: (...values: unknown[]) => measureQuery(measured, statement.bind(...values), originals),
    raw: async () => (await run()).results.map((row) => Object.values(row)),
    all: run,
    run,
  }
  originals.set(wrapped, statement)
  return wrapped
}

const measureDatabase = (measured: Measured, database: D1Database): D1Database => {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const withSession = (start: string) => {
    const session = database.withSession(start)
    return {
      getBookmark: () => session.getBookmark(),
      prepare: (query: string) => measureQuery(measured, session.prepare(query), originals),
      batch: async (statements: object[]) => {
        measured.usage.begun += statements.length
        const results = await measure(measured, 'd1', session.batch(statements.map((statement) => originals.get(statement)!)))
        count(measured, results)
        return results
      },
    }
  }
  return {
    withSession,
    prepare: (query: string) => measureQuery(measured, database.prepare(query), originals),
  } as unknown as D1Database
}

const measureKv = (measured: Measured, kv: KVNamespace): KVNamespace => {
  const calls = kv as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const counted =
    (kind: 'kvReads' | 'kvWrites', name: string) =>
    (...args: unknown[]) => {
      measured.usage[kind]++
      return measure(measured, 'kv', calls[name]!(...args))
    }
  return {
    get: counted('kvReads', 'get'),
    getWithMetadata: counted('kvReads', 'getWithMetadata'),
    list: counted('kvReads', 'list'),
    put: counted('kvWrites', 'put'),
    delete: counted('kvWrites', 'delete'),
  } as unknown as KVNamespace
}

/** Returns the isolate with a database and KV that count their usage, which starts at 0. */
export const measureIsolate = (isolate: Isolate): MeasuredIsolate => {
  const usage: RequestMetrics = createMetrics()
  const measured = { clock: isolate.clock, usage }
  return { ...isolate, usage, database: measureDatabase(measured, isolate.database), kv: measureKv(measured, isolate.kv) }
}
