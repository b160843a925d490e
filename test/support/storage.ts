import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

/** Deletes all data of D1 and KV. Both are used first, because `reset` leaves out storage that was idle for ten seconds. */
export const resetStorage = async (): Promise<void> => {
  await Promise.all([env.DB.prepare('select 1').run(), env.CACHE.get('none')])
  await reset()
}

/** Statements that create the tables of a database, then their rows, then their indexes and triggers. */
export type DatabaseDump = { sql: string; values: unknown[] }[]

const isTable = ({ type }: { type: string }) => type === 'table'

/** Returns the dump of the database in D1. */
export const dumpDatabase = async (): Promise<DatabaseDump> => {
  const { results: schema } = await env.DB.prepare(
    "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' and name not like '_cf_%'",
  ).all<{ type: string; name: string; sql: string }>()
  const create = (objects: typeof schema) => objects.map(({ sql }) => ({ sql, values: [] }))
  const tables = schema.filter(isTable)
  // SQLite creates `sqlite_sequence` with the first table that counts its keys.
  const names = [...tables.map(({ name }) => name), 'sqlite_sequence']
  const contents = await env.DB.batch<Record<string, unknown>>(names.map((name) => env.DB.prepare(`select * from "${name}"`)))
  const rows = contents.flatMap(({ results }, index) =>
    results.map((row) => ({
      sql: `insert into "${names[index]}" (${Object.keys(row).join(', ')}) values (${Object.keys(row)
        .map(() => '?')
        .join(', ')})`,
      values: Object.values(row),
    })),
  )
  return [
    { sql: 'pragma defer_foreign_keys = on', values: [] },
    ...create(tables),
    ...rows,
    ...create(schema.filter((object) => !isTable(object))),
  ]
}

/** Writes a dump to the empty database in D1. */
export const restoreDatabase = async (dump: DatabaseDump): Promise<void> => {
  await env.DB.batch(dump.map(({ sql, values }) => env.DB.prepare(sql).bind(...values)))
}
