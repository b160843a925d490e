import { sql } from 'drizzle-orm'
import { createOrganisation, deleteOrganisation } from '../commands/organisations.ts'
import { findNameError } from '../schemas/names.ts'
import { withDatabase } from './database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkPlace, commitTo, governingOptions, numberOf, operator } from './operator-session.ts'
import { readCommandLine } from './options.ts'
import { dateOf, formatTable } from './print-table.ts'
import { readVerb } from './subcommands.ts'

const COMMAND = 'npm run organisation'
const common = Object.keys(governingOptions)
const verbs = {
  create: { options: [...common, 'name'], argument: 'the SLUG of the new organisation' },
  list: { options: common },
  delete: { options: [...common, 'confirm'], argument: 'the SLUG of the organisation' },
}

/** Rows are counted so far; more are just many. */
const COUNTED = 1_000_000

const checkSlug = (slug: string): void => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) || slug.length > 63)
    throw new UsageError('A slug has lower-case letters, digits and single hyphens between them, 63 at most.')
}

const checkConfirm = (slug: string, confirm: string | undefined): void => {
  if (confirm !== slug) throw new UsageError(`There is no way back. To delete ${slug} with everything in it, add --confirm ${slug}`)
}

const create = async (database: Database, slug: string, name = slug): Promise<void> => {
  const fault = findNameError(name.trim())
  if (fault !== undefined) throw new UsageError(`--name: ${fault}`)
  const { requestId, userAgent } = operator(0, COMMAND)
  const [row] = await database.ask<{ seq: number }>('Creating the organisation', [
    ...createOrganisation(slug, name.trim(), Date.now(), { requestId, userAgent }),
    sql`select seq from changes where request_id = ${requestId}`,
  ])
  if (!row) throw new CliError(`There is an organisation ${slug} already.`)
  console.log(`Created ${slug}. Its first key: npm run key -- create --organisation ${slug} --role admin --name NAME`)
}

interface Listed {
  slug: string
  name: string
  created_at: number
  deleted_at: number | null
  factories: number
  sprockets: number
  keys: number
  entries: number
  readings: number
  copies: number
}

/** What each has; of those that are being removed, what is left. */
const list = async (database: Database): Promise<void> => {
  const upTo = (rows: ReturnType<typeof sql>) => sql`(select count(*) from (${rows} limit ${COUNTED}))`
  const rows = await database.ask<Listed>('Listing organisations', [
    sql`select slug, name, created_at, deleted_at,
      ${upTo(sql`select 1 from factories where organisation = o.number`)} as factories,
      ${upTo(sql`select 1 from sprockets where organisation = o.number`)} as sprockets,
      ${upTo(sql`select 1 from api_keys where organisation = o.number`)} as keys,
      ${upTo(sql`select 1 from changes where organisation = o.number`)} as entries,
      ${upTo(sql`select 1 from series join readings on readings.series = series.number where organisation = o.number`)} as readings,
      ${upTo(sql`select 1 from copies where path >= o.number || '/' and path < o.number || '0'`)} as copies
      from organisations as o order by number`,
  ])
  if (rows.length === 0) return console.log('There is none.')
  const shown = rows.map(({ deleted_at, created_at, readings, ...row }) => ({
    ...row,
    readings: readings === COUNTED ? `${COUNTED}+` : readings,
    created: dateOf(created_at),
    state: deleted_at === null ? 'alive' : `being removed since ${dateOf(deleted_at)}`,
  }))
  console.log(formatTable(shown))
  if (rows.some(({ deleted_at }) => deleted_at !== null))
    console.log('\nWhat is being removed goes in steps, one a minute, while cron fires. A line that is gone has left nothing behind.')
}

const end = async (database: Database, slug: string): Promise<void> => {
  const author = operator(await numberOf(database, slug), COMMAND)
  const now = Date.now()
  await commitTo(database, 'Deleting the organisation', author, deleteOrganisation(author, now), now)
  console.log(`Deleted ${slug}: no key of it is valid any more. Cron removes what it had; ${COMMAND} -- list shows how far it is.`)
}

/** `npm run organisation`: creates, lists and deletes organisations. */
const { values, positionals } = await readCommandLine({
  command: COMMAND,
  usage: `create SLUG [--name NAME] | list | delete SLUG --confirm SLUG
  [--remote | --persist-to DIR] [--env NAME]`,
  options: { ...governingOptions, name: { type: 'string' }, confirm: { type: 'string' } },
  positionals: 3,
})

await runCommand(async () => {
  const { verb, argument: slug } = readVerb(COMMAND, verbs, positionals, values)
  if (verb === 'create') checkSlug(slug)
  if (verb === 'delete') checkConfirm(slug, values.confirm)
  checkPlace(values)
  await withDatabase(values, async (database) => {
    if (verb === 'create') return create(database, slug, values.name)
    return verb === 'list' ? list(database) : end(database, slug)
  })
})
