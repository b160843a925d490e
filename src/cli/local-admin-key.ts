import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { hashApiKey, isApiKey, generateApiKey } from '../auth/api-key.ts'
import { createKey } from '../commands/keys.ts'
import type { Database } from './database.ts'
import { stateDirectory } from './options.ts'
import type { Place } from './options.ts'
import { renderCommit } from './render-sql.ts'

/** The organisation that `npm start` seeds and serves. */
export const LOCAL_ORGANISATION = 'demo'

/** The directory that keeps the admin key of a local state. */
export const keyDirectory = (place: Place): string => join(stateDirectory(place), 'local-key')

/** The key that a directory keeps, or a new one that it keeps from now on, readable by its owner alone and unseen by git. */
const keptKey = async (directory: string, anew: boolean): Promise<string> => {
  const file = join(directory, 'admin-key')
  const kept = anew
    ? ''
    : await readFile(file, 'utf8')
        .then((text) => text.trim())
        .catch(() => '')
  if (isApiKey(kept)) return kept
  const key = generateApiKey()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, '.gitignore'), '*\n')
  await writeFile(file, `${key}\n`, { mode: 0o600 })
  return key
}

/** Whether the organisation is there, and how a key of this hash stands: null where there is none. */
const standingOf = async (database: Database, slug: string, hash: string) => {
  const alive = sql`revoked_at is null and (expires_at is null or expires_at > ${Date.now()})`
  const [row] = await database.ask<{ organisation: number; isGood: number | null }>('Looking for the local key', [
    sql`select number as organisation, (select ${alive} and organisation = organisations.number from api_keys where hash = ${hash}) as isGood
      from organisations where slug = ${slug} and deleted_at is null`,
  ])
  return row
}

/** Makes the key known to the organisation, and says so in its log. */
const admit = async (database: Database, organisation: number, hash: string): Promise<void> => {
  const author = { organisation, key: null, requestId: `start-${crypto.randomUUID()}`, userAgent: 'npm start', country: null }
  const now = Date.now()
  const draft = createKey(author, { name: 'local', role: 'admin', factories: null, expiresAt: null }, hash, now)
  await database.run('Admitting the local key', renderCommit(author, draft, now))
}

/**
 * The administrator's key of this machine: made at the first start, the same ever after. One that was revoked is replaced.
 * The database holds its hash alone; where the database was thrown away the key is admitted again.
 * @param directory where it is kept, beside the database that knows it
 * @returns undefined where there is no such organisation
 */
export const localAdminKey = async (database: Database, organisation: string, directory: string): Promise<string | undefined> => {
  for (const anew of [false, true]) {
    const key = await keptKey(directory, anew)
    const hash = await hashApiKey(key)
    const standing = await standingOf(database, organisation, hash)
    if (!standing) return undefined
    if (standing.isGood === null) await admit(database, standing.organisation, hash)
    if (standing.isGood !== 0) return key
  }
  return undefined
}
