import { env } from 'cloudflare:workers'

/** How a binding responds: normally, with an error, or never. */
export type Fault = 'none' | 'fails' | 'hangs'

const applyFault = (fault: Fault, message: string): Promise<void> =>
  fault === 'hangs' ? new Promise(() => {}) : fault === 'fails' ? Promise.reject(new Error(message)) : Promise.resolve()

/** Returns the KV of the test with switchable faults. */
export const makeFaultyKv = () => {
  const faulty = {
    reads: 'none' as Fault,
    writes: 'none' as Fault,
    /** The message of injected errors. */
    message: 'KV failed: 500 Internal Server Error',
    /** Number of `get` and `getWithMetadata` calls. */
    gets: 0,
    binding: undefined as unknown as KVNamespace,
  }
  const call =
    (kind: 'reads' | 'writes', method: 'get' | 'getWithMetadata' | 'list' | 'put' | 'delete') =>
    async (...args: unknown[]) => {
      if (method.startsWith('get')) faulty.gets++
      await applyFault(faulty[kind], faulty.message)
      return (env.CACHE[method] as (...args: unknown[]) => unknown)(...args)
    }
  faulty.binding = {
    get: call('reads', 'get'),
    getWithMetadata: call('reads', 'getWithMetadata'),
    list: call('reads', 'list'),
    put: call('writes', 'put'),
    delete: call('writes', 'delete'),
  } as unknown as KVNamespace
  return faulty
}

/** A round trip to D1: the start of its session, and its SQL. */
export interface Trip {
  start: string
  sql: string
}

/** The outcome of a trip: an error before D1 runs it, success, or an error after D1 has run it. */
export type Ending = { before: string } | { after: string } | undefined

interface Bound {
  real: D1PreparedStatement
  sql: string
}

/** Returns the D1 of the test with injected faults. `decide` returns the outcome of each trip. */
export const makeFaultyD1 = () => {
  const faulty = {
    decide: (_: Trip): Ending | Promise<Ending> => undefined,
    trips: [] as Trip[],
    binding: undefined as unknown as D1Database,
  }
  const runTrip = async <T>(trip: Trip, run: () => Promise<T>): Promise<T> => {
    faulty.trips.push(trip)
    const ending = await faulty.decide(trip)
    if (ending && 'before' in ending) throw new Error(ending.before)
    const result = await run()
    if (ending) throw new Error(ending.after)
    return result
  }
  const bound = (start: string, sql: string, real: D1PreparedStatement): unknown => ({
    real,
    sql,
    bind: (...values: unknown[]) => bound(start, sql, real.bind(...values)),
    all: () => runTrip({ start, sql }, () => real.all()),
    run: () => runTrip({ start, sql }, () => real.run()),
    raw: () => runTrip({ start, sql }, () => real.raw()),
  })
  const wrapSession = (start: string, real: D1DatabaseSession | D1Database) => ({
    prepare: (sql: string) => bound(start, sql, real.prepare(sql)),
    batch: (statements: Bound[]) =>
      runTrip({ start, sql: statements.map(({ sql }) => sql).join(';\n') }, () =>
        real.batch(statements.map((statement) => statement.real)),
      ),
    getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
  })
  faulty.binding = {
    ...wrapSession('first-primary', env.DB),
    withSession: (start: string) => wrapSession(start, env.DB.withSession(start)),
  } as unknown as D1Database
  return faulty
}

/** Returns the D1 of the test with sessions whose batches go through `around`. Single statements do not. */
export const batchesThrough = (around: (run: () => Promise<D1Result[]>) => Promise<D1Result[]>): D1Database =>
  ({
    prepare: (query: string) => env.DB.prepare(query),
    withSession: (start: string) => {
      const session = env.DB.withSession(start)
      return {
        prepare: (query: string) => session.prepare(query),
        getBookmark: () => session.getBookmark(),
        batch: (statements: D1PreparedStatement[]) => around(() => session.batch(statements)),
      }
    },
  }) as unknown as D1Database

/** Messages of D1. https://developers.cloudflare.com/d1/observability/debug-d1/ */
export const LOST = 'D1_ERROR: Network connection lost.'
export const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.'

/** Messages of platform limits, as D1 and the runtime word them. */
export const ROWS_READ =
  "D1_ERROR: Your account has exceeded D1's free tier daily row read limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue."
export const ROWS_WRITTEN = ROWS_READ.replace('read', 'write')
export const DATABASE_SIZE = 'D1_ERROR: Exceeded maximum DB size.'
export const DISK_FULL = 'D1_ERROR: database or disk is full: SQLITE_FULL'
export const ACCOUNT_STORAGE =
  "D1_ERROR: Your account has exceeded D1's maximum account storage limit, please contact Cloudflare to raise your limit."
export const KV_PUTS = 'KV put() limit exceeded for the day.'

/** True for a trip with a statement that may write. */
export const isWrite = ({ sql }: Trip): boolean => /^(insert|update|delete) /m.test(sql)

/** True for a trip that runs a commit. */
export const isCommit = ({ sql }: Trip): boolean => sql.includes('insert into "audit_log"')
