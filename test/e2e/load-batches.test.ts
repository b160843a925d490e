import { expect, test } from 'vitest'
import { buildBatches } from '../../src/cli/load-batches.ts'
import type { Batch } from '../../src/cli/load-batches.ts'
import type { FactoryInput } from '../../src/cli/read-file.ts'
import { LIMITS } from '../../src/schemas/limits.ts'
import type { StopReasons } from '../../src/schemas/stop-reasons.ts'

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
  factories: new Map<number, number | null>(),
  sprockets: new Set<number>(),
}

/** Returns the batches of a load into an empty organisation. */
const batchesOf = (factories: FactoryInput[], reasons?: StopReasons) => [
  ...buildBatches(actor, emptyState, [{ file: 'x', kind: 'factories', factories, reasons }], max),
]
const longestOf = (batches: Batch[]) =>
  Math.max(...batches.flatMap(({ statements }) => statements).map((statement) => Buffer.byteLength(statement)))

test.each([1, 900, 3_600])('no statement of a load is longer than D1 accepts for the largest figures every %i seconds', (seconds) => {
  const readings = Array.from({ length: 2_500 }, (_, index) => ({ time: -max + seconds * index, actual: max, goal: max, scrap: max }))
  const batches = batchesOf([{ name: '€'.repeat(100), timeZone: 'UTC', settings: {}, schedule: undefined, readings }])
  expect(batches.at(-1)).toMatchObject({ readings: 2_500 })
  expect(longestOf(batches)).toBeLessThan(STATEMENT_BYTES)
})

test('no statement of a load is longer than D1 accepts for the longest schedule and list of reasons', () => {
  const exceptions = Array.from({ length: LIMITS.scheduleExceptions }, (_, n) => ({
    date: new Date(n * 86_400_000).toISOString().slice(0, 10),
    shifts: [],
    note: 'x'.repeat(100),
  }))
  const schedule = { versions: [], exceptions }
  expect(JSON.stringify(schedule).length).toBeGreaterThan(0.85 * LIMITS.scheduleCharacters)
  const name = 'x'.repeat(LIMITS.nameCharacters)
  const reasons = Array.from({ length: LIMITS.stopReasons }, (_, n) => ({
    code: String(n).padStart(LIMITS.reasonCodeCharacters, '0'),
    name,
    category: 'unplanned' as const,
    group: name,
    retired: false,
  }))
  expect(longestOf(batchesOf([{ name, timeZone: 'UTC', settings: {}, schedule, readings: [] }], { reasons }))).toBeLessThan(STATEMENT_BYTES)
})
