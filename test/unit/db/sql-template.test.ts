import { sql } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { expect, test, vi } from 'vitest'
import { sqlTemplate } from '../../../src/db/sql-template.ts'
import { factories } from '../../../src/db/schema.ts'

// Promise: a SQL template returns the same SQL and parameters as the expression that it was built from.

const dialect = new SQLiteAsyncDialect()
const toQuery = (expression: ReturnType<typeof sql>) => {
  const { sql: text, params } = dialect.sqlToQuery(expression)
  return { text, params }
}

test('sqlTemplate builds its expression once and returns the same SQL with other parameters', () => {
  const build = vi.fn((id: unknown, name: unknown) => sql`case when ${factories.id} = ${id} then ${name} else ${7} || ${id} end`)
  const template = sqlTemplate<[id: number, name: string | null]>(build)
  for (const [id, name] of [
    [1, 'a'],
    [2, null],
    [3, '?'],
  ] as const)
    expect(toQuery(template(id, name))).toEqual(toQuery(sql`case when ${factories.id} = ${id} then ${name} else ${7} || ${id} end`))
  expect(build).toHaveBeenCalledTimes(1)
})

test('sqlTemplate takes SQL and other templates as parameters', () => {
  const isOne = sqlTemplate<[of: ReturnType<typeof sql>, ids: number[]]>((of, ids) => sql`${of} in ${ids}`)
  const both = sqlTemplate<[left: number, right: number]>((left, right) => sql`(${isOne(sql`a + ${left}`, [1, 2])}) and ${right} > ${left}`)
  expect(toQuery(both(5, 6))).toEqual(toQuery(sql`(a + ${5} in ${[1, 2]}) and ${6} > ${5}`))
})

test('sqlTemplate throws for a question mark that is not a placeholder', () => {
  expect(() => sqlTemplate<[id: number]>((id) => sql`name = '?' and id = ${id}`)(1)).toThrow('a question mark')
})
