import { expect, test } from 'vitest'
import { partsOf } from '../../src/cli/load-batches.ts'

/** https://developers.cloudflare.com/d1/platform/limits/ */
const STATEMENT_BYTES = 100_000

const most = Number.MAX_SAFE_INTEGER
const author = { organisation: most, key: null, requestId: 'load', userAgent: null, country: null }
const nothing = {
  organisation: most,
  seq: most,
  nextFactory: 0,
  nextSprocket: 0,
  factories: new Set<number>(),
  sprockets: new Set<number>(),
}

test('no statement of a load is longer than D1 takes, whatever the figures', () => {
  const readings = Array.from({ length: 2_500 }, (_, index) => ({ time: -most + index, actual: most, goal: most }))
  const factories = [{ name: '€'.repeat(100), timeZone: 'UTC', readings }]
  const parts = [...partsOf(author, nothing, [{ file: 'x', kind: 'factories', factories }], most)]
  expect(parts.at(-1)).toMatchObject({ readings: 2_500 })
  const statements = parts.flatMap((part) => part.statements)
  expect(statements.length).toBeGreaterThan(10)
  expect(Math.max(...statements.map((statement) => Buffer.byteLength(statement)))).toBeLessThan(STATEMENT_BYTES)
})
