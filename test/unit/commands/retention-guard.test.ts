import { expect, test } from 'vitest'
import { withinRetention } from '../../../src/commands/retention-guard.ts'
import { dialect } from '../../../src/db/dialect.ts'

// Promise: a write compares the oldest reading of each factory with the retained ones.

test('withinRetention compares the oldest reading of each factory', () => {
  const actor = { organisationPk: 7, key: null, requestId: 'request-1', userAgent: null, country: null }
  const readings = [
    { factory: 2, time: 120 },
    { factory: 1, time: 60 },
    { factory: 2, time: 30 },
    { factory: 2, time: 90 },
  ]
  const { condition, outcome } = withinRetention(actor, readings)
  expect(dialect.sqlToQuery(condition).params).toEqual(['[[2,30],[1,60]]', 7])
  expect(outcome).toBe('before-retention')
})
