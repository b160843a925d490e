import { expect, test } from 'vitest'
import { buildBatches } from '../../src/cli/load-batches.ts'

// Promise: every statement of a load fits the limit of D1.

/** Maximum length of a SQL statement. https://developers.cloudflare.com/d1/platform/limits/ */
const STATEMENT_BYTES = 100_000

const max = Number.MAX_SAFE_INTEGER
const actor = { organisationPk: max, key: null, requestId: 'load', userAgent: null, country: null }
const emptyState = {
  organisationPk: max,
  seq: max,
  nextFactory: 0,
  nextSprocket: 0,
  factories: new Set<number>(),
  sprockets: new Set<number>(),
}

test.each([1, 900, 3_600])('no statement of a load is longer than D1 accepts for the largest figures every %i seconds', (seconds) => {
  const readings = Array.from({ length: 2_500 }, (_, index) => ({ time: -max + seconds * index, actual: max, goal: max, scrap: max }))
  const factories = [{ name: '€'.repeat(100), timeZone: 'UTC', readings }]
  const batches = [...buildBatches(actor, emptyState, [{ file: 'x', kind: 'factories', factories }], max)]
  expect(batches.at(-1)).toMatchObject({ readings: 2_500 })
  const statements = batches.flatMap((batch) => batch.statements)
  expect(Math.max(...statements.map((statement) => Buffer.byteLength(statement)))).toBeLessThan(STATEMENT_BYTES)
})
