import type { Isolate } from '../isolate.ts'
import type { RequestContext } from './context.ts'

/** What one request has asked of the database and KV until now. */
export interface Meter {
  /** Statements, each of a batch counted. */
  queries: number
  rowsRead: number
  rowsWritten: number
  kvReads: number
  kvWrites: number
}

export const newMeter = (): Meter => ({ queries: 0, rowsRead: 0, rowsWritten: 0, kvReads: 0, kvWrites: 0 })

const countRows = (meter: Meter, results: D1Result[]) => {
  for (const { meta } of results) {
    meter.rowsRead += meta.rows_read
    meter.rowsWritten += meta.rows_written
  }
}

/** A statement that stands alone. Of its rows the ones are counted that it gives back, for what else it says is not passed on. */
const counting = (statement: D1PreparedStatement, meter: Meter, originals: WeakMap<object, D1PreparedStatement>): object => {
  const wrapped = {
    bind: (...values: unknown[]) => counting(statement.bind(...values), meter, originals),
    raw: async () => {
      const rows = await statement.raw()
      meter.rowsRead += rows.length
      return rows
    },
    all: async () => {
      const result = await statement.all()
      countRows(meter, [result])
      return result
    },
    run: async () => {
      const result = await statement.run()
      countRows(meter, [result])
      return result
    },
  }
  originals.set(wrapped, statement)
  return wrapped
}

const meteredDatabase = (database: D1Database, meter: Meter): D1Database => {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const withSession = (start: string) => {
    const session = database.withSession(start)
    return {
      getBookmark: () => session.getBookmark(),
      prepare: (query: string) => {
        meter.queries++
        return counting(session.prepare(query), meter, originals)
      },
      batch: async (statements: object[]) => {
        const results = await session.batch(statements.map((statement) => originals.get(statement)!))
        countRows(meter, results)
        return results
      },
    }
  }
  // What is not asked through a session (the size of the database) is not counted.
  return { withSession, prepare: (query: string) => database.prepare(query) } as unknown as D1Database
}

const meteredKv = (kv: KVNamespace, meter: Meter): KVNamespace => {
  const calls = kv as unknown as Record<string, (...given: unknown[]) => unknown>
  const counted = (name: string, kind: 'kvReads' | 'kvWrites') => [
    name,
    (...given: unknown[]) => {
      meter[kind]++
      return calls[name]!(...given)
    },
  ]
  return Object.fromEntries([
    ...['get', 'getWithMetadata', 'list'].map((name) => counted(name, 'kvReads')),
    ...['put', 'delete'].map((name) => counted(name, 'kvWrites')),
  ]) as KVNamespace
}

/** The isolate as one request sees it: the same in everything, but what it asks of database and KV is counted for the request. */
export const countedFor = (c: RequestContext, isolate: Isolate): Isolate => {
  const meter = c.get('meter')
  return { ...isolate, database: meteredDatabase(isolate.database, meter), kv: meteredKv(isolate.kv, meter) }
}
