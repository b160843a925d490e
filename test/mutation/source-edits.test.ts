import { parseAst } from 'vitest/node'
import { expect, test } from 'vitest'
import { applyEdit } from './edit.ts'
import { findOutdated } from './equivalents.ts'
import { listMutants } from './mutants.ts'
import { generateEdits } from './source-edits.ts'

// Promise: the generated mutants change each operator, number, condition, clause and statement of a source, and all of them compile.

const edited = (source: string) => generateEdits(source).map((edit) => applyEdit(source, edit))

test.each<[string, string[]]>([
  ['x = (a) < (b)', [';', 'x = (a) <= (b)']],
  ['const x = 60_000', ['const x = 120000', 'const x = 30000']],
  ['const x = a && !b', ['const x = a', 'const x = !b', 'const x = a && b']],
  ['const x = a ? b : c', ['const x = b', 'const x = c']],
  ['if (a) await b()', ['if (true) await b()', 'if (false) await b()', 'if (a) ;', 'if (a) b()']],
  ['request.waitUntil(work)', [';', 'String(work)']],
  ['const x = f(a, b.c)', ['const x = f(b.c, a)']],
  ['const x = Math.min(a, b)', ['const x = Math.max(a, b)']],
  ['const x = [a, ...b]', ['const x = [a]']],
  [
    'const x = q.set({ a, b }).limit(n)',
    ['const x = q.set({ a, b })', 'const x = q.set({ b }).limit(n)', 'const x = q.set({ a }).limit(n)'],
  ],
  [
    'const x = and(a, gt(b, 5))',
    [
      'const x = and(gt(b, 5))',
      'const x = and(a)',
      'const x = and(a, gte(b, 5))',
      'const x = and(a, gt(b, 10))',
      'const x = and(a, gt(b, 2))',
    ],
  ],
  ["logError(isolate, 'failed', 1)", []],
])('generateEdits changes or removes each part of: %s', (source, expected) => {
  expect(edited(source).toSorted()).toEqual(expected.toSorted())
})

test.each<[string, string[]]>([
  ['a <= ${n} and b = 1', ['a < ${n} and b = 1', 'a <= ${n}', 'a <= ${n} and b <> 1', 'a <= ${n} and b = 2', 'a <= ${n} and b = 0']],
  [
    'select 1 from t where a and (b or c) order by d limit ${n}',
    [
      'select 1 from t where (b or c) order by d limit ${n}',
      'select 1 from t where a order by d limit ${n}',
      'select 1 from t where a and (b) order by d limit ${n}',
      'select 1 from t where a and (b or c) limit ${n}',
      'select 1 from t where a and (b or c) order by d',
    ],
  ],
  [
    "case when a ->> 'x = 1' then max(b) else coalesce(c, d) end",
    [
      'case when 1 then max(b) else coalesce(c, d) end',
      'case when 0 then max(b) else coalesce(c, d) end',
      "case when a ->> 'x = 1' then min(b) else coalesce(c, d) end",
      "case when a ->> 'x = 1' then max(b) else coalesce(c) end",
    ],
  ],
  [
    'not exists (select 1) or a is null',
    ['exists (select 1) or a is null', 'not exists (select 1)', 'not exists (select 1) or a is not null'],
  ],
])('generateEdits changes or removes each condition and word of the SQL: %s', (text, expected) => {
  const template = (each: string) => `const x = sql\`${each}\``
  expect(edited(template(text)).toSorted()).toEqual(expected.map(template).toSorted())
})

test('generateEdits gives valid TypeScript for every file', () => {
  const invalid = listMutants().filter(({ mutated }) => {
    try {
      parseAst(mutated, { lang: 'ts' })
      return false
    } catch {
      return true
    }
  })
  expect(invalid.map(({ file, line, to }) => `${file}:${line} ${to}`)).toEqual([])
})

test('the table of equivalent mutants has no entry without a mutant', () => {
  expect(findOutdated(listMutants())).toEqual([])
})
