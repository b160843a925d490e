import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { load } from '../../src/cli/load-files.ts'
import { readMigrations } from '../../src/cli/migrations.ts'
import { readSeedFile } from '../../src/cli/read-file.ts'
import { render } from '../../src/cli/render-sql.ts'
import { buildSeedSql } from '../../src/cli/seed-sql.ts'
import { openSqliteDatabase } from '../../src/cli/sqlite-database.ts'
import { createOrganisation } from '../../src/commands/organisations.ts'
import { root } from './npm-start.ts'

// Promise: seed.sql loads the same rows as the loader.

const text = await readFile(join(root, 'seed/seed.sql'), 'utf8')

/** Opens a migrated database with another organisation, so that primary keys differ from those of a new database. */
const openMigrated = async (): Promise<DatabaseSync> => {
  const sqlite = new DatabaseSync(':memory:')
  for (const migration of await readMigrations()) sqlite.exec(migration.sql)
  for (const statement of createOrganisation('acme', 'Acme', 1, { requestId: 'acme', userAgent: null })) sqlite.exec(render(statement))
  return sqlite
}
const loadJson = async (sqlite: DatabaseSync) => {
  const files = await Promise.all(['factories', 'sprockets'].map((name) => readSeedFile(join(root, `seed/${name}.json`), Date.now())))
  await load(openSqliteDatabase(sqlite), files, { organisation: 'demo', log: () => {} })
}

/** Returns every row of every table, without columns that differ in each load. */
const everything = (sqlite: DatabaseSync) => {
  const tables = sqlite.prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`).all()
  const varying = new Set(['at', 'created_at', 'request_id', 'commit_id', 'user_agent'])
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      sqlite
        .prepare(`select * from ${String(name)}`)
        .all()
        .map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !varying.has(column)))),
    ]),
  )
}

test('seed.sql is the output of npm run seed:sql', async () => {
  expect(await buildSeedSql()).toBe(text)
})

test('seed.sql writes the same rows as the loader, and nothing the second time', async () => {
  const [bySql, byLoader] = [await openMigrated(), await openMigrated()]
  bySql.exec(text)
  await loadJson(byLoader)
  expect(everything(bySql)).toEqual(everything(byLoader))
  expect(bySql.prepare('select sum(readings_0 + readings_1 + readings_2 + readings_3) as readings from chunks').get()).toEqual({
    readings: 60,
  })
  const changes = () => bySql.prepare('select total_changes() as count').get()
  const before = changes()
  bySql.exec(text)
  expect(changes()).toEqual(before)
})

test('seed.sql changes nothing in an organisation that the loader has filled, or whose factories were deleted', async () => {
  const sqlite = await openMigrated()
  await loadJson(sqlite)
  sqlite.exec('delete from factories; delete from sprockets')
  const before = everything(sqlite)
  sqlite.exec(text)
  expect(everything(sqlite)).toEqual(before)
})

test('seed.sql fills an empty organisation, and marks its leased payloads as stale', async () => {
  const sqlite = await openMigrated()
  for (const statement of createOrganisation('demo', 'Demo Works', 1, { requestId: 'demo', userAgent: null }))
    sqlite.exec(render(statement))
  const lease = (path: string) =>
    sqlite.exec(render(sql`insert into cache_entries (path, version, leased_until, stale_seq, published_seq) values (${path}, 1, 9, 0, 0)`))
  for (const path of ['1/api/factories', '2/api/factories', '20/api/factories']) lease(path)
  sqlite.exec(text)
  expect(sqlite.prepare('select path from cache_entries where stale_seq > published_seq').all()).toEqual([{ path: '2/api/factories' }])
  expect(sqlite.prepare(`select name, factory_count as factories from organisations where slug = 'demo'`).get()).toEqual({
    name: 'Demo Works',
    factories: 3,
  })
  expect(sqlite.prepare(`select count(*) as entries from audit_log where organisation_pk = 2 and subject = 'organisation'`).get()).toEqual({
    entries: 1,
  })
})
