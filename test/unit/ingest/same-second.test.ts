import { expect, test } from 'vitest'
import { lineRecord } from '../../../src/ingest/record.ts'
import { rejectSameSecond } from '../../../src/ingest/same-second.ts'

test.each([
  ['all the same', () => '1'],
  ['all distinct', String],
  ['without a timestamp', () => undefined],
])('refuseMerges takes linear time for 200,000 lines of one second with timestamps %s', (_, instantAt) => {
  const lines = Array.from({ length: 200_000 }, (_, n) => ({
    record: lineRecord(n + 1, {}),
    point: { second: '0 0', instant: instantAt(n), fields: ['actual'] },
  }))
  const begun = Date.now()
  const refused = rejectSameSecond(lines).filter(({ memberErrors }) => memberErrors)
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect(refused).toHaveLength(instantAt(0) === '1' ? 0 : 200_000)
})
