import { env } from 'cloudflare:workers'

/** What a binding does when it is asked: its work, an error, or nothing ever. */
export type Fault = 'none' | 'fails' | 'hangs'

const fate = (fault: Fault, words: string): Promise<void> =>
  fault === 'hangs' ? new Promise(() => {}) : fault === 'fails' ? Promise.reject(new Error(words)) : Promise.resolve()

/** The test's KV, ill at will. */
export const makeFaultyKv = () => {
  const faulty = {
    reads: 'none' as Fault,
    writes: 'none' as Fault,
    /** What the error says. */
    words: 'KV failed: 500 Internal Server Error',
    /** Calls that asked for a value. */
    gets: 0,
    binding: undefined as unknown as KVNamespace,
  }
  const ask =
    (kind: 'reads' | 'writes', method: 'get' | 'getWithMetadata' | 'list' | 'put' | 'delete') =>
    async (...args: unknown[]) => {
      if (method.startsWith('get')) faulty.gets++
      await fate(faulty[kind], faulty.words)
      return (env.CACHE[method] as (...given: unknown[]) => unknown)(...args)
    }
  faulty.binding = {
    get: ask('reads', 'get'),
    getWithMetadata: ask('reads', 'getWithMetadata'),
    list: ask('reads', 'list'),
    put: ask('writes', 'put'),
    delete: ask('writes', 'delete'),
  } as unknown as KVNamespace
  return faulty
}

/** A trip to the database: where its session started, and the SQL it runs. */
export interface Trip {
  start: string
  sql: string
}

/** How a trip ends: before it is made, as it should, or after it was made and with its answer lost. */
export type Ending = { before: string } | { after: string } | undefined

interface Bound {
  real: D1PreparedStatement
  sql: string
}

/** The test's D1, ill at will: `decide` says of each trip how it ends. */
export const makeFaultyD1 = () => {
  const faulty = {
    decide: (_: Trip): Ending | Promise<Ending> => undefined,
    trips: [] as Trip[],
    binding: undefined as unknown as D1Database,
  }
  const travel = async <T>(trip: Trip, go: () => Promise<T>): Promise<T> => {
    faulty.trips.push(trip)
    const ending = await faulty.decide(trip)
    if (ending && 'before' in ending) throw new Error(ending.before)
    const result = await go()
    if (ending) throw new Error(ending.after)
    return result
  }
  const bound = (start: string, sql: string, real: D1PreparedStatement): unknown => ({
    real,
    sql,
    bind: (...values: unknown[]) => bound(start, sql, real.bind(...values)),
    all: () => travel({ start, sql }, () => real.all()),
    run: () => travel({ start, sql }, () => real.run()),
    raw: () => travel({ start, sql }, () => real.raw()),
  })
  const talk = (start: string, real: D1DatabaseSession | D1Database) => ({
    prepare: (sql: string) => bound(start, sql, real.prepare(sql)),
    batch: (statements: Bound[]) =>
      travel({ start, sql: statements.map(({ sql }) => sql).join(';\n') }, () => real.batch(statements.map((statement) => statement.real))),
    getBookmark: () => ('getBookmark' in real ? real.getBookmark() : null),
  })
  faulty.binding = {
    ...talk('first-primary', env.DB),
    withSession: (start: string) => talk(start, env.DB.withSession(start)),
  } as unknown as D1Database
  return faulty
}

/** The test's D1 with sessions whose batches go through `around`; statements that stand alone do not. */
export const batchesThrough = (around: (go: () => Promise<D1Result[]>) => Promise<D1Result[]>): D1Database =>
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

/** Words of D1. https://developers.cloudflare.com/d1/observability/debug-d1/ */
export const LOST = 'D1_ERROR: Network connection lost.'
export const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.'

/** Errors of limits of the platform, as D1 and the runtime word them. */
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

/** Whether a trip carries a commit. */
export const isCommit = ({ sql }: Trip): boolean => sql.includes('insert into "changes"')
