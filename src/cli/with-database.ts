import type { Database } from './database.ts'
import { openLocalDatabase } from './local-database.ts'
import { remoteArguments } from './options.ts'
import type { Target } from './options.ts'
import { openRemoteDatabase } from './remote-database.ts'
import { runWrangler } from './wrangler.ts'

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
