import { sql } from 'drizzle-orm'
import { createKey, revokeKey } from '../commands/keys.ts'
import { hashApiKey, generateApiKey } from '../auth/api-key.ts'
import { parseInstantMs } from '../schemas/timestamp.ts'
import { findNameError } from '../schemas/names.ts'
import { ROLES } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import { keyDirectory, LOCAL_ORGANISATION, localAdminKey } from './local-admin-key.ts'
import { withDatabase } from './database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand, UsageError } from './cli-error.ts'
import { checkPlace, commitTo, governingOptions, numberOf, operator } from './operator-session.ts'
import { parseInteger, placeOptions, readCommandLine } from './options.ts'
import { dateOf, formatTable } from './print-table.ts'
import { readVerb } from './subcommands.ts'

const COMMAND = 'npm run key'
const common = [...Object.keys(governingOptions), 'organisation']
const verbs = {
  create: { options: [...common, 'role', 'name', 'factories', 'expires'] },
  list: { options: common },
  revoke: { options: common, argument: 'the ID of the key' },
  local: { options: Object.keys(placeOptions) },
}

/** What a new key is to be, as the command line says it. */
interface Wanted {
  role?: string | undefined
  name?: string | undefined
  factories?: string | undefined
  expires?: string | undefined
}

const grantOf = ({ role, name, factories, expires }: Wanted, now: number) => {
  if (!ROLES.includes(role as Role)) throw new UsageError(`Say --role ${ROLES.join('|')}.`)
  if (!name?.trim()) throw new UsageError('Say --name: who or what will have the key.')
  const fault = findNameError(name.trim())
  if (fault !== undefined) throw new UsageError(`--name: ${fault}`)
  if (factories !== undefined && !/^\d+(,\d+)*$/.test(factories)) throw new UsageError('Say --factories as their ids, such as 0,1.')
  const expiresAt = expires === undefined ? null : (parseInstantMs(expires) ?? parseInstantMs(`${expires}T00:00:00Z`))
  if (expiresAt === undefined) throw new UsageError('Say --expires as a date, such as 2030-01-31, or as RFC 3339.')
  if (expiresAt !== null && expiresAt <= now) throw new UsageError('--expires is past: say a date in the future.')
  const ids = factories?.split(',').map(Number)
  return { role: role as Role, name: name.trim(), factories: ids ? [...new Set(ids)].toSorted((a, b) => a - b) : null, expiresAt }
}

const create = async (database: Database, organisation: number, wanted: Wanted): Promise<void> => {
  const now = Date.now()
  const author = operator(organisation, COMMAND)
  const secret = generateApiKey()
  await commitTo(database, 'Making the key', author, createKey(author, grantOf(wanted, now), await hashApiKey(secret), now), now)
  console.log(`This is the key. It is shown this once, for only its hash is kept:\n\n  ${secret}\n`)
}

interface Listed {
  id: number
  name: string
  role: string
  factories: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  last_used_at: number | null
}

const list = async (database: Database, organisation: number): Promise<void> => {
  const rows = await database.ask<Listed>('Listing keys', [
    sql`select id, name, role, factories, created_at, expires_at, revoked_at, last_used_at from api_keys
      where organisation = ${organisation} order by id`,
  ])
  if (rows.length === 0) return console.log('There is none.')
  console.log(
    formatTable(
      rows.map(({ id, name, role, factories, ...times }) => ({
        id,
        name,
        role,
        factories: factories ?? 'all',
        created: dateOf(times.created_at),
        expires: dateOf(times.expires_at),
        revoked: dateOf(times.revoked_at),
        used: dateOf(times.last_used_at),
      })),
    ),
  )
}

const revoke = async (database: Database, organisation: number, id: string): Promise<void> => {
  const now = Date.now()
  const author = operator(organisation, COMMAND)
  await commitTo(database, 'Revoking the key', author, revokeKey(author, Number(id), now), now)
  console.log(`Revoked key ${id}: at once for writes, within 30 seconds for reads.`)
}

/** Prints the key alone, so that a shell can take it: `KEY=$(npm run --silent key -- local)`. */
const printLocal = async (database: Database, directory: string): Promise<void> => {
  const key = await localAdminKey(database, LOCAL_ORGANISATION, directory)
  if (key === undefined) throw new CliError(`There is no organisation ${LOCAL_ORGANISATION} in this database: npm start creates it.`)
  console.log(key)
}

const { values, positionals } = await readCommandLine({
  command: COMMAND,
  usage: `create --role ROLE --name NAME [--factories 0,1] [--expires 2030-01-31] | list | revoke ID | local
  [--organisation SLUG] [--remote | --persist-to DIR] [--env NAME]`,
  options: {
    ...governingOptions,
    organisation: { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    factories: { type: 'string' },
    expires: { type: 'string' },
  },
  positionals: 3,
})

/** `npm run key`: makes, lists and revokes API keys, and prints the admin key of this machine. */
await runCommand(async () => {
  const { verb, argument: id } = readVerb(COMMAND, verbs, positionals, values)
  if (verb === 'create') grantOf(values, Date.now())
  if (verb === 'revoke') parseInteger('revoke', id, 0, Number.MAX_SAFE_INTEGER)
  checkPlace(values)
  await withDatabase(values, async (database) => {
    if (verb === 'local') return printLocal(database, keyDirectory(values))
    const organisation = await numberOf(database, values.organisation ?? LOCAL_ORGANISATION)
    if (verb === 'create') return create(database, organisation, values)
    return verb === 'list' ? list(database, organisation) : revoke(database, organisation, id)
  })
})
