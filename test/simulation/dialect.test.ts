import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { afterAll, expect, test } from 'vitest'
import { dialect } from '../../src/db/dialect.ts'
import { loadCode } from './code.ts'
import { runOnce } from './run.ts'

// Promise: the dialect of the source renders the same statements as Drizzle.

const drizzle = new SQLiteAsyncDialect()
const sqlToQuery = dialect.sqlToQuery.bind(dialect)
afterAll(() => void (dialect.sqlToQuery = sqlToQuery))

test('the dialect renders the same text and parameters as Drizzle for every statement of six runs', async () => {
  let compared = 0
  dialect.sqlToQuery = (statement, source) => {
    const { sql, params } = drizzle.sqlToQuery(statement, source)
    expect(sqlToQuery(statement, source)).toMatchObject({ sql, params })
    compared++
    return { sql, params }
  }
  const code = await loadCode(`${import.meta.dirname}/../../src`)
  for (const seed of [1, 2, 3])
    for (const mode of ['no-faults', 'faults'] as const) expect((await runOnce(code, undefined, seed, mode)).violations).toEqual([])
  expect(compared).toBeGreaterThan(1_000)
}, 120_000)
