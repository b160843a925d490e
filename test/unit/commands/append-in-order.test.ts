import { expect, test } from 'vitest'
import { encodeChunks, ENCODED } from '../../../src/chunks/encode.ts'
import type { FactoryReading } from '../../../src/chunks/encode.ts'
import { appendInOrder } from '../../../src/commands/append-in-order.ts'
import { dialect } from '../../../src/db/dialect.ts'

// Promise: an append in order logs the same figures as an upsert, and is not tried where it cannot succeed.

const actor = { organisationPk: 1, key: null, requestId: 'request-1', userAgent: null, country: null }
const append = (readings: FactoryReading[]) =>
  appendInOrder(actor, {
    chunks: encodeChunks(readings),
    received: readings.length,
    target: '/api/readings',
    renderNewest: (newest) => JSON.stringify(newest.map((chunk) => [chunk[ENCODED.factory], chunk[ENCODED.last]])),
  })
const readingsAt = (factory: number, times: number[]) => times.map((time) => ({ factory, time, actual: 1 }))

test('appendInOrder logs the number, the first and the last time of the readings of all factories', () => {
  const parts = append([...readingsAt(2, [7_200, 7_260, 10_800]), ...readingsAt(1, [3_600, 3_600]), ...readingsAt(3, [14_400])])!
  expect(dialect.sqlToQuery(parts.audit.detail!).params).toEqual([JSON.stringify([6, 5, 5, 3_600, 10_800, [2, 1, 3]])])
  expect(parts.row).toEqual({
    changed: 5,
    latest: JSON.stringify([
      [2, 10_800],
      [1, 3_600],
      [3, 14_400],
    ]),
  })
})

test('appendInOrder takes readings that may be of one local day, which has up to two days with a change of the offset', () => {
  expect(append(readingsAt(1, [0, 2 * 86_400 - 1]))).toBeDefined()
  expect(append(readingsAt(1, [0, 2 * 86_400]))).toBeUndefined()
  expect(append([...readingsAt(1, [0]), ...readingsAt(2, [2 * 86_400])])).toBeDefined()
})

test('appendInOrder takes neither a request without readings nor a reading with more scrap than actual production', () => {
  expect(append([])).toBeUndefined()
  expect(append([{ factory: 1, time: 0, actual: 1, scrap: 2 }])).toBeUndefined()
})
