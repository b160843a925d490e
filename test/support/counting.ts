import type { Env } from '../../src/runtime/env.ts'

/** Billed and slow operations: calls of the bindings since the last `take`. */
export interface Counts {
  /** Round trips to D1. A batch is one. */
  trips: number
  /** Statements in them. */
  statements: number
  rowsRead: number
  rowsWritten: number
  kvReads: number
  kvPuts: number
  kvDeletes: number
  kvLists: number
}

/** No operations. */
const NO_OPERATIONS: Counts = {
  trips: 0,
  statements: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvPuts: 0,
  kvDeletes: 0,
  kvLists: 0,
}

/** A statement as it was sent to D1. */
export interface Sent {
  sql: string
  params: unknown[]
}

interface Bound extends Sent {
  real: D1PreparedStatement
}

/** Counting bindings. */
export interface Counter {
  env: Env
  /** Returns the counts since the last `take`, and resets them. */
  take(): Counts
  /** The statements of each trip since the last `take`. */
  trips: Sent[][]
}

/** Returns bindings that count their calls, independent of the metrics of the Worker. */
export const countBindings = <E extends Env>(env: E): Counter => {
  let counts = { ...NO_OPERATIONS }
  let trips: Sent[][] = []

  /** Counts a trip. A batch that a guard stops is one too, but D1 does not report its rows. */
  const recordTrip = (statements: Sent[]) => {
    counts.trips++
    counts.statements += statements.length
    trips.push(statements.map(({ sql, params }) => ({ sql, params })))
  }
  const recordRows = (results: D1Result[]) => {
    for (const { meta } of results) {
      counts.rowsRead += meta.rows_read
      counts.rowsWritten += meta.rows_written
    }
  }
  const counted = async <T>(statement: Bound, run: () => Promise<D1Result<T>>) => {
    recordTrip([statement])
    const result = await run()
    recordRows([result])
    return result
  }
  const bound = (sql: string, params: unknown[], real: D1PreparedStatement): unknown => {
    const statement: Bound = { sql, params, real }
    return {
      ...statement,
      bind: (...values: unknown[]) => bound(sql, values, real.bind(...values)),
      all: () => counted(statement, () => real.all()),
      run: () => counted(statement, () => real.run()),
      first: async () => (await counted(statement, () => real.all())).results[0] ?? null,
      // `raw` returns no row counts, so the statement, which only reads, runs a second time with `all`.
      raw: async () => {
        await counted(statement, () => real.all())
        return real.raw()
      },
    }
  }
  const wrapSession = (real: D1DatabaseSession | D1Database) => ({
    prepare: (sql: string) => bound(sql, [], real.prepare(sql)),
    batch: async (statements: Bound[]) => {
      recordTrip(statements)
      const results = await real.batch(statements.map((statement) => statement.real))
      recordRows(results)
      return results
    },
    getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
  })
  const counting =
    (figure: 'kvReads' | 'kvPuts' | 'kvDeletes' | 'kvLists', method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list') =>
    (...args: unknown[]) => {
      counts[figure]++
      return (env.CACHE[method] as (...args: unknown[]) => unknown)(...args)
    }
  return {
    env: {
      ...env,
      DB: { ...wrapSession(env.DB), withSession: (start: string) => wrapSession(env.DB.withSession(start)) } as unknown as D1Database,
      CACHE: {
        get: counting('kvReads', 'get'),
        getWithMetadata: counting('kvReads', 'getWithMetadata'),
        put: counting('kvPuts', 'put'),
        delete: counting('kvDeletes', 'delete'),
        list: counting('kvLists', 'list'),
      } as unknown as KVNamespace,
    },
    take() {
      const taken = counts
      counts = { ...NO_OPERATIONS }
      trips = []
      return taken
    },
    get trips() {
      return trips
    },
  }
}
