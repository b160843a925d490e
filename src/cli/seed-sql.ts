import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LOCAL_ORGANISATION } from './local-admin-key.ts'
import { load } from './load-files.ts'
import { readMigrations } from './migrations.ts'
import { readSeedFile } from './read-file.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

/** A time later than every reading of the seed. It is fixed, so that the result does not depend on the current date. */
const NOW = Date.UTC(2030, 0)

/** The condition that the organisation never had a factory or a sprocket type. Every statement requires it. */
const EMPTY = `o.slug = '${LOCAL_ORGANISATION}' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0`

/** The tables that a load may fill, ordered so that referenced rows come first, each with an additional condition. */
const TABLES: Record<string, string> = {
  audit_log: `and (v.subject <> 'organisation' or not exists (
    select 1 from audit_log where organisation_pk = o.pk union all select 1 from old_audit_log where organisation_pk = o.pk))`,
  time_zone_offsets: 'and not exists (select 1 from time_zone_offsets as z where z.time_zone = v.time_zone)',
  series: '',
  factories: '',
  chunks: '',
  daily_sums: '',
  sprockets: '',
}

const seriesExpression = (factory: string) => `(select max(pk) from series where organisation_pk = o.pk and factory_id = ${factory})`

/**
 * Columns whose values differ between databases or dates, as expressions. For `series_pk`, the row contains the factory id. An
 * expression without a parameter does not use the row.
 */
const EXPRESSIONS: Record<string, (value: string) => string> = {
  organisation_pk: () => 'o.pk',
  commit_seq: (value) =>
    `${value} + max(o.commit_seq_base, coalesce((select max(commit_seq) from audit_log where organisation_pk = o.pk), 0))`,
  series_pk: seriesExpression,
  at: () => 'unixepoch() * 1000',
  created_at: () => 'unixepoch() * 1000',
  commit_id: () => 'lower(hex(randomblob(16)))',
  request_id: () => `'seed.sql'`,
  user_agent: () => `'seed.sql'`,
}

type Row = Record<string, string | number | null>

const literal = (value: string | number | null): string => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value))

/** Loads the seed into a new database in memory, with the loader of `npm start`. */
const loadSeed = async (): Promise<DatabaseSync> => {
  const sqlite = new DatabaseSync(':memory:')
  for (const { sql } of await readMigrations()) sqlite.exec(sql)
  const files = await Promise.all(
    ['factories', 'sprockets'].map((name) => readSeedFile(join(import.meta.dirname, `../../seed/${name}.json`), NOW)),
  )
  await load(openSqliteDatabase(sqlite), files, { organisation: LOCAL_ORGANISATION, log: () => {} })
  return sqlite
}

/** Builds the statement that inserts the rows of one table, or none for an empty table. */
const insertRows = (queryRows: (query: string) => Row[], table: string, condition: string): string[] => {
  const columns = queryRows(`select name from pragma_table_info('${table}') where name <> 'pk'`).map(({ name }) => String(name))
  const factoryExpressions = { series_pk: `(select factory_id from series where pk = t.series_pk)` } as Record<string, string>
  const rows = queryRows(
    `select ${columns.map((name) => `${factoryExpressions[name] ?? `t."${name}"`} as "${name}"`).join(', ')} from ${table} as t`,
  )
  if (rows.length === 0) return []
  const inputColumns = columns.filter((name) => EXPRESSIONS[name]?.length !== 0)
  const values = rows.map((row) => `  (${inputColumns.map((name) => literal(row[name]!)).join(', ')})`)
  return [
    `with v(${inputColumns.join(', ')}) as (values
${values.join(',\n')})
insert into ${table} (${columns.join(', ')})
select ${columns.map((name) => EXPRESSIONS[name]?.(`v.${name}`) ?? `v.${name}`).join(', ')}
from organisations as o cross join v where ${EMPTY}${condition && `\n  ${condition}`}`,
  ]
}

/**
 * Builds seed/seed.sql: the rows that the loader writes for the JSON files of the seed, as SQL for a migrated database. The SQL has no
 * effect if the organisation has, or ever had, a factory or a sprocket type, so it can run twice.
 */
export const buildSeedSql = async (): Promise<string> => {
  const sqlite = await loadSeed()
  const queryRows = (query: string) => sqlite.prepare(query).all() as Row[]
  const tables = queryRows(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`).map(({ name }) =>
    String(name),
  )
  for (const table of tables.filter((name) => TABLES[name] === undefined && name !== 'organisations'))
    if (queryRows(`select 1 from ${table} limit 1`).length)
      throw new Error(`A load fills the table ${table}. Add it to TABLES in src/cli/seed-sql.ts.`)
  const [organisation] = queryRows('select * from organisations')
  const counters = ['next_factory_id', 'next_sprocket_id', 'factory_count', 'sprocket_count']
  const slug = literal(LOCAL_ORGANISATION)
  const statements = [
    `insert into organisations (slug, name, created_at)
select ${slug}, ${slug}, unixepoch() * 1000 where not exists (select 1 from organisations where slug = ${slug} and deleted_at is null)`,
    ...Object.entries(TABLES).flatMap(([table, condition]) => insertRows(queryRows, table, condition)),
    // Invalidates the cache entries of the empty organisation. Cron publishes them.
    `update cache_entries set stale_seq = (select max(commit_seq) from audit_log where organisation_pk = cast(path as integer)) where exists (
  select 1 from organisations as o where ${EMPTY} and cache_entries.path >= o.pk || '/' and cache_entries.path < o.pk || '0')`,
    `update organisations as o set ${counters.map((name) => `${name} = ${organisation![name]}`).join(', ')}
where ${EMPTY}`,
  ]
  return `-- Generated from factories.json and sprockets.json by "npm run seed:sql"; do not edit.
-- npx wrangler d1 execute sprocket-telemetry --local --file=seed/seed.sql
${statements.map((statement) => `\n${statement};\n`).join('')}`
}
