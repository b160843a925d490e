import { sql } from 'drizzle-orm'
import { createKey, revokeKey } from '../commands/keys.ts'
import { hashApiKey, generateApiKey } from '../auth/api-key.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { parseInstantMs } from '../schemas/timestamp.ts'
import { findNameError } from '../schemas/names.ts'
import { ROLES } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import { keyDirectory, LOCAL_ORGANISATION, getLocalAdminKey } from './local-admin-key.ts'
import { withDatabase } from './with-database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkTarget, commitMutation, operatorOptions, findOrganisation, operatorActor } from './operator-session.ts'
import { parseInteger, targetOptions, readCommandLine } from './options.ts'
import { formatDate, formatTable } from './print-table.ts'
import { readVerb } from './subcommands.ts'

const COMMAND = 'npm run key'
const commonOptions = [...Object.keys(operatorOptions), 'organisation']
const verbs = {
  create: { options: [...commonOptions, 'role', 'name', 'factories', 'expires'] },
  list: { options: commonOptions },
  revoke: { options: commonOptions, argument: 'the ID of the key' },
  local: { options: Object.keys(targetOptions) },
}

/** The options that describe a new key. */
interface KeyOptions {
  role?: string | undefined
  name?: string | undefined
  factories?: string | undefined
  expires?: string | undefined
}

const parseGrant = ({ role, name, factories, expires }: KeyOptions, now: number) => {
  if (!ROLES.includes(role as Role)) throw new UsageError(`--role is missing or unknown. Use one of: ${ROLES.join(', ')}.`)
  if (!name?.trim()) throw new UsageError('--name is missing. Name the person or device that gets the key.')
  const error = findNameError(name.trim())
  if (error !== undefined) throw new UsageError(`--name: ${error}`)
  if (factories !== undefined && !/^\d+(,\d+)*$/.test(factories))
    throw new UsageError('--factories takes ids separated by commas, such as 0,1.')
  const ids = factories?.split(',').map(Number)
  if (ids && ids.length > LIMITS.keyFactories) throw new UsageError(`--factories takes at most ${formatNumber(LIMITS.keyFactories)} ids.`)
  const expiresAt = expires === undefined ? null : (parseInstantMs(expires) ?? parseInstantMs(`${expires}T00:00:00Z`))
  if (expiresAt === undefined) throw new UsageError('--expires takes a date, such as 2030-01-31, or an RFC 3339 timestamp.')
  if (expiresAt !== null && expiresAt <= now) throw new UsageError('--expires is in the past. Use a time in the future.')
  return { role: role as Role, name: name.trim(), factories: ids ? [...new Set(ids)].toSorted((a, b) => a - b) : null, expiresAt }
}

const create = async (database: Database, organisationPk: number, options: KeyOptions): Promise<void> => {
  const now = Date.now()
  const actor = operatorActor(organisationPk, COMMAND)
  const secret = generateApiKey()
  await commitMutation(database, 'Creating the key', actor, createKey(actor, parseGrant(options, now), await hashApiKey(secret), now), now)
  console.log(`Created an API key. It is shown only once, because only its hash is stored:\n\n  ${secret}\n`)
}

interface KeyRow {
  id: number
  name: string
  role: string
  factories: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  last_used_at: number | null
}

const list = async (database: Database, organisationPk: number): Promise<void> => {
  const rows = await database.query<KeyRow>('Listing keys', [
    sql`select id, name, role, factories, created_at, expires_at, revoked_at, last_used_at from api_keys
      where organisation_pk = ${organisationPk} order by id`,
  ])
  if (rows.length === 0) return console.log('The organisation has no keys.')
  console.log(
    formatTable(
      rows.map(({ id, name, role, factories, ...times }) => ({
        id,
        name,
        role,
        factories: factories ?? 'all',
        created: formatDate(times.created_at),
        expires: formatDate(times.expires_at),
        revoked: formatDate(times.revoked_at),
        used: formatDate(times.last_used_at),
      })),
    ),
  )
}

const revoke = async (database: Database, organisationPk: number, id: string): Promise<void> => {
  const now = Date.now()
  const actor = operatorActor(organisationPk, COMMAND)
  await commitMutation(database, 'Revoking the key', actor, revokeKey(actor, Number(id), now), now)
  console.log(`Revoked key ${id}. Writes with it fail at once, reads within 30 seconds.`)
}

/** Prints only the key, for use in a shell: `KEY=$(npm run --silent key -- local)`. */
const printLocal = async (database: Database, directory: string): Promise<void> => {
  const key = await getLocalAdminKey(database, LOCAL_ORGANISATION, directory)
  if (key === undefined) throw new CliError(`This database has no organisation '${LOCAL_ORGANISATION}'. Run npm start to create it.`)
  console.log(key)
}

const { values, positionals } = await readCommandLine({
  command: COMMAND,
  usage: `create --role ROLE --name NAME [--factories 0,1] [--expires 2030-01-31] | list | revoke ID | local
  [--organisation SLUG] [--remote | --persist-to DIR] [--env NAME]`,
  options: {
    ...operatorOptions,
    organisation: { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    factories: { type: 'string' },
    expires: { type: 'string' },
  },
  positionals: 3,
})

/** `npm run key`: creates, lists and revokes API keys, and prints the admin key of this machine. */
await runCommand(async () => {
  const { verb, argument: id } = readVerb(COMMAND, verbs, positionals, values)
  if (verb === 'create') parseGrant(values, Date.now())
  if (verb === 'revoke') parseInteger('revoke', id, 0, Number.MAX_SAFE_INTEGER)
  checkTarget(values)
  await withDatabase(values, async (database) => {
    if (verb === 'local') return printLocal(database, keyDirectory(values))
    const organisationPk = await findOrganisation(database, values.organisation ?? LOCAL_ORGANISATION)
    if (verb === 'create') return create(database, organisationPk, values)
    return verb === 'list' ? list(database, organisationPk) : revoke(database, organisationPk, id)
  })
})
