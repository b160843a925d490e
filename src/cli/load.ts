import { withDatabase } from './with-database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkSlug, checkTarget } from './operator-session.ts'
import { describeResult, load } from './load-files.ts'
import { targetOptions, readCommandLine } from './options.ts'
import { readSeedFile } from './read-file.ts'
import type { SeedFile } from './read-file.ts'

/** `npm run load`: loads files of factories or of sprocket types. All files are validated before the first write. */
const { values, positionals } = await readCommandLine({
  command: 'npm run load',
  usage: '[--organisation SLUG] [--remote | --persist-to DIR] [--env NAME] FILE…',
  options: { ...targetOptions, remote: { type: 'boolean' }, organisation: { type: 'string', default: 'demo' } },
  positionals: Infinity,
})

await runCommand(async () => {
  const { remote = false, organisation } = values
  if (positionals.length === 0) throw new UsageError('npm run load needs the files to load. npm run load -- --help lists the options.')
  checkTarget(values)
  checkSlug(organisation)
  const files: SeedFile[] = []
  for (const file of positionals) files.push(await readSeedFile(file, Date.now()))
  const loaded = await withDatabase(values, (database) => load(database, files, { organisation, log: console.log })).catch(
    (error: unknown) => {
      // A missing table or column means a missing migration.
      if (!(remote && error instanceof CliError && /no such (table|column)|has no column/.test(error.message))) throw error
      throw new CliError(`${error.message}\nThe deployed database lacks a migration of this release. Run npm run deploy first.`)
    },
  )
  console.log(describeResult(loaded))
})
