import { sql } from 'drizzle-orm'
import { startCacheEpoch } from '../commands/bump-cache-epoch.ts'
import { withDatabase } from './database.ts'
import { runCommand } from './cli-error.ts'
import { checkPlace, governingOptions } from './operator-session.ts'
import { readCommandLine } from './options.ts'

/** `npm run forget-cache`: nothing that KV or an isolate holds is believed any more, as after a restore of the database. */
const { values } = await readCommandLine({
  command: 'npm run forget-cache',
  usage: '[--remote | --persist-to DIR] [--env NAME]',
  options: governingOptions,
})

await runCommand(async () => {
  checkPlace(values)
  const [row] = await withDatabase(values, (database) =>
    database.ask<{ epoch: number }>('Forgetting the copies', [...startCacheEpoch(), sql`select max(number) as epoch from epochs`]),
  )
  console.log(`Epoch ${row!.epoch} has begun: within 30 seconds nothing older is served, and cron removes it from KV within minutes.`)
})
