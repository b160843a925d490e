import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

const directory = join(import.meta.dirname, '../../drizzle')

/** A migration of the folder drizzle/. */
export interface Migration {
  /** File name. Wrangler records applied migrations by it. */
  name: string
  sql: string
}

/** Reads the migrations in order. */
export const readMigrations = async (): Promise<Migration[]> => {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(join(directory, name), 'utf8') })))
}

/** The table in which wrangler records applied migrations, so that `wrangler d1 migrations` and the project's commands agree. */
const TABLE = `create table if not exists d1_migrations (
  id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)`

/** Applies the missing migrations to a local database, each in one transaction. */
export const migrateLocally = async (d1: D1Database, split: (sql: string) => string[]): Promise<void> => {
  await d1.prepare(TABLE).run()
  const { results } = await d1.prepare('select name from d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const { name, sql } of await readMigrations()) {
    if (applied.has(name)) continue
    const note = d1.prepare('insert into d1_migrations (name) values (?)').bind(name)
    await d1.batch([...split(sql).map((statement) => d1.prepare(statement)), note])
  }
}

/**
 * Applies the missing migrations to the deployed database.
 * @param options `--remote`, environment and configuration of wrangler
 */
export const migrate = async (wrangler: Wrangler, options: string[]): Promise<void> => {
  await mustRun(wrangler, 'Preparing the database', ['d1', 'migrations', 'apply', 'DB', ...options])
}
