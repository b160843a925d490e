import { expect, test } from 'vitest'
import { lineRecord } from '../../../src/ingest/record.ts'
import { rejectSameSecond } from '../../../src/ingest/same-second.ts'

// Promise: the work of `rejectSameSecond` grows with the number of lines, not with its square. The test counts reads of a line's point.

const LINES = 20_000

test.each([
  ['equal timestamps', () => '1', () => '', 0],
  ['equal timestamps and distinct tags', () => '1', String, LINES],
  ['distinct timestamps', String, () => '', LINES],
  ['no timestamps', () => undefined, () => '', LINES],
])('rejectSameSecond reads each of 20,000 lines of one second at most 20 times when they have %s', (_, instantAt, tagsAt, expected) => {
  let reads = 0
  const lines = Array.from({ length: LINES }, (_, n) => ({
    record: lineRecord(n + 1, {}),
    get point() {
      reads++
      return { second: '0 0', instant: instantAt(n), tags: tagsAt(n), fields: ['actual'] }
    },
  }))
  const rejected = rejectSameSecond(lines).filter(({ memberErrors }) => memberErrors)
  expect(reads).toBeLessThanOrEqual(20 * LINES)
  expect(rejected).toHaveLength(expected)
})
