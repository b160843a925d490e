import { sql } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { expect, test, vi } from 'vitest'
import { sqlTemplate } from '../../../src/db/sql-template.ts'
import { factories } from '../../../src/db/schema.ts'

const dialect = new SQLiteAsyncDialect()
const worded = (words: ReturnType<typeof sql>) => {
  const { sql: text, params } = dialect.sqlToQuery(words)
  return { text, params }
}

test('a phrase is worked out once, and says with other values what it output before', () => {
  const word = vi.fn((id: unknown, name: unknown) => sql`case when ${factories.id} = ${id} then ${name} else ${7} || ${id} end`)
  const output = sqlTemplate<[id: number, name: string | null]>(word)
  for (const [id, name] of [
    [1, 'a'],
    [2, null],
    [3, '?'],
  ] as const)
    expect(worded(output(id, name))).toEqual(worded(sql`case when ${factories.id} = ${id} then ${name} else ${7} || ${id} end`))
  expect(word).toHaveBeenCalledTimes(1)
})

test('SQL stands where it is put, and phrases stand in phrases', () => {
  const isOne = sqlTemplate<[of: ReturnType<typeof sql>, ids: number[]]>((of, ids) => sql`${of} in ${ids}`)
  const both = sqlTemplate<[left: number, right: number]>((left, right) => sql`(${isOne(sql`a + ${left}`, [1, 2])}) and ${right} > ${left}`)
  expect(worded(both(5, 6))).toEqual(worded(sql`(a + ${5} in ${[1, 2]}) and ${6} > ${5}`))
})

test('a question mark that is no hole is refused', () => {
  expect(() => sqlTemplate<[id: number]>((id) => sql`name = '?' and id = ${id}`)(1)).toThrow('a question mark')
})
