import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { InvocationLimit } from './invocation-limit.ts'
import type { Life } from './lifetime.ts'
import { unlessEnded } from './lifetime.ts'
import type { Timeline } from './timeline.ts'

/** Faults of D1 in a run, as probabilities of a batch. */
export interface D1Faults {
  /** D1 rejects the batch without running it: unreachable or overloaded. */
  before: number
  /** D1 runs the batch, and the response is lost. */
  after: number
  /** D1 reports an error, and runs the batch up to `lateMs` later. */
  late: number
  lateMs: number
  /** Every batch fails. */
  down: boolean
  /** A batch takes up to `slowMs` before it runs, and as long after it. */
  slow: number
  slowMs: number
  /** The error of a daily limit, with which batches that write fail, and batches that only read if it is the limit of rows read. */
  quota: string | undefined
}

/** D1 without faults. */
export const WELL_D1: D1Faults = { before: 0, after: 0, late: 0, lateMs: 0, down: false, slow: 0, slowMs: 0, quota: undefined }

export interface Query {
  sql: string
  params: SQLInputValue[]
  writes: boolean
  arrays?: boolean
}
interface Answer {
  results: Record<string, unknown>[]
  success: true
  meta: { changes: number }
}

const DRIZZLE = `${import.meta.dirname}/../../drizzle`
/** Every migration, in order. */
const SCHEMA = readdirSync(DRIZZLE)
  .filter((name) => name.endsWith('.sql'))
  .toSorted()
  .map((name) => readFileSync(`${DRIZZLE}/${name}`, 'utf8'))
  .join('\n')

/** A prepared statement. `returns` is true if it returns rows. */
interface Prepared {
  statement: StatementSync
  returns: boolean
}

/** A database with its prepared statements, by their text. */
interface Sqlite {
  db: DatabaseSync
  prepared: Map<string, Prepared>
}

/** Emptied databases of earlier runs. Creating tables and preparing statements takes longer than a run. */
const pool: Sqlite[] = []

const openEmpty = (): Sqlite => {
  const used = pool.pop()
  if (used) return used
  const db = new DatabaseSync(':memory:')
  db.exec(`pragma temp_store = memory; ${SCHEMA}`)
  return { db, prepared: new Map() }
}

/** Statements that empty every table. Migrations rename tables, so the names are read from a database. */
const listEmptying = (db: DatabaseSync): string[] =>
  db
    .prepare(`select name from sqlite_schema where type = 'table'`)
    .all()
    .map(({ name }) => `delete from ${String(name)}`)
let emptying: string[] | undefined

const prepare = ({ db, prepared }: Sqlite, sql: string): Prepared => {
  const known = prepared.get(sql)
  if (known) return known
  const statement = db.prepare(sql)
  const made = { statement, returns: statement.columns().length > 0 }
  prepared.set(sql, made)
  return made
}

const release = (used: Sqlite): void => {
  for (const sql of (emptying ??= listEmptying(used.db))) prepare(used, sql).statement.run()
  pool.push(used)
}

/** Runs one statement. If a writing statement returns rows, it changed as many. */
const execute = (sqlite: Sqlite, { sql, params, writes, arrays = false }: Query): Answer => {
  const { statement, returns } = prepare(sqlite, sql)
  if (!returns) return { results: [], success: true, meta: { changes: Number(statement.run(...params).changes) } }
  statement.setReturnArrays(arrays)
  const results = statement.all(...params)
  return { results, success: true, meta: { changes: writes ? results.length : 0 } }
}

