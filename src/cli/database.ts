import type { SQLWrapper } from 'drizzle-orm'
import { openLocalDatabase } from './local-database.ts'
import { remoteArguments } from './options.ts'
import type { Target } from './options.ts'
import { openRemoteDatabase } from './remote-database.ts'
import { runWrangler } from './wrangler.ts'

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

/** Opens a database, passes it to `work` and closes it. A local database is created and migrated first. */
export const withDatabase = async <Result>(
  { remote = false, ...target }: Target & { remote?: boolean | undefined },
  work: (database: Database) => Promise<Result>,
): Promise<Result> => {
  const database = remote ? openRemoteDatabase(runWrangler, remoteArguments(target)) : await openLocalDatabase(target)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
