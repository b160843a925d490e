import { drizzle } from 'drizzle-orm/d1'
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { TimeoutError } from '../runtime/clock.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { anyBegins, errorMessages } from '../runtime/error-text.ts'
import { findPlatformLimit, recordPlatformLimit } from './platform-limits.ts'

export { errorMessages }

export type Database = DrizzleD1Database
export type Statement = BatchItem<'sqlite'>
/** The rows of one statement, as a batch gives them back. */
export type RowsOf<S> = S extends { _: { result: infer R } } ? R : never

/**
 * A conversation with D1. Every trip is one batch, so trips are easy to count and a group of reads sees one state.
 * https://developers.cloudflare.com/d1/best-practices/read-replication/
 */
export interface Session {
  readonly db: Database
  /** Runs statements in one transaction; all or none. Rows come back by position. */
  batch<const T extends readonly Statement[]>(statements: T): Promise<{ -readonly [K in keyof T]: T[K]['_']['result'] }>
  /** Where this session has got to. A label only if the session was opened with `first-primary`. */
  bookmark(): string
}

/** What a bookmark looks like; anything else is refused before it reaches D1. */
export const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/
/** Older than every commit: what is used where D1 gives no bookmark. */
export const EARLIEST_BOOKMARK = '00000000-00000000-00000000-00000000000000000000000000000000'

/**
 * Opens a session.
 * @param start `first-primary` to see every commit, `first-unconstrained` for the nearest replica, or a bookmark to see at least that
 */
export const openSession = (isolate: Isolate, start: string): Session => {
  const session = isolate.database.withSession(start)
  // Drizzle asks for a database, and uses only the two methods that a session has too: prepare and batch.
  const db = drizzle(session as unknown as D1Database)
  const bookmark = () => session.getBookmark() ?? EARLIEST_BOOKMARK
  const { memory } = isolate
  return {
    db,
    batch: async (statements) => {
      const rows = await db.batch(statements as unknown as [Statement]).catch((error: unknown) => {
        recordPlatformLimit(isolate, error)
        throw error
      })
      // A session that a client's bookmark opened may repeat it, and that may be forged.
      if (start === 'first-primary' && bookmark() > memory.latestBookmark) memory.latestBookmark = bookmark()
      return rows as never
    },
    bookmark,
  }
}

/** A source of one row, for statements that select expressions and no table. */
export const singleRow = sql`(select 1)`

/** A statement that stops the whole batch unless the condition holds: 'x' is no JSON, and json() fails on it. */
export const assertStatement = (db: Database, holds: SQL) =>
  db.select({ guard: sql<string>`json(case when ${holds} then '1' else 'x' end)`.as('guard') }).from(singleRow)

/** True for the error that a guard stops a batch with. */
export const isGuardAbort = (error: unknown): boolean => errorMessages(error).includes('malformed JSON')

/**
 * True for an error of D1 that is not about the statements: unreachable, overloaded, out of time, at a limit of the platform.
 * Whether a batch landed is then unknown, unless `isRefusal` is true as well. An error of SQLite itself carries its code and has
 * rolled the batch back. SQLITE_BUSY is not such an error: locally, another process such as a load may hold the database for a
 * moment.
 */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof TimeoutError ||
  findPlatformLimit(error) !== undefined ||
  (/^D1_(EXEC_)?ERROR|^Network connection lost|^D1 DB/.test(errorMessages(error)) && !/SQLITE_(?!BUSY)/.test(errorMessages(error)))

/**
 * True if D1 refused the work: it has too much to do, or a limit of the platform is exceeded. Nothing was done, and to ask again
 * at once would not help.
 */
export const isRejection = (error: unknown): boolean => anyBegins(error, /^D1 DB is overloaded/) || findPlatformLimit(error) !== undefined
