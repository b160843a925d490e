import { sql } from 'drizzle-orm'
import { startCacheEpoch } from '../commands/bump-cache-epoch.ts'
import { withDatabase } from './with-database.ts'
import { runCommand } from './cli-error.ts'
import { checkTarget, operatorOptions } from './operator-session.ts'
import { readCommandLine } from './options.ts'

/** `npm run forget-cache`: starts a cache epoch, which invalidates all of KV and the memory of isolates, as after a restore of the database. */
const { values } = await readCommandLine({
  command: 'npm run forget-cache',
  usage: '[--remote | --persist-to DIR] [--env NAME]',
  options: operatorOptions,
})

await runCommand(async () => {
  checkTarget(values)
  const [row] = await withDatabase(values, (database) =>
    database.query<{ epoch: number }>('Starting a cache epoch', [...startCacheEpoch(), sql`select max(epoch) as epoch from cache_epochs`]),
  )
  console.log(
    `Started cache epoch ${row!.epoch}. Within 30 seconds no older entry is served. Cron deletes older entries from KV within minutes.`,
  )
})
