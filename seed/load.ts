import { openDatabase } from './database.ts'
import { Failure, runCommand } from './failure.ts'
import { describe, load } from './loading.ts'
import { migrate } from './migrations.ts'
import { localOptions, placeOptions, readOptions, remoteOptions } from './options.ts'
import { readSeedFile } from './read-file.ts'
import type { SeedFile } from './read-file.ts'
import { runWrangler } from './wrangler.ts'

const usage = 'npm run load -- [--organisation SLUG] [--remote | --persist-to DIR] [--env NAME] FILE…'

/** `npm run load`: loads files of the seed's two shapes. All are read and found right before anything is written. */
await runCommand(async () => {
  const { values, positionals } = readOptions(
    process.argv.slice(2),
    { ...placeOptions, remote: { type: 'boolean' }, organisation: { type: 'string', default: 'demo' } },
    usage,
  )
  const { remote = false, organisation } = values
  if (positionals.length === 0) throw new Failure(`Name the files to load.\n${usage}`)
  if (remote && values['persist-to'] !== undefined) throw new Failure(`--persist-to is about a local database, --remote is not.\n${usage}`)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(organisation))
    throw new Failure('A slug has lower-case letters, digits and single hyphens between them.')
  const files: SeedFile[] = []
  for (const file of positionals) files.push(await readSeedFile(file, Date.now()))
  const options = remote ? remoteOptions(values) : localOptions(values)
  const database = openDatabase(runWrangler, options)
  const loaded = await load(database, files, { organisation, tell: console.log }).catch(async (error: unknown) => {
    // The tables are not there yet, or not as this release has them.
    if (!(error instanceof Failure && /no such (table|column)|has no column/.test(error.message))) throw error
    if (remote) throw new Failure(`${error.message}\nThe deployed database is older than this release: npm run deploy first.`)
    await migrate(runWrangler, options)
    return load(database, files, { organisation, tell: console.log })
  })
  console.log(describe(loaded))
})
