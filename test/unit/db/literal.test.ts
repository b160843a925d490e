import { expect, test } from 'vitest'
import { literal } from '../../../src/db/literal.ts'
import { dialect } from '../../../src/db/dialect.ts'

// Promise: a limit is part of the text of its statement, and nothing but an integer can become part of it.

test('literal returns an integer as text without a parameter', () =>
  expect(dialect.sqlToQuery(literal(-9_007_199_254_740_991))).toMatchObject({ sql: '-9007199254740991', params: [] }))

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('literal refuses %s', (number) =>
  expect(() => literal(number)).toThrow(RangeError),
)
