import type { SQLWrapper } from 'drizzle-orm'
import { openLocalDatabase } from './local-database.ts'
import { remoteOptions } from './options.ts'
import type { Place } from './options.ts'
import { openRemoteDatabase } from './remote-database.ts'
import { runWrangler } from './wrangler.ts'

/** A database that commands work on: the local one, or the deployed one. */
export interface Database {
  /** Runs statements in one transaction and returns the rows of the last. */
  ask<Row>(what: string, statements: SQLWrapper[]): Promise<Row[]>
  /** Runs statements of any length in one transaction. */
  run(what: string, statements: string[]): Promise<void>
  /** Ends what the database needs to run. */
  close(): Promise<void>
}

/** Runs work on a database, and closes it. A local database is created and migrated first. */
export const withDatabase = async <Result>(
  { remote = false, ...place }: Place & { remote?: boolean | undefined },
  work: (database: Database) => Promise<Result>,
): Promise<Result> => {
  const database = remote ? openRemoteDatabase(runWrangler, remoteOptions(place)) : await openLocalDatabase(place)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
