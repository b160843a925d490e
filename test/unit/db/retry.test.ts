import { describe, expect, test, vi } from 'vitest'
import { backoff, withRetries } from '../../../src/db/retry.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a query that D1 could not run is sent three times at most, after random pauses.

const LOST = new Error('D1_ERROR: Network connection lost.')

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
