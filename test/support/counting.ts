import type { Env } from '../../src/runtime/env.ts'

/** What the platform charges for, and what makes a reader wait: operations of the bindings since the last `take`. */
export interface Counts {
  /** Trips to D1: a batch is one. */
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

/** Nothing asked of anybody. */
export const NOTHING: Counts = { trips: 0, statements: 0, rowsRead: 0, rowsWritten: 0, kvReads: 0, kvPuts: 0, kvDeletes: 0, kvLists: 0 }

/** A statement as it was sent. */
export interface Sent {
  sql: string
  params: unknown[]
}

interface Bound extends Sent {
  real: D1PreparedStatement
}

/** Bindings that count what is asked of them. */
export interface Counter {
  env: Env
  /** Counts since the last time, and begins anew. */
  take(): Counts
  /** The statements of each trip since the last `take`. */
  trips: Sent[][]
}

/** Counts at the bindings themselves, so that nothing the Worker thinks of itself is relied on. */
export const countBindings = <E extends Env>(env: E): Counter => {
  let counts = { ...NOTHING }
  let trips: Sent[][] = []

  const note = (statements: Sent[], results: D1Result[]) => {
    counts.trips++
    counts.statements += statements.length
    trips.push(statements.map(({ sql, params }) => ({ sql, params })))
    for (const { meta } of results) {
      counts.rowsRead += meta.rows_read
      counts.rowsWritten += meta.rows_written
    }
  }
  const noted = async <T>(statement: Bound, ask: () => Promise<D1Result<T>>) => {
    const result = await ask()
    note([statement], [result])
    return result
  }
  const bound = (sql: string, params: unknown[], real: D1PreparedStatement): unknown => {
    const statement: Bound = { sql, params, real }
    return {
      ...statement,
      bind: (...values: unknown[]) => bound(sql, values, real.bind(...values)),
      all: () => noted(statement, () => real.all()),
      run: () => noted(statement, () => real.run()),
      first: async () => (await noted(statement, () => real.all())).results[0] ?? null,
      // Bare rows come without figures, so the statement, which only reads, is run for these as well.
      raw: async () => {
        await noted(statement, () => real.all())
        return real.raw()
      },
    }
  }
  const talk = (real: D1DatabaseSession | D1Database) => ({
    prepare: (sql: string) => bound(sql, [], real.prepare(sql)),
    batch: async (statements: Bound[]) => {
      const results = await real.batch(statements.map((statement) => statement.real))
      note(statements, results)
      return results
    },
    getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
  })
  const counted =
    (figure: 'kvReads' | 'kvPuts' | 'kvDeletes' | 'kvLists', method: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list') =>
    (...given: unknown[]) => {
      counts[figure]++
      return (env.CACHE[method] as (...given: unknown[]) => unknown)(...given)
    }
  return {
    env: {
      ...env,
      DB: { ...talk(env.DB), withSession: (start: string) => talk(env.DB.withSession(start)) } as unknown as D1Database,
      CACHE: {
        get: counted('kvReads', 'get'),
        getWithMetadata: counted('kvReads', 'getWithMetadata'),
        put: counted('kvPuts', 'put'),
        delete: counted('kvDeletes', 'delete'),
        list: counted('kvLists', 'list'),
      } as unknown as KVNamespace,
    },
    take() {
      const taken = counts
      counts = { ...NOTHING }
      trips = []
      return taken
    },
    get trips() {
      return trips
    },
  }
}
