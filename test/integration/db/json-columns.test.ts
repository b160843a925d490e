import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { convertedDetail, figure, figuresArray, figuresText, parseFigures } from '../../../src/db/append-figures.ts'
import { integer } from '../../../src/db/client.ts'
import { dialect } from '../../../src/db/dialect.ts'
import { readingJson } from '../../../src/db/reading-json.ts'

// Promise: the figures of an upsert are stored in one form, by whichever code, and each of them can be read from it.

const FIGURES = { received: 7, changed: 5, added: 3, from: 1_000, to: 4_600, factories: [2, 1] }
const STORED = '[7,5,3,1000,3600,[2,1]]'

/** Returns the value of an expression. */
const evaluate = async (expression: SQL, detail: string | null = null): Promise<unknown> => {
  const { sql: text, params } = dialect.sqlToQuery(sql`select ${expression} as value from (select ${detail} as detail)`)
  return env.DB.prepare(text)
    .bind(...params)
    .first('value')
}
const toSql = ({ factories, ...numbers }: typeof FIGURES) => ({
  ...(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, integer(value)])) as Record<keyof typeof numbers, SQL>),
  factories: sql`json(${JSON.stringify(factories)})`,
})

test('figuresArray and figuresText write the figures in the same form, and parseFigures reads it', async () => {
  expect(await evaluate(figuresArray(toSql(FIGURES)))).toBe(STORED)
  expect(figuresText(FIGURES)).toBe(STORED)
  expect(parseFigures(STORED)).toEqual(FIGURES)
})

test.each([null, '{"received":1}', '', 'null'])('parseFigures finds no figures in %j', (detail) => {
  expect(parseFigures(detail)).toBeUndefined()
})

test('figure selects one figure of an upsert, and null of another entry', async () => {
  const names = ['received', 'changed', 'added', 'from', 'factories'] as const
  expect(await Promise.all(names.map((name) => evaluate(figure(name), STORED)))).toEqual([7, 5, 3, 1_000, '[2,1]'])
  expect(await evaluate(figure('changed'), '{"changed":5}')).toBeNull()
})

test('convertedDetail converts the figures of an upsert of an earlier release, and keeps other details', async () => {
  expect(await evaluate(convertedDetail, JSON.stringify(FIGURES))).toBe(STORED)
  for (const other of [null, '{"received":7,"changed":5}', '{"overlap_seconds":60}'])
    expect(await evaluate(convertedDetail, other)).toBe(other)
})

test('readingJson always has the figures of the chart, and others only if they are known', async () => {
  const reading = (actual: string, scrap: string) =>
    evaluate(readingJson(sql`'time', 60`, (name) => ({ actual, scrap })[name as string] ?? 'null'))
  expect(await reading('1', '2')).toBe('{"time":60,"actual":1,"goal":null,"scrap":2}')
  expect(await reading('null', 'null')).toBe('{"time":60,"actual":null,"goal":null}')
  const { sql: text } = dialect.sqlToQuery(readingJson(sql`'time', time`))
  expect(text).toBe(`json_patch(json_object('time', time, 'actual', actual, 'goal', goal), json_object('scrap', scrap))`)
})
