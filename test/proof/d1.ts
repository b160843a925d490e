import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue } from 'node:sqlite'
import type { Life } from './life.ts'
import { toTheLiving } from './life.ts'
import type { Timeline } from './timeline.ts'

/** How ill D1 is in a run; probabilities of a batch. */
export interface D1Faults {
  /** Fails before it did anything. */
  before: number
  /** Takes place, and the answer is lost. */
  after: number
}

interface Query {
  sql: string
  params: SQLInputValue[]
  arrays?: true
}
interface Answer {
  results: Record<string, unknown>[]
  success: true
  meta: Record<string, unknown>
}

const DRIZZLE = `${import.meta.dirname}/../../drizzle`
/** Every migration, in order. */
const SCHEMA = readdirSync(DRIZZLE)
  .filter((name) => name.endsWith('.sql'))
  .toSorted()
  .map((name) => readFileSync(`${DRIZZLE}/${name}`, 'utf8'))
  .join('\n')

const newDatabase = () => {
  const db = new DatabaseSync(':memory:')
  db.exec(SCHEMA)
  return db
}

/** Bookmarks sort as text; the first part counts commits. */
const bookmarkOf = (commits: number) => `${commits.toString(16).padStart(8, '0')}-00000000-00000000-${'0'.repeat(32)}`
const commitsOf = (bookmark: string) => Number.parseInt(bookmark.slice(0, 8), 16)

const isWrite = ({ sql }: Query) => !/^\s*select/i.test(sql)

/** D1: a primary that runs one batch at a time, and a replica at each location that repeats them late. Real SQLite in both. */
export class SimulatedD1 {
  readonly primary = newDatabase()
  readonly #prepared = new Map<DatabaseSync, Map<string, ReturnType<DatabaseSync['prepare']>>>()
  readonly #log: Query[][] = []
  readonly #replicas = new Map<string, { db: DatabaseSync; applied: number; waiting: (() => void)[] }>()
  readonly #timeline: Timeline
  faults: D1Faults
  /** Told of every batch that wrote, with its number. */
  onCommit: (commit: number) => void = () => {}

  constructor(timeline: Timeline, faults: D1Faults) {
    this.#timeline = timeline
    this.faults = faults
  }

  close(): void {
    this.primary.close()
    for (const { db } of this.#replicas.values()) db.close()
  }

  #execute(db: DatabaseSync, queries: Query[]): Answer[] {
    const prepared = this.#prepared.get(db) ?? this.#prepared.set(db, new Map()).get(db)!
    db.exec('begin')
    try {
      const answers = queries.map(({ sql, params, arrays = false }) => {
        const statement = prepared.get(sql) ?? prepared.set(sql, db.prepare(sql)).get(sql)!
        statement.setReturnArrays(arrays)
        return { results: statement.all(...params), success: true as const, meta: {} }
      })
      db.exec('commit')
      return answers
    } catch (error) {
      db.exec('rollback')
      throw new Error(`D1_ERROR: ${(error as Error).message}: SQLITE_ERROR`, { cause: error })
    }
  }

  /** Runs a batch on the primary now; a batch that wrote is repeated by every replica, in order, later. */
  commit(queries: Query[]): Answer[] {
    const answers = this.#execute(this.primary, queries)
    if (queries.some(isWrite)) {
      this.#log.push(queries)
      this.onCommit(this.#log.length)
      for (const location of this.#replicas.keys()) this.#timeline.after(this.#lag(), () => this.#catchUp(location))
    }
    return answers
  }
  #lag = () => (this.#timeline.chance(0.1) ? this.#timeline.between(1_000, 20_000) : this.#timeline.between(10, 500))

  #replica(location: string) {
    const known = this.#replicas.get(location)
    if (known) return known
    const replica = { db: newDatabase(), applied: 0, waiting: [] }
    this.#replicas.set(location, replica)
    for (const queries of this.#log) this.#execute(replica.db, queries)
    replica.applied = this.#log.length
    return replica
  }
  #catchUp(location: string) {
    const replica = this.#replica(location)
    if (replica.applied < this.#log.length) this.#execute(replica.db, this.#log[replica.applied++]!)
    for (const wake of replica.waiting.splice(0)) wake()
  }

  /** A session at a location. */
  #session(isolate: Life, location: string, start: string) {
    let seen = start.startsWith('first-') ? '' : start
    const replica = this.#replica(location)
    const ask = async (queries: Query[]): Promise<Answer[]> => {
      const writes = queries.some(isWrite)
      const { before, after } = this.faults
      const fate = this.#timeline.random()
      await this.#timeline.sleep(this.#timeline.between(2, 80))
      if (fate < before) throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
      if (writes || start === 'first-primary') {
        const answers = this.commit(queries)
        seen = bookmarkOf(Math.max(this.#log.length, seen ? commitsOf(seen) : 0))
        await this.#timeline.sleep(this.#timeline.between(2, 80))
        if (fate < before + after) throw new Error('D1_ERROR: Network connection lost.')
        return answers
      }
      while (seen && replica.applied < commitsOf(seen))
        await new Promise<void>((resolve) => {
          replica.waiting.push(resolve)
        })
      const answers = this.#execute(replica.db, queries)
      seen = bookmarkOf(Math.max(replica.applied, seen ? commitsOf(seen) : 0))
      return answers
    }
    const prepare = (sql: string) => {
      const bound = (params: SQLInputValue[]) => ({
        query: { sql, params },
        bind: (...more: SQLInputValue[]) => bound(more),
        all: async () => (await toTheLiving(isolate, ask([{ sql, params }])))[0],
        run: async () => (await toTheLiving(isolate, ask([{ sql, params }])))[0],
        raw: async () => (await toTheLiving(isolate, ask([{ sql, params, arrays: true }])))[0]!.results,
      })
      return bound([])
    }
    return {
      prepare,
      batch: (statements: { query: Query }[]) => toTheLiving(isolate, ask(statements.map(({ query }) => query))),
      getBookmark: () => seen || null,
    }
  }

  /** The binding of an isolate. */
  binding(isolate: Life, location: string): D1Database {
    return {
      withSession: (start: string) => this.#session(isolate, location, start),
      prepare: (sql: string) => this.#session(isolate, location, 'first-primary').prepare(sql),
    } as unknown as D1Database
  }
}
