import { withDatabase } from './database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkPlace } from './operator-session.ts'
import { describe, load } from './load-files.ts'
import { placeOptions, readCommandLine } from './options.ts'
import { readSeedFile } from './read-file.ts'
import type { SeedFile } from './read-file.ts'

/** `npm run load`: loads files of the seed's two shapes. All are read and found right before anything is written. */
const { values, positionals } = await readCommandLine({
  command: 'npm run load',
  usage: '[--organisation SLUG] [--remote | --persist-to DIR] [--env NAME] FILE…',
  options: { ...placeOptions, remote: { type: 'boolean' }, organisation: { type: 'string', default: 'demo' } },
  positionals: Infinity,
})

await runCommand(async () => {
  const { remote = false, organisation } = values
  if (positionals.length === 0) throw new UsageError('npm run load needs the files to load. npm run load -- --help lists the options.')
  checkPlace(values)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(organisation))
    throw new UsageError('A slug has lower-case letters, digits and single hyphens between them.')
  const files: SeedFile[] = []
  for (const file of positionals) files.push(await readSeedFile(file, Date.now()))
  const loaded = await withDatabase(values, (database) => load(database, files, { organisation, tell: console.log })).catch(
    (error: unknown) => {
      // The tables are not there yet, or not as this release has them.
      if (!(remote && error instanceof CliError && /no such (table|column)|has no column/.test(error.message))) throw error
      throw new CliError(`${error.message}\nThe deployed database is older than this release: npm run deploy first.`)
    },
  )
  console.log(describe(loaded))
})
