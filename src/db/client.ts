import { DrizzleD1Database, SQLiteD1Session } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { TimeoutError } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { anyBegins, errorMessages } from '../runtime/error-text.ts'
import { dialect } from './dialect.ts'
import { findPlatformLimit, recordPlatformLimit } from './platform-limits.ts'

export { errorMessages }

export type Database = DrizzleD1Database
export type Statement = BatchItem<'sqlite'>
/** The rows that a batch returns for one statement. */
export type RowsOf<S> = S extends { _: { result: infer R } } ? R : never

/**
 * A session of D1. Each round trip is one batch, so the number of round trips is visible in the code and the reads of a batch
 * see one state of the database.
 * https://developers.cloudflare.com/d1/best-practices/read-replication/
 */
export interface Session {
  readonly db: Database
  /** Runs statements in one transaction. Returns the rows by position. */
  batch<const T extends readonly Statement[]>(statements: T): Promise<{ -readonly [K in keyof T]: T[K]['_']['result'] }>
  /**
   * Returns the bookmark of the state that the session has read or written. Only the bookmark of a session opened with
   * `first-primary` may become entry metadata, because a client can forge the start of other sessions.
   */
  bookmark(): string
}

/** The form of a bookmark. Any other text is rejected before it reaches D1. */
export const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/
/** A bookmark older than every commit, for sessions to which D1 gives none. */
export const EARLIEST_BOOKMARK = '00000000-00000000-00000000-00000000000000000000000000000000'

/** The latest bookmark from the primary that the isolate has seen. */
const createLatestBookmark = () => ({ bookmark: '' })

export const latestBookmark = (isolate: Isolate): string => getState(isolate, createLatestBookmark).bookmark

/**
 * Opens a session.
 * @param start `first-primary` to see every commit, `first-unconstrained` for the nearest replica, or a bookmark to see at least
 * its state
 */
export const openSession = (isolate: Isolate, start: string): Session => {
  const session = isolate.database.withSession(start)
  // Drizzle expects a database, but uses only `prepare` and `batch`, which a session has too.
  const db: Database = new DrizzleD1Database(
    'async',
    dialect,
    new SQLiteD1Session(session as unknown as D1Database, dialect, undefined),
    undefined,
  )
  const bookmark = () => session.getBookmark() ?? EARLIEST_BOOKMARK
  const latest = getState(isolate, createLatestBookmark)
  return {
    db,
    batch: async (statements) => {
      const rows = await db.batch(statements as unknown as [Statement]).catch((error: unknown) => {
        recordPlatformLimit(isolate, error)
        throw error
      })
      // A session opened with the bookmark of a client may return that bookmark, and it may be forged.
      if (start === 'first-primary' && bookmark() > latest.bookmark) latest.bookmark = bookmark()
      return rows as never
    },
    bookmark,
  }
}

/** Returns SQL for an integer in JSON, or null. D1 binds numbers as real ones, which SQLite's JSON writes as `60.0`. */
export const integer = (value: number | null): SQL => sql`cast(${value} as integer)`

/** A source with one row, for statements that select only expressions. */
export const singleRow = sql`(select 1)`

/** Returns SQL that stops the whole batch unless the condition is true: json() fails on 'x', which is not JSON. Otherwise it is true. */
export const assertTrue = (condition: SQL) => sql`json(case when ${condition} then '1' else 'x' end)`

/** True for the error of a batch that `assertTrue` has stopped. */
export const isGuardAbort = (error: unknown): boolean => errorMessages(error).includes('malformed JSON')

/**
 * True for an error of D1 that the statements did not cause: D1 is unreachable, overloaded, too slow or at a limit of the
 * platform. The outcome of a batch is then unknown, unless `isRejection` is true as well. An error of SQLite itself contains its
 * code and has rolled the batch back. SQLITE_BUSY counts as unavailable, because locally another process, such as a load, can
 * lock the database for a moment.
 */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof TimeoutError ||
  findPlatformLimit(error) !== undefined ||
  (/^D1_(EXEC_)?ERROR|^Network connection lost|^D1 DB/.test(errorMessages(error)) && !/SQLITE_(?!BUSY)/.test(errorMessages(error)))

/**
 * True if D1 rejected the work because it is overloaded or a limit of the platform is exceeded. The database is unchanged, and
 * an immediate retry would fail as well.
 */
export const isRejection = (error: unknown): boolean => anyBegins(error, /^D1 DB is overloaded/) || findPlatformLimit(error) !== undefined
