import { describe, expect, test, vi } from 'vitest'
import { backoff, createPendingQueries, hasPlace, LIGHT_ROWS, PLACES, withConcurrencyLimit, withRetries } from '../../../src/db/retry.ts'
import type { Queue } from '../../../src/runtime/database-queue.ts'
import { getState } from '../../../src/runtime/state.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a query that D1 could not run is sent three times at most, after random pauses, and no queue of an isolate takes more queries
// than it has places.

const LOST = new Error('D1_ERROR: Network connection lost.')
const QUEUES = Object.keys(PLACES) as Queue[]

describe('withRetries', () => {
  /** Runs work that fails `failures` times, in an isolate that has begun `begun` operations. Returns its result and the number of attempts. */
  const run = async (failures: number, error: Error, begun = 0) => {
    const { isolate } = makeScriptedIsolate(() => [])
    isolate.usage.begun = begun
    let attempts = 0
    const steps: string[] = []
    const sleep = async (ms: number) => {
      await isolate.clock.sleep(ms)
      steps.push('pause')
    }
    const result = await withRetries({ ...isolate, clock: { ...isolate.clock, sleep } }, async () => {
      steps.push('attempt')
      await Promise.resolve()
      if (attempts++ < failures) throw error
      return 'done'
    }).catch((thrown: unknown) => thrown)
    expect(steps.join(' '), 'a pause ends before the next attempt').toBe(Array.from({ length: attempts }, () => 'attempt').join(' pause '))
    return { result, attempts }
  }

  test.each([
    [0, 'done', 1],
    [1, 'done', 2],
    [2, 'done', 3],
    [3, LOST, 3],
  ])('withRetries of work that fails %i times while D1 is unavailable', async (failures, result, attempts) => {
    expect(await run(failures, LOST)).toEqual({ result, attempts })
  })

  test.each([
    ['a time limit', new TimeoutError('late'), 2],
    ['a database that another process has locked', new Error('D1_ERROR: database is locked: SQLITE_BUSY'), 2],
    ['an overloaded D1', new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.'), 1],
    ['a limit of the platform', new Error('D1_ERROR: Exceeded maximum DB size.'), 1],
    ['an error of SQLite', new Error('D1_ERROR: malformed JSON: SQLITE_ERROR'), 1],
    ['an error of the Worker', new Error('x is not a function'), 1],
  ])('withRetries after %s makes %s', async (_, error, attempts) => {
    expect((await run(1, error)).attempts).toBe(attempts)
  })

  test('withRetries makes no further attempt if the invocation has no operations left', async () => {
    const { maxOperations } = makeScriptedIsolate(() => []).isolate.config
    expect(await run(1, LOST, maxOperations)).toMatchObject({ result: LOST, attempts: 1 })
    expect(await run(1, LOST, maxOperations - 1)).toMatchObject({ result: 'done', attempts: 2 })
  })
})

test.each([
  [1, 50],
  [2, 100],
  [3, 200],
])('backoff after attempt %i waits for a random time below %i ms, so that clients do not retry together', async (attempt, limit) => {
  const { isolate } = makeScriptedIsolate(() => [])
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  const random = vi.spyOn(Math, 'random')
  for (const value of [0, 0.5, 0.999_999]) {
    random.mockReturnValue(value)
    await backoff({ ...isolate, clock: { ...isolate.clock, sleep } }, attempt)
  }
  random.mockRestore()
  expect(pauses).toEqual([0, limit / 2, limit - 1])
})

describe('withConcurrencyLimit', () => {
  const start = () => {
    const { isolate } = makeScriptedIsolate(() => [])
    const waiting: Promise<unknown>[] = []
    const withRequest = {
      ...isolate,
      request: { queue: 'read', pay: async () => {}, waitUntil: (work: Promise<unknown>) => waiting.push(work) },
    }
    return { isolate: withRequest as unknown as typeof isolate, waiting, pending: getState(isolate, createPendingQueries) }
  }
  const NO_QUERIES = { write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 }

  test('a new isolate has no pending queries', () => expect(createPendingQueries()).toEqual(NO_QUERIES))

  test.each<[Queue, number]>([
    ['write', 100],
    ['read', 100],
    ['anonymous', 16],
    ['lookup', 100],
    ['replica', 32],
  ])('the queue %s has %i places, and rejects the next query at once', async (queue, places) => {
    const { isolate, pending } = start()
    const end = Promise.withResolvers<string>()
    let begun = 0
    const query = () =>
      withConcurrencyLimit(isolate, queue, () => {
        begun++
        return end.promise
      })
    const running = Array.from({ length: places }, query)
    await expect(query()).rejects.toThrow(`D1 DB is overloaded: the queue "${queue}" of this isolate is full.`)
    expect([begun, pending]).toEqual([places, { ...NO_QUERIES, [queue]: places }])
    end.resolve('row')
    expect(new Set(await Promise.all(running))).toEqual(new Set(['row']))
    expect(pending).toEqual(NO_QUERIES)
    expect(await query()).toBe('row')
  })

  test.each<[Queue, number, number]>([
    ['read', LIGHT_ROWS, 1],
    ['read', LIGHT_ROWS + 1, 2],
    ['replica', LIGHT_ROWS + 1, 2],
    ['anonymous', LIGHT_ROWS, 1],
    ['anonymous', LIGHT_ROWS + 1, 8],
  ])('a query in the queue %s that reads %i rows takes %i places', async (queue, rows, places) => {
    const { isolate, pending } = start()
    pending[queue] = PLACES[queue] - places
    expect(hasPlace(isolate, queue, rows)).toBe(true)
    const end = Promise.withResolvers<undefined>()
    const running = withConcurrencyLimit(isolate, queue, () => end.promise, rows)
    expect(pending[queue]).toBe(PLACES[queue])
    expect(hasPlace(isolate, queue, 1)).toBe(false)
    end.resolve(undefined)
    await running
    expect(pending[queue]).toBe(PLACES[queue] - places)
    pending[queue]++
    expect(hasPlace(isolate, queue, rows)).toBe(false)
  })

  test('a large query reads more than 15,000 rows', () => expect(LIGHT_ROWS).toBe(15_000))

  test.each(QUEUES)('a query in the queue %s that fails gives its place back, and its error to the reader alone', async (queue) => {
    const { isolate, waiting, pending } = start()
    await expect(withConcurrencyLimit(isolate, queue, () => Promise.reject(LOST))).rejects.toBe(LOST)
    expect(pending).toEqual(NO_QUERIES)
    expect(waiting).toHaveLength(1)
    expect(await waiting[0]).toBeUndefined()
  })

  test('a query outside a request runs too', async () => {
    const { isolate } = makeScriptedIsolate(() => [])
    expect(await withConcurrencyLimit(isolate, 'write', async () => 1)).toBe(1)
  })
})
