import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LOCAL_ORGANISATION } from './local-admin-key.ts'
import { load } from './load-files.ts'
import { readMigrations } from './migrations.ts'
import { readSeedFile } from './read-file.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

/** Later than every reading of the seed, so that the result does not depend on the day. */
const NOW = Date.UTC(2030, 0)

/** The organisation, as long as it never had a factory or a sprocket type. Every statement runs under this condition. */
const EMPTY = `o.slug = '${LOCAL_ORGANISATION}' and o.deleted_at is null and o.next_factory_id = 0 and o.next_sprocket_id = 0`

/** The tables that a load fills, in the order in which their rows refer to each other, with conditions of their own. */
const TABLES: Record<string, string> = {
  changes: `and (v.subject <> 'organisation' or not exists (select 1 from changes where organisation = o.number))`,
  zone_offsets: 'and not exists (select 1 from zone_offsets as z where z.zone = v.zone)',
  series: '',
  factories: '',
  calendars: '',
  readings: '',
  hours: '',
  days: '',
  sprockets: '',
}

const seriesOf = (factory: string) => `(select max(number) from series where organisation = o.number and factory = ${factory})`
const calendarOf = (factory: string) => `(select max(number) from calendars where series = ${seriesOf(factory)})`

/** Columns whose values another database or another day has different. Of `series` and `calendar` a row gives the factory. */
const WORDED: Record<string, (value: string) => string> = {
  organisation: () => 'o.number',
  series: seriesOf,
  calendar: calendarOf,
  at: () => 'unixepoch() * 1000',
  created_at: () => 'unixepoch() * 1000',
  commit_id: () => 'lower(hex(randomblob(16)))',
  request_id: () => `'seed.sql'`,
  user_agent: () => `'seed.sql'`,
}

type Row = Record<string, string | number | null>

const literal = (value: string | number | null): string => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value))

/** Loads the seed into a new database, by the loader that `npm start` uses. */
const loadSeed = async (): Promise<DatabaseSync> => {
  const sqlite = new DatabaseSync(':memory:')
  for (const { sql } of await readMigrations()) sqlite.exec(sql)
  const files = await Promise.all(
    ['factories', 'sprockets'].map((name) => readSeedFile(join(import.meta.dirname, `../../seed/${name}.json`), NOW)),
  )
  await load(openSqliteDatabase(sqlite), files, { organisation: LOCAL_ORGANISATION, tell: () => {} })
  return sqlite
}

/** Words the rows of one table as a statement. */
const insertRows = (rowsOf: (query: string) => Row[], table: string, condition: string): string => {
  const names = rowsOf(`select name from pragma_table_info('${table}') where name not in ('number', 'seq')`).map(({ name }) => String(name))
  // A series names its calendar, which does not exist yet.
  const columns = names.filter((name) => !(table === 'series' && name === 'calendar'))
  const factoryOf = {
    series: `(select factory from series where number = t.series)`,
    calendar: `(select factory from series
    where number = (select series from calendars where number = t.calendar))`,
  } as Record<string, string>
  const rows = rowsOf(`select ${columns.map((name) => `${factoryOf[name] ?? `t."${name}"`} as "${name}"`).join(', ')} from ${table} as t`)
  const given = columns.filter((name) => WORDED[name] === undefined || factoryOf[name] !== undefined)
  const values = rows.map((row) => `  (${given.map((name) => literal(row[name]!)).join(', ')})`)
  return `with v(${given.join(', ')}) as (values
${values.join(',\n')})
insert into ${table} (${columns.join(', ')})
select ${columns.map((name) => WORDED[name]?.(`v.${name}`) ?? `v.${name}`).join(', ')}
from organisations as o cross join v where ${EMPTY}${condition && `\n  ${condition}`}`
}

/**
 * Builds seed/seed.sql: the seed's JSON files as SQL for a migrated database, the rows that the loader writes. It changes
 * nothing where the organisation has, or ever had, a factory or a sprocket type, so it may run twice.
 */
export const buildSeedSql = async (): Promise<string> => {
  const sqlite = await loadSeed()
  const rowsOf = (query: string) => sqlite.prepare(query).all() as Row[]
  const tables = rowsOf(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`).map(({ name }) => String(name))
  for (const table of tables.filter((name) => TABLES[name] === undefined && name !== 'organisations'))
    if (rowsOf(`select 1 from ${table} limit 1`).length) throw new Error(`A load fills ${table}, which src/cli/seed-sql.ts does not know.`)
  const [organisation] = rowsOf('select * from organisations')
  const counters = ['next_factory_id', 'next_sprocket_id', 'factory_count', 'sprocket_count']
  const slug = literal(LOCAL_ORGANISATION)
  const statements = [
    `insert into organisations (slug, name, created_at)
select ${slug}, ${slug}, unixepoch() * 1000 where not exists (select 1 from organisations where slug = ${slug} and deleted_at is null)`,
    ...Object.entries(TABLES).map(([table, condition]) => insertRows(rowsOf, table, condition)),
    `update series set calendar = (select max(number) from calendars where series = series.number)
where organisation in (select o.number from organisations as o where ${EMPTY})`,
    // Payloads that readers have seen of the empty organisation are stale now; cron publishes them.
    `update copies set stale_seq = (select max(seq) from changes) where exists (
  select 1 from organisations as o where ${EMPTY} and copies.path >= o.number || '/' and copies.path < o.number || '0')`,
    `update organisations as o set ${counters.map((name) => `${name} = ${organisation![name]}`).join(', ')}
where ${EMPTY}`,
  ]
  return `-- Generated from factories.json and sprockets.json by "npm run seed:sql"; do not edit.
-- npx wrangler d1 execute sprocket-telemetry --local --file=seed/seed.sql
${statements.map((statement) => `\n${statement};\n`).join('')}`
}
