import type { SQLWrapper } from 'drizzle-orm'

/** The database of a command: local or deployed. */
export interface Database {
  /**
   * Runs statements in one transaction and returns the rows of the last.
   * @param step names the step in error messages, such as `Listing keys`
   */
  query<Row>(step: string, statements: SQLWrapper[]): Promise<Row[]>
  /** Runs statements of any length in one transaction. */
  run(step: string, statements: string[]): Promise<void>
  /** Stops the processes that the database runs in. */
  close(): Promise<void>
}
