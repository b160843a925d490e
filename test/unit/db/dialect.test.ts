import { eq, inArray, Param, sql, SQL, StringChunk } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { describe, expect, test, vi } from 'vitest'
import { CompiledSql, dialect } from '../../../src/db/dialect.ts'
import { factories, organisations } from '../../../src/db/schema.ts'

// Promise: the dialect renders every expression as Drizzle does, and remembers the name of a column.

const drizzle = new SQLiteAsyncDialect()
const compiled = new CompiledSql(['a = ', ' and b in ', ''], [1, [2, sql`c + ${3}`]])
const nested = new CompiledSql(['(', ') or ', ' is null'], [compiled, factories.name])

const EXPRESSIONS: [name: string, SQL][] = [
  ['text', sql`select 1`],
  ['a text of two parts', new SQL([new StringChunk(['select ', '1'])])],
  ['a text of three parts', new SQL([new StringChunk(['select ', '1, ', '2'])])],
  ['values', sql`${'a'} ${1} ${null} ${0} ${''}`],
  ['a value that is left out', sql`a ${undefined} b`],
  ['other values', sql`${true} ${new Param(5)} ${5n}`],
  ['a table and columns', sql`${factories} ${factories.id} ${organisations.pk} ${factories.id}`],
  ['a name', sql`${sql.identifier('odd "name"')} = ${1}`],
  ['raw text', sql`${sql.raw('a = ?')} ${2}`],
  ['nested SQL', sql`(${sql`a ${1} ${sql`b ${2}`}`}) ${3}`],
  ['an empty list', sql`a in ${[]}`],
  ['a list of one', sql`a in ${['x']}`],
  ['a list of values, SQL and columns', sql`a in ${[1, sql`b + ${2}`, factories.id, [3, 4]]}`],
  ['an alias', sql`${sql`1 + ${1}`.as('sum')}`],
  ['conditions of Drizzle', sql`${eq(factories.id, 7)} and ${inArray(factories.name, ['a', 'b'])}`],
  ['joined SQL', sql.join([sql`a`, sql`${1}`, sql`c`], sql`, `)],
  ['compiled SQL', sql`x ${compiled} y ${4}`],
  ['compiled SQL in compiled SQL', sql`${nested} z`],
  ['compiled SQL without values', sql`${new CompiledSql(['true'], [])} ${1}`],
]

test.each(EXPRESSIONS)('the dialect renders %s as Drizzle does', (_, expression) => {
  const { sql: text, params } = drizzle.sqlToQuery(expression)
  expect(dialect.sqlToQuery(expression)).toMatchObject({ sql: text, params })
})

test('the dialect leaves the expressions of indexes to Drizzle, which does not qualify their columns', () => {
  const condition = sql`${factories.id} > ${sql.raw('1')}`
  expect(dialect.sqlToQuery(condition, 'indexes').sql).toBe(drizzle.sqlToQuery(condition, 'indexes').sql)
  expect(dialect.sqlToQuery(condition, 'indexes').sql).not.toBe(dialect.sqlToQuery(condition).sql)
})

describe('CompiledSql', () => {
  test('CompiledSql fills its values between its texts', () => {
    expect(dialect.sqlToQuery(sql`${compiled}`)).toEqual({ sql: 'a = ? and b in (?, c + ?)', params: [1, 2, 3] })
    expect(drizzle.sqlToQuery(sql`${compiled}`)).toMatchObject({ sql: 'a = ? and b in (?, c + ?)', params: [1, 2, 3] })
  })
})

describe('the calls of Drizzle', () => {
  /** Returns the number of calls of Drizzle while the dialect renders an expression. */
  const countCalls = (expression: SQL) => {
    const render = vi.spyOn(SQLiteAsyncDialect.prototype, 'sqlToQuery')
    dialect.sqlToQuery(expression)
    const calls = render.mock.calls.length
    render.mockRestore()
    return calls
  }

  test.each([
    ['text', sql`select 1`],
    ['a string', sql`${'a'}`],
    ['a number', sql`${1}`],
    ['null', sql`${null}`],
    ['nested SQL', sql`(${sql`a`})`],
    ['a name', sql`${sql.identifier('a')}`],
    ['a list', sql`${[1, 'a', null]}`],
    ['compiled SQL', sql`${compiled}`],
  ])('the dialect renders %s without Drizzle, which takes several times as long', (_, expression) => {
    expect(countCalls(expression)).toBe(0)
  })

  test.each([
    ['column', sql`${organisations.created_at}`],
    ['table', sql`${organisations}`],
  ])('the dialect asks Drizzle for the name of a %s once', (_, expression) => {
    countCalls(expression)
    expect([countCalls(expression), countCalls(sql`${expression} ${expression}`)]).toEqual([0, 0])
  })
})
