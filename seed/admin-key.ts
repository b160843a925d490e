import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { hashSecret, isSecret, makeSecret } from '../src/commands/secret.ts'
import type { Database } from './database.ts'

/** The key that a directory keeps, or a new one that it keeps from now on, readable by its owner alone and unseen by git. */
const keptKey = async (directory: string, anew: boolean): Promise<string> => {
  const file = join(directory, 'admin-key')
  const kept = anew
    ? ''
    : await readFile(file, 'utf8')
        .then((text) => text.trim())
        .catch(() => '')
  if (isSecret(kept)) return kept
  const key = makeSecret()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, '.gitignore'), '*\n')
  await writeFile(file, `${key}\n`, { mode: 0o600 })
  return key
}

/** Adds the key to the organisation where it is not there, and answers whether it is good. */
const admit = async (database: Database, organisation: string, key: string): Promise<boolean> => {
  const hash = await hashSecret(key)
  const owner = sql`organisations where slug = ${organisation} and deleted_at is null`
  const isNew = sql`not exists (select 1 from api_keys where hash = ${hash})`
  const [row] = await database.ask<{ good: number }>('Admitting the local key', [
    // The counter first: it moves only where the key is not there yet.
    sql`update organisations set next_key_id = next_key_id + 1 where slug = ${organisation} and deleted_at is null and ${isNew}`,
    sql`insert into api_keys (organisation, id, hash, name, role, created_at)
      select number, next_key_id - 1, ${hash}, 'local', 'admin', ${Date.now()} from ${owner} and ${isNew}`,
    sql`select exists (select 1 from api_keys where hash = ${hash} and revoked_at is null and (expires_at is null or expires_at > ${Date.now()})
      and organisation in (select number from ${owner})) as good`,
  ])
  return row!.good === 1
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
    if (await admit(database, organisation, key)) return key
  }
  return undefined
}
