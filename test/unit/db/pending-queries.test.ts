import { beforeEach, expect, test } from 'vitest'
import { countTaken, createPendingQueries, LIGHT_ROWS, PLACES, withConcurrencyLimit } from '../../../src/db/pending-queries.ts'
import type { Queue } from '../../../src/runtime/database-queue.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState, getState } from '../../../src/runtime/state.ts'
import { takePlaces } from '../../support/take-places.ts'

// Promise: pending queries never take more places than their queue has, and release them in every case.

let now: number
let kept: Promise<unknown>[]
let isolate: Isolate
beforeEach(() => {
  now = 1_000_000
  kept = []
  const request = { waitUntil: (work: Promise<unknown>) => void kept.push(work) }
  isolate = { state: createState(), clock: { now: () => now }, request } as unknown as Isolate
})

const waitForEver = () => new Promise<never>(() => {})

test.each<[string, Queue, number, number]>([
  ['a query', 'read', LIGHT_ROWS, 1],
  ['a large query', 'read', LIGHT_ROWS + 1, 2],
  ['a query without a key', 'anonymous', LIGHT_ROWS, 1],
  ['a large query without a key', 'anonymous', LIGHT_ROWS + 1, 8],
])('withConcurrencyLimit takes the places of %s until it ends, and rejects it if fewer are free', async (_, queue, rows, places) => {
  const query = Promise.withResolvers<string>()
  const free = takePlaces(isolate, queue, PLACES[queue] - places)
  const result = withConcurrencyLimit(isolate, queue, () => query.promise, rows)
  expect(countTaken(isolate, queue)).toBe(PLACES[queue])
  await expect(withConcurrencyLimit(isolate, queue, async () => 'more')).rejects.toThrow(/^D1 DB is overloaded/)
  query.resolve('rows')
  expect(await result).toBe('rows')
  expect(countTaken(isolate, queue)).toBe(PLACES[queue] - places)
  free()
  expect(countTaken(isolate, queue)).toBe(0)
})

test('withConcurrencyLimit releases the place of a query that fails, and rejects with its error', async () => {
  await expect(withConcurrencyLimit(isolate, 'write', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  expect(countTaken(isolate, 'write')).toBe(0)
  await expect(Promise.all(kept)).resolves.toBeDefined()
})

test('withConcurrencyLimit keeps the request alive until the query ends, so that it releases its place', async () => {
  const query = Promise.withResolvers<undefined>()
  void withConcurrencyLimit(isolate, 'read', () => query.promise)
  expect(kept).toHaveLength(1)
  const order: string[] = []
  const ended = kept[0]!.then(() => order.push('request'))
  order.push('query')
  query.resolve(undefined)
  await ended
  expect(order).toEqual(['query', 'request'])
})

test('countTaken counts a query of a request that the platform has stopped for three minutes', () => {
  void withConcurrencyLimit(isolate, 'write', waitForEver)
  now += 179_999
  expect(countTaken(isolate, 'write')).toBe(1)
  void withConcurrencyLimit(isolate, 'write', waitForEver)
  now += 1
  expect(countTaken(isolate, 'write')).toBe(1)
  expect(getState(isolate, createPendingQueries).write.size).toBe(1)
})

test('countTaken counts the queries of one queue', () => {
  takePlaces(isolate, 'read', 5)
  expect((Object.keys(PLACES) as Queue[]).map((queue) => countTaken(isolate, queue))).toEqual([0, 5, 0, 0, 0])
})

test('an isolate has as many places in each queue as the architecture guide says', () => {
  expect(PLACES).toEqual({ write: 100, read: 100, anonymous: 16, lookup: 100, replica: 32 })
})
