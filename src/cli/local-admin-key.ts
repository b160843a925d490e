import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { hashApiKey, isApiKey, generateApiKey } from '../auth/api-key.ts'
import { createKey } from '../commands/keys.ts'
import type { Database } from './database.ts'
import { stateDirectory } from './options.ts'
import type { Target } from './options.ts'
import { renderCommit } from './render-sql.ts'

/** The organisation that `npm start` seeds and serves. */
export const LOCAL_ORGANISATION = 'demo'

/** Returns the directory of the admin key, inside the local state. */
export const keyDirectory = (target: Target): string => join(stateDirectory(target), 'local-key')

/** Returns the key of a directory. Creates the key if the file has none, or if `isReplaced`. Only the owner can read its file, and git ignores it. */
const readOrCreateKey = async (directory: string, isReplaced: boolean): Promise<string> => {
  const file = join(directory, 'admin-key')
  const stored = isReplaced
    ? ''
    : await readFile(file, 'utf8')
        .then((text) => text.trim())
        .catch(() => '')
  if (isApiKey(stored)) return stored
  const key = generateApiKey()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, '.gitignore'), '*\n')
  await writeFile(file, `${key}\n`, { mode: 0o600 })
  return key
}

/** Finds the organisation and the key with this hash. `isValid` is null if the database does not have the key. */
const findKey = async (database: Database, slug: string, hash: string) => {
  const isActive = sql`revoked_at is null and (expires_at is null or expires_at > ${Date.now()})`
  const [row] = await database.query<{ organisationPk: number; isValid: number | null }>('Finding the local key', [
    sql`select pk as organisationPk, (select ${isActive} and organisation_pk = organisations.pk from api_keys where hash = ${hash}) as isValid
      from organisations where slug = ${slug} and deleted_at is null`,
  ])
  return row
}

/** Adds the key to the organisation, with an audit entry. */
const insertKey = async (database: Database, organisationPk: number, hash: string): Promise<void> => {
  const actor = { organisationPk, key: null, requestId: `start-${crypto.randomUUID()}`, userAgent: 'npm start', country: null }
  const now = Date.now()
  const mutation = createKey(actor, { name: 'local', role: 'admin', factories: null, expiresAt: null }, hash, now)
  await database.run('Adding the local key', renderCommit(actor, mutation, now))
}

/**
 * Returns the admin key of this machine. It is created at the first start and replaced if it was revoked or has expired. The database
 * stores only its hash; a new database gets the same key again.
 * @param directory where the key is stored, next to the local database
 * @returns undefined if the organisation does not exist
 */
export const getLocalAdminKey = async (database: Database, organisation: string, directory: string): Promise<string | undefined> => {
  for (const isReplaced of [false, true]) {
    const key = await readOrCreateKey(directory, isReplaced)
    const hash = await hashApiKey(key)
    const found = await findKey(database, organisation, hash)
    if (!found) return undefined
    if (found.isValid === null) await insertKey(database, found.organisationPk, hash)
    if (found.isValid !== 0) return key
  }
  return undefined
}
