import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq, is, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { beforeAll, describe, expect, test } from 'vitest'
import * as tables from '../../src/db/schema.ts'
import { mixUpsOf, watchBatches } from '../support/columns.ts'

const described = Object.values(tables)
  .filter((table) => is(table, SQLiteTable))
  .map((table) => getTableConfig(table))

/** Tables whose key is what they are read by: rows lie in its order, without a number of their own. */
const WITHOUT_ROWID = new Set(described.filter(({ primaryKeys }) => primaryKeys.length > 0).map(({ name }) => name))

beforeAll(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

const rowsOf = async <Row>(query: string) => (await env.DB.prepare(query).all<Row>()).results

describe('the migrations make what src/db/schema.ts describes', () => {
  test('the same tables', async () => {
    const made = await rowsOf<{ name: string }>(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like '\\_cf%' escape '\\' and name <> 'd1_migrations'`,
    )
    expect(made.map(({ name }) => name).toSorted()).toEqual(described.map(({ name }) => name).toSorted())
  })

  test.each(described.map((table) => [table.name, table] as const))(
    '%s: columns, their types, nulls, defaults and keys',
    async (name, table) => {
      interface Column {
        name: string
        type: string
        notnull: number
        dflt_value: string | null
        pk: number
      }
      const made = (await rowsOf<Column>(`select * from pragma_table_info('${name}')`)).map((column) => ({
        name: column.name,
        type: column.type.toLowerCase(),
        notNull: column.notnull === 1,
        default: column.dflt_value,
        isKey: column.pk > 0,
      }))
      const keys = new Set(table.primaryKeys.flatMap(({ columns }) => columns.map((column) => column.name)))
      const meant = table.columns.map((column) => ({
        name: column.name,
        type: column.getSQLType(),
        notNull: column.notNull,
        default: column.hasDefault && column.default !== undefined ? String(column.default) : null,
        isKey: column.primary || keys.has(column.name),
      }))
      expect(made).toEqual(meant)
    },
  )

  test('all STRICT, and WITHOUT ROWID where the key is of several columns', async () => {
    const made = await rowsOf<{ name: string; strict: number; wr: number }>(
      `select name, strict, wr from pragma_table_list where schema = 'main'`,
    )
    for (const { name } of described) {
      const found = made.find((each) => each.name === name)
      expect([name, found?.strict, found?.wr]).toEqual([name, 1, WITHOUT_ROWID.has(name) ? 1 : 0])
    }
  })

  test('the same indexes', async () => {
    const made = await rowsOf<{ name: string }>(`select name from sqlite_schema where type = 'index' and sql is not null`)
    const meant = described.flatMap(({ indexes }) => indexes.map((index) => index.config.name))
    expect(made.map(({ name }) => name).toSorted()).toEqual(meant.toSorted())
  })
})

describe('two columns of one name in a batch', () => {
  const { factories, organisations } = tables
  const joined = () => {
    const db = drizzle(env.DB)
    return db
      .select({ factory: factories.number, organisation: organisations.number, slug: organisations.slug })
      .from(organisations)
      .innerJoin(factories, eq(factories.organisation, organisations.number))
  }
  beforeAll(async () => {
    await env.DB.batch([
      env.DB.prepare(`insert into organisations (number, slug, name, created_at) values (7, 'demo', 'demo', 0)`),
      env.DB.prepare(`insert into factories (number, organisation, id, time_zone, series, created_at) values (9, 7, 0, 'UTC', 1, 0)`),
    ])
  })

  test('are mixed up by drizzle, alone not: that is why they are looked for', async () => {
    const right = [{ factory: 9, organisation: 7, slug: 'demo' }]
    expect(await joined()).toEqual(right)
    expect(await drizzle(env.DB).batch([joined()])).not.toEqual([right])
  })

  test('are found', () => {
    const db = drizzle(env.DB)
    expect(mixUpsOf(joined())).toEqual([expect.stringMatching(/^number stands twice/)])
    expect(mixUpsOf(db.select({ a: sql`1`.as('x'), b: sql`2`.as('x') }).from(factories))).toHaveLength(1)
    expect(mixUpsOf(db.select({ a: sql`1`, b: sql`2` }).from(factories))).toHaveLength(1)
    expect(mixUpsOf(db.select({ a: factories.id, b: sql`2`.as('1') }).from(factories))).toHaveLength(1)
    expect(mixUpsOf(db.update(factories).set({ id: 1 }).returning({ a: factories.id, b: factories.id }))).toHaveLength(1)
    expect(mixUpsOf(db.select({ id: factories.id, other: sql`1`.as('other') }).from(factories))).toEqual([])
    expect(mixUpsOf(db.delete(factories))).toEqual([])
  })

  test('stop the batch that holds them', async () => {
    watchBatches()
    await expect(async () => drizzle(env.DB).batch([joined()])).rejects.toThrow(/stands twice/)
  })
})
