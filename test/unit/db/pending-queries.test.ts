import { beforeEach, expect, test } from 'vitest'
import { countTaken, createPendingQueries, hasPlace, LIGHT_ROWS, PLACES, withConcurrencyLimit } from '../../../src/db/pending-queries.ts'
import type { Queue } from '../../../src/runtime/database-queue.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState, getState } from '../../../src/runtime/state.ts'
import { takePlaces } from '../../support/take-places.ts'

// Promise: pending queries never take more places than their queue has, and release them in every case.

const QUEUES = Object.keys(PLACES) as Queue[]
const LOST = new Error('D1_ERROR: Network connection lost.')

let now: number
/** The work for which the request is kept alive. */
let kept: Promise<unknown>[]
let isolate: Isolate
beforeEach(() => {
  now = 1_000_000
  kept = []
  const request = { waitUntil: (work: Promise<unknown>) => void kept.push(work) }
  isolate = { state: createState(), clock: { now: () => now }, request } as unknown as Isolate
})

const waitForEver = () => new Promise<never>(() => {})
const takenOfEach = () => Object.fromEntries(QUEUES.map((queue) => [queue, countTaken(isolate, queue)]))
const NONE = { write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 }

test.each<[Queue, number]>([
  ['write', 100],
  ['read', 100],
  ['anonymous', 16],
  ['lookup', 100],
  ['replica', 32],
])('the queue %s has %i places, and rejects the next query at once', async (queue, places) => {
  const end = Promise.withResolvers<string>()
  let begun = 0
  const query = () =>
    withConcurrencyLimit(isolate, queue, () => {
      begun++
      return end.promise
    })
  const running = Array.from({ length: places }, query)
  await expect(query()).rejects.toThrow(`D1 DB is overloaded: the queue "${queue}" of this isolate is full.`)
  expect([begun, takenOfEach()]).toEqual([places, { ...NONE, [queue]: places }])
  end.resolve('row')
  expect(new Set(await Promise.all(running))).toEqual(new Set(['row']))
  expect(takenOfEach()).toEqual(NONE)
  expect(await query()).toBe('row')
})

test.each<[Queue, number, number]>([
  ['read', LIGHT_ROWS, 1],
  ['read', LIGHT_ROWS + 1, 2],
  ['replica', LIGHT_ROWS + 1, 2],
  ['anonymous', LIGHT_ROWS, 1],
  ['anonymous', LIGHT_ROWS + 1, 8],
])('a query in the queue %s that reads %i rows takes %i places', async (queue, rows, places) => {
  takePlaces(isolate, queue, PLACES[queue] - places)
  expect(hasPlace(isolate, queue, rows)).toBe(true)
  const end = Promise.withResolvers<undefined>()
  const running = withConcurrencyLimit(isolate, queue, () => end.promise, rows)
  expect(countTaken(isolate, queue)).toBe(PLACES[queue])
  expect(hasPlace(isolate, queue, 1)).toBe(false)
  end.resolve(undefined)
  await running
  expect(countTaken(isolate, queue)).toBe(PLACES[queue] - places)
  takePlaces(isolate, queue, 1)
  expect(hasPlace(isolate, queue, rows)).toBe(false)
})

test('a large query reads more than 15,000 rows', () => expect(LIGHT_ROWS).toBe(15_000))

test.each(QUEUES)('a query in the queue %s that fails gives its place back, and its error to the reader alone', async (queue) => {
  await expect(withConcurrencyLimit(isolate, queue, () => Promise.reject(LOST))).rejects.toBe(LOST)
  expect(takenOfEach()).toEqual(NONE)
  expect(kept).toHaveLength(1)
  expect(await kept[0]).toBeUndefined()
})

test('a query keeps its request alive until it ends, so that it releases its place', async () => {
  const query = Promise.withResolvers<undefined>()
  void withConcurrencyLimit(isolate, 'read', () => query.promise)
  const order: string[] = []
  const ended = kept[0]!.then(() => order.push('request'))
  order.push('query')
  query.resolve(undefined)
  await ended
  expect(order).toEqual(['query', 'request'])
})

test('a query outside a request runs too', async () => {
  const { request: _, ...outside } = isolate
  expect(await withConcurrencyLimit(outside, 'write', async () => 1)).toBe(1)
})

test('a query whose request the platform has stopped takes its place for three minutes', () => {
  void withConcurrencyLimit(isolate, 'write', waitForEver)
  now += 179_999
  expect(countTaken(isolate, 'write')).toBe(1)
  void withConcurrencyLimit(isolate, 'write', waitForEver)
  now += 1
  expect(countTaken(isolate, 'write')).toBe(1)
  expect(getState(isolate, createPendingQueries).write.size).toBe(1)
})
