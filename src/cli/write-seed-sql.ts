import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './cli-error.ts'
import { readCommandLine } from './options.ts'
import { buildSeedSql } from './seed-sql.ts'

await readCommandLine({ command: 'npm run seed:sql', usage: '(no options)', options: {} })

/** `npm run seed:sql`: writes seed/seed.sql. */
await runCommand(async () => writeFile(join(import.meta.dirname, '../../seed/seed.sql'), await buildSeedSql()))