/** Runs statements in one transaction. A single statement, or statements that only read, need none. */
const executeAll = (sqlite: Sqlite, queries: Query[]): Answer[] => {
  const whole = queries.length > 1 && queries.some(({ writes }) => writes)
  if (whole) prepare(sqlite, 'begin').statement.run()
  try {
    const answers = queries.map((query) => execute(sqlite, query))
    if (whole) prepare(sqlite, 'commit').statement.run()
    return answers
  } catch (error) {
    if (whole) prepare(sqlite, 'rollback').statement.run()
    throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`, { cause: error })
  }
}

/** Returns a query without parameters. */
export const word = (sql: string): Query => ({ sql, params: [], writes: !sql.startsWith('select') })

/** Bookmarks sort as text; the first part counts commits. */
const bookmarkOf = (commits: number) => `${commits.toString(16).padStart(8, '0')}-00000000-00000000-${'0'.repeat(32)}`
const commitsOf = (bookmark: string) => Number.parseInt(bookmark.slice(0, 8), 16)

/**
 * D1 as real SQLite: a primary that runs one batch at a time, and at every other location a replica that applies batches
 * with a lag.
 */
export class SimulatedD1 {
  readonly #sqlite = openEmpty()
  /**
   * The queries of each batch that may write. Empty if the batch changed nothing: then it changes nothing on a replica
   * either.
   */
  readonly #log: Query[][] = []
  /**
   * `reached` is the log position that a replica has reached. The log is applied when the replica is queried next, in
   * one step.
   */
  readonly #replicas = new Map<string, { sqlite: Sqlite; reached: number; applied: number; waiting: (() => void)[] }>()
  readonly #timeline: Timeline
  readonly #home: string
  faults: D1Faults
  /** Round trips so far. */
  trips = 0
  /** Counts the statements of each invocation. */
  readonly perInvocation = new InvocationLimit()
  /** Time of the last restore. */
  restoredAt = Number.NEGATIVE_INFINITY
  /** Called with every batch that changed something, and its number. */
  onCommit: (commit: number, queries: Query[]) => void = () => {}

  /** @param home the location of the primary */
  constructor(timeline: Timeline, faults: D1Faults, home: string) {
    this.#timeline = timeline
    this.#home = home
    this.faults = faults
  }

  get primary(): DatabaseSync {
    return this.#sqlite.db
  }

  /** Returns a statement of the primary that returns rows as objects. It is prepared once for all runs that use its database. */
  prepare(sql: string): StatementSync {
    const { statement } = prepare(this.#sqlite, sql)
    statement.setReturnArrays(false)
    return statement
  }

  close(): void {
    for (const sqlite of [this.#sqlite, ...[...this.#replicas.values()].map((replica) => replica.sqlite)]) release(sqlite)
  }

  /** Runs a batch on the primary now. Every replica applies a writing batch later, in order. */
  commit(queries: Query[]): Answer[] {
    if (!queries.some(({ writes }) => writes)) return executeAll(this.#sqlite, queries)
    const answers = executeAll(this.#sqlite, queries)
    const changed = answers.some(({ meta }) => meta.changes > 0)
    this.#log.push(changed ? queries : [])
    if (changed) this.onCommit(this.#log.length, queries)
    for (const location of this.#replicas.keys()) this.#timeline.after(this.#lag(), () => this.#catchUp(location))
    return answers
  }

  /** The number of commits so far. */
  get commits(): number {
    return this.#log.length
  }

  /** Returns the data to its state after a number of commits, as time travel does. Bookmarks continue, so this is one more commit. */
  restore(commits: number): void {
    this.restoredAt = this.#timeline.now
    this.commit([...listEmptying(this.#sqlite.db).map(word), ...this.#log.slice(0, commits).flat()])
  }

  #lag = () => (this.#timeline.chance(0.1) ? this.#timeline.between(1_000, 20_000) : this.#timeline.between(10, 500))

  #replica(location: string) {
    const known = this.#replicas.get(location)
    if (known) return known
    const replica = { sqlite: openEmpty(), reached: this.#log.length, applied: 0, waiting: [] }
    this.#replicas.set(location, replica)
    return replica
  }
  /** Advances a replica by one batch. Returns true if a query waited for it. */
  #catchUp(location: string): boolean {
    const replica = this.#replica(location)
    replica.reached = Math.min(replica.reached + 1, this.#log.length)
    const woken = replica.waiting.splice(0)
    for (const wake of woken) wake()
    return woken.length > 0
  }
  #queryReplica(location: string, queries: Query[]): Answer[] {
    const replica = this.#replica(location)
    // A replica that has reached the end of the log has the data of the primary.
    if (replica.reached === this.#log.length) return executeAll(this.#sqlite, queries)
    for (const written of this.#log.slice(replica.applied, replica.reached)) if (written.length) executeAll(replica.sqlite, written)
    replica.applied = replica.reached
    return executeAll(replica.sqlite, queries)
  }

  /** Opens a session at a location. */
  #session(isolate: Life, location: string, start: string) {
    let seen = start.startsWith('first-') ? '' : start
    const replica = location === this.#home ? undefined : this.#replica(location)
    const run = async (queries: Query[]): Promise<Answer[]> => {
      this.trips++
      this.perInvocation.spend(queries.length)
      const writes = queries.some((query) => query.writes)
      const { before, after, late, lateMs, down, slow, slowMs, quota } = this.faults
      const outcome = this.#timeline.random()
      const delayMs = slow > 0 && this.#timeline.chance(slow) ? this.#timeline.between(0, slowMs) / 2 : 0
      if (delayMs > 0) await this.#timeline.sleep(delayMs)
      await this.#timeline.sleep(this.#timeline.between(2, 80))
      if (quota !== undefined && (writes || quota.includes('row read'))) throw new Error(quota)
      if (down || outcome < before / 2) throw new Error('D1_ERROR: Network connection lost.')
      if (outcome < before) throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
      if (!replica || writes || start === 'first-primary') {
        if (outcome < before + late) {
          this.#timeline.after(this.#timeline.between(1, lateMs), () => {
            // If the batch has landed before, or its guards fail, the error has no receiver any more.
            try {
              this.commit(queries)
            } catch {}
          })
          throw new Error('D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.')
        }
        const answers = this.commit(queries)
        seen = bookmarkOf(Math.max(this.#log.length, seen ? commitsOf(seen) : 0))
        await this.#timeline.sleep(this.#timeline.between(2, 80) + delayMs)
        if (outcome < before + late + after) throw new Error('D1_ERROR: Network connection lost.')
        return answers
      }
      while (seen && replica.reached < commitsOf(seen))
        await new Promise<void>((resolve) => {
          replica.waiting.push(resolve)
        })
      const answers = this.#queryReplica(location, queries)
      seen = bookmarkOf(Math.max(replica.reached, seen ? commitsOf(seen) : 0))
      return answers
    }
    const bind = (query: Query) => ({
      query,
      bind: (...params: SQLInputValue[]) => bind({ ...query, params }),
      all: async () => (await unlessEnded(isolate, run([query])))[0],
      run: async () => (await unlessEnded(isolate, run([query])))[0],
      raw: async () => (await unlessEnded(isolate, run([{ ...query, arrays: true }])))[0]!.results,
    })
    return {
      prepare: (sql: string) => bind(word(sql)),
      batch: (statements: { query: Query }[]) => unlessEnded(isolate, run(statements.map(({ query }) => query))),
      getBookmark: () => seen || null,
    }
  }

  /** Returns the binding of an isolate. */
  binding(isolate: Life, location: string): D1Database {
    return {
      withSession: (start: string) => this.#session(isolate, location, start),
      prepare: (sql: string) => this.#session(isolate, location, 'first-primary').prepare(sql),
    } as unknown as D1Database
  }
}
