import { sql } from 'drizzle-orm'
import { forgetCache } from '../src/commands/forget.ts'
import { Failure, runCommand } from './failure.ts'
import { databaseOf, governingOptions } from './governing.ts'
import { readOptions } from './options.ts'

const usage = 'npm run forget-cache -- [--remote | --persist-to DIR] [--env NAME]'

/** `npm run forget-cache`: nothing that KV or an isolate holds is believed any more, as after a restore of the database. */
await runCommand(async () => {
  const { values, positionals } = readOptions(process.argv.slice(2), governingOptions, usage)
  if (positionals.length) throw new Failure(usage)
  const database = await databaseOf(values)
  const [row] = await database.ask<{ epoch: number }>('Forgetting the copies', [
    ...forgetCache(),
    sql`select max(number) as epoch from epochs`,
  ])
  console.log(`Epoch ${row!.epoch} has begun: within 30 seconds nothing older is served, and cron removes it from KV within minutes.`)
})
