import { expect, test } from 'vitest'
import { z } from 'zod'
import { nullFinder } from '../../../src/schemas/null-finder.ts'

// Promise: an error offers null exactly where null is a valid value.

const member = z.number().nullable()
const schema = z.union([
  z.object({ list: z.array(z.object({ a: member, b: z.number() })).optional() }),
  z.object({ c: z.object({ d: member }).nullable(), e: z.array(member).default([]) }).transform((value) => value),
  z.string(),
])

test.each<[path: (string | number)[], isAccepted: boolean]>([
  [['list', 7, 'a'], true],
  [['list', 7, 'b'], false],
  [['list', 7], false],
  [['list', 7, 'missing'], false],
  [['c'], true],
  [['c', 'd'], true],
  [['e', 0], true],
  [['e'], false],
  [[], false],
])('at the path %j, null is valid: %s', (path, isAccepted) => {
  const acceptsNull = nullFinder(schema)
  expect([acceptsNull(path), acceptsNull(path)]).toEqual([isAccepted, isAccepted])
})
