import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialect } from '../../src/db/dialect.ts'
import { factories, organisations } from '../../src/db/schema.ts'
import { checkStatementColumns, findMixedUpColumns, ignoreStatementColumns } from '../support/columns.ts'
import { TABLES } from '../support/tables.ts'
import { resetStorage } from '../support/storage.ts'

// Promise: the migrations create exactly the schema of src/db, and no batch mixes up two columns of one name.

/** Tables that are read by a composite key. Rows are stored in its order, without a row id. */
const WITHOUT_ROWID = new Set(TABLES.filter(({ primaryKeys }) => primaryKeys.length > 0).map(({ name }) => name))

beforeAll(async () => {
  await resetStorage()
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

const rowsOf = async <Row>(query: string) => (await env.DB.prepare(query).all<Row>()).results

/** Returns a default as the text of SQL. */
const literalOf = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value))

describe('the migrations', () => {
  test('the migrations create the tables of the schema', async () => {
    const created = await rowsOf<{ name: string }>(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like '\\_cf%' escape '\\' and name <> 'd1_migrations'`,
    )
    expect(created.map(({ name }) => name).toSorted()).toEqual(TABLES.map(({ name }) => name).toSorted())
  })

  test.each(TABLES.map((table) => [table.name, table] as const))(
    'the migrations create table %s with the columns, types, nulls, defaults and keys of the schema',
    async (name, table) => {
      interface Column {
        name: string
        type: string
        notnull: number
        dflt_value: string | null
        pk: number
      }
      const created = (await rowsOf<Column>(`select * from pragma_table_info('${name}')`)).map((column) => ({
        name: column.name,
        type: column.type.toLowerCase(),
        notNull: column.notnull === 1,
        default: column.dflt_value,
        isKey: column.pk > 0,
      }))
      const keys = new Set(table.primaryKeys.flatMap(({ columns }) => columns.map((column) => column.name)))
      const expected = table.columns.map((column) => ({
        name: column.name,
        type: column.getSQLType(),
        notNull: column.notNull,
        default: column.hasDefault && column.default !== undefined ? literalOf(column.default) : null,
        isKey: column.primary || keys.has(column.name),
      }))
      // The order differs, because a migration adds columns at the end. Every statement names the columns.
      const byName = <T extends { name: string }>(all: T[]) => all.toSorted((a, b) => a.name.localeCompare(b.name))
      expect(byName(created)).toEqual(byName(expected))
    },
  )

  test('every table is STRICT, and WITHOUT ROWID if its key has several columns', async () => {
    const created = await rowsOf<{ name: string; strict: number; wr: number }>(
      `select name, strict, wr from pragma_table_list where schema = 'main'`,
    )
    for (const { name } of TABLES) {
      const found = created.find((each) => each.name === name)
      expect([name, found?.strict, found?.wr]).toEqual([name, 1, WITHOUT_ROWID.has(name) ? 1 : 0])
    }
  })

  test('the migrations create the indexes of the schema, with its columns in their order, and its conditions', async () => {
    const created = await rowsOf<{ name: string; sql: string; isUnique: number; columns: string }>(
      `select name, sql, sql like 'create unique %' as isUnique, (select group_concat(column.name order by seqno) from pragma_index_info(index_.name) as column) as columns
      from sqlite_schema as index_ where type = 'index' and sql is not null`,
    )
    // A migration may quote names, and qualifies none.
    const normalize = (condition = '') => condition.toLowerCase().replaceAll(/["`]|\b\w+\.|;$/g, '')
    const toText = (name: string, isUnique: boolean, columns: string, condition: string | undefined) =>
      `${isUnique ? 'unique ' : ''}${name} (${columns}) ${normalize(condition)}`.trim()
    const expected = TABLES.flatMap(({ indexes }) =>
      indexes.map(({ config }) => {
        const columns = config.columns.map((column) => ('name' in column ? column.name : '')).join(',')
        return toText(config.name, config.unique, columns, config.where && dialect.sqlToQuery(config.where).sql)
      }),
    )
    const texts = created.map(({ name, sql, isUnique, columns }) => toText(name, isUnique === 1, columns, / where (.*)$/i.exec(sql)?.[1]))
    expect(texts.toSorted()).toEqual(expected.toSorted())
  })

  test('the migrations create the primary keys of the schema with their columns in order', async () => {
    for (const { name, columns, primaryKeys } of TABLES) {
      const created = await rowsOf<{ name: string }>(`select name from pragma_table_info('${name}') where pk > 0 order by pk`)
      const stated = primaryKeys.flatMap((key) => key.columns.map((column) => column.name))
      const single = columns.filter(({ primary }) => primary).map((column) => column.name)
      expect([name, created.map((column) => column.name)]).toEqual([name, stated.length > 0 ? stated : single])
    }
  })
})

describe('two columns of one name in a batch', () => {
  // The test harness checks the statements of all files.
  afterAll(checkStatementColumns)
  const joined = () => {
    const db = drizzle(env.DB)
    return db
      .select({ factory: factories.pk, organisationPk: organisations.pk, slug: organisations.slug })
      .from(organisations)
      .innerJoin(factories, eq(factories.organisation_pk, organisations.pk))
  }
  beforeAll(async () => {
    await env.DB.batch([
      env.DB.prepare(`insert into organisations (pk, slug, name, created_at) values (7, 'demo', 'demo', 0)`),
      env.DB.prepare(`insert into factories (pk, organisation_pk, id, time_zone, series_pk, created_at) values (9, 7, 0, 'UTC', 1, 0)`),
    ])
  })

  test('Drizzle mixes up two columns of one name in a batch, but not in a single statement', async () => {
    ignoreStatementColumns()
    const right = [{ factory: 9, organisationPk: 7, slug: 'demo' }]
    expect(await joined()).toEqual(right)
    expect(await drizzle(env.DB).batch([joined()])).not.toEqual([right])
  })

  test('findMixedUpColumns finds columns of one name', () => {
    const db = drizzle(env.DB)
    expect(findMixedUpColumns(joined())).toEqual([expect.stringMatching(/^pk occurs twice/)])
    expect(findMixedUpColumns(db.select({ a: sql`1`.as('x'), b: sql`2`.as('x') }).from(factories))).toHaveLength(1)
    expect(findMixedUpColumns(db.select({ a: sql`1`, b: sql`2` }).from(factories))).toHaveLength(1)
    expect(findMixedUpColumns(db.select({ a: factories.id, b: sql`2`.as('1') }).from(factories))).toHaveLength(1)
    expect(findMixedUpColumns(db.update(factories).set({ id: 1 }).returning({ a: factories.id, b: factories.id }))).toHaveLength(1)
    expect(findMixedUpColumns(db.select({ id: factories.id, other: sql`1`.as('other') }).from(factories))).toEqual([])
    expect(findMixedUpColumns(db.delete(factories))).toEqual([])
  })

  test('checkStatementColumns stops a batch with two columns of one name', async () => {
    checkStatementColumns()
    await expect(async () => drizzle(env.DB).batch([joined()])).rejects.toThrow(/occurs twice/)
  })
})
