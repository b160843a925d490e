import { sql } from 'drizzle-orm'
import { readingCount } from '../chunks/select.ts'
import { createOrganisation, deleteOrganisation } from '../commands/organisations.ts'
import { findNameError } from '../schemas/names.ts'
import { withDatabase } from './with-database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkSlug, checkTarget, commitMutation, operatorOptions, findOrganisation, operatorActor } from './operator-session.ts'
import { readCommandLine } from './options.ts'
import { formatDate, formatTable } from './print-table.ts'
import { readVerb } from './subcommands.ts'

const COMMAND = 'npm run organisation'
const commonOptions = Object.keys(operatorOptions)
const verbs = {
  create: { options: [...commonOptions, 'name'], argument: 'the SLUG of the new organisation' },
  list: { options: commonOptions },
  delete: { options: [...commonOptions, 'confirm'], argument: 'the SLUG of the organisation' },
}

/** Counting stops here, so that the list stays fast for large organisations. */
const MAX_COUNT = 1_000_000

const checkConfirm = (slug: string, confirm: string | undefined): void => {
  if (confirm !== slug) throw new UsageError(`Deleting ${slug} and all its data cannot be undone. To confirm, add --confirm ${slug}`)
}

const create = async (database: Database, slug: string, name = slug): Promise<void> => {
  const error = findNameError(name.trim())
  if (error !== undefined) throw new UsageError(`--name: ${error}`)
  const { requestId, userAgent } = operatorActor(0, COMMAND)
  const [row] = await database.query<{ seq: number }>('Creating the organisation', [
    ...createOrganisation(slug, name.trim(), Date.now(), { requestId, userAgent }),
    sql`select commit_seq as seq from audit_log where request_id = ${requestId}
      and organisation_pk = (select pk from organisations where slug = ${slug} and deleted_at is null)`,
  ])
  if (!row) throw new CliError(`An organisation '${slug}' exists already. Choose another slug.`)
  console.log(`Created organisation ${slug}. Create its first key: npm run key -- create --organisation ${slug} --role admin --name NAME`)
}

interface OrganisationRow {
  slug: string
  name: string
  created_at: number
  deleted_at: number | null
  factories: number
  sprockets: number
  keys: number
  audit_entries: number
  readings: number
  cache_entries: number
}

/** Prints the size of each organisation. Deleted organisations are listed until cron has deleted all their data. */
const list = async (database: Database): Promise<void> => {
  const countUpTo = (rows: ReturnType<typeof sql>) => sql`(select count(*) from (${rows} limit ${MAX_COUNT}))`
  const rows = await database.query<OrganisationRow>('Listing organisations', [
    sql`select slug, name, created_at, deleted_at,
      ${countUpTo(sql`select 1 from factories where organisation_pk = o.pk`)} as factories,
      ${countUpTo(sql`select 1 from sprockets where organisation_pk = o.pk`)} as sprockets,
      ${countUpTo(sql`select 1 from api_keys where organisation_pk = o.pk`)} as keys,
      ${countUpTo(sql`select 1 from audit_log where organisation_pk = o.pk union all select 1 from old_audit_log where organisation_pk = o.pk`)} as audit_entries,
      (select coalesce(sum(readings), 0) from (select ${sql.raw(readingCount('chunks.'))} as readings from series cross join chunks on series_pk = series.pk
        where organisation_pk = o.pk and times is not null limit ${MAX_COUNT})) as readings,
      ${countUpTo(sql`select 1 from cache_entries where path >= o.pk || '/' and path < o.pk || '0'`)} as cache_entries
      from organisations as o order by pk`,
  ])
  if (rows.length === 0) return console.log('There are no organisations.')
  const table = rows.map(({ deleted_at, created_at, readings, ...row }) => ({
    ...row,
    readings: readings < MAX_COUNT ? readings : `${MAX_COUNT}+`,
    created: formatDate(created_at),
    state: deleted_at === null ? 'active' : `being deleted since ${formatDate(deleted_at)}`,
  }))
  console.log(formatTable(table))
  if (rows.some(({ deleted_at }) => deleted_at !== null))
    console.log('\nCron deletes the data of deleted organisations in steps, one per minute. Then they disappear from this list.')
}

const deleteOne = async (database: Database, slug: string): Promise<void> => {
  const actor = operatorActor(await findOrganisation(database, slug), COMMAND)
  const now = Date.now()
  await commitMutation(database, 'Deleting the organisation', actor, deleteOrganisation(actor, now), now)
  console.log(`Deleted organisation ${slug}. Its keys are no longer valid. Cron deletes its data; ${COMMAND} -- list shows the progress.`)
}

/** `npm run organisation`: creates, lists and deletes organisations. */
const { values, positionals } = await readCommandLine({
  command: COMMAND,
  usage: `create SLUG [--name NAME] | list | delete SLUG --confirm SLUG
  [--remote | --persist-to DIR] [--env NAME]`,
  options: { ...operatorOptions, name: { type: 'string' }, confirm: { type: 'string' } },
  positionals: 3,
})

await runCommand(async () => {
  const { verb, argument: slug } = readVerb(COMMAND, verbs, positionals, values)
  if (verb === 'create') checkSlug(slug)
  if (verb === 'delete') checkConfirm(slug, values.confirm)
  checkTarget(values)
  await withDatabase(values, async (database) => {
    if (verb === 'create') return create(database, slug, values.name)
    return verb === 'list' ? list(database) : deleteOne(database, slug)
  })
})
