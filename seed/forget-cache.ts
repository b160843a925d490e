import { sql } from 'drizzle-orm'
import { forgetCache } from '../src/commands/forget.ts'
import { withDatabase } from './database.ts'
import { runCommand } from './failure.ts'
import { checkPlace, governingOptions } from './governing.ts'
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
    database.ask<{ epoch: number }>('Forgetting the copies', [...forgetCache(), sql`select max(number) as epoch from epochs`]),
  )
  console.log(`Epoch ${row!.epoch} has begun: within 30 seconds nothing older is served, and cron removes it from KV within minutes.`)
})
