import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { getCachedIdentity, isCached, isRejected, PUBLIC, resolveIdentity } from '../../../src/auth/identity-cache.ts'
import type { Identity } from '../../../src/auth/identity-cache.ts'
import { makeIdentityIsolate } from '../../support/identity-isolate.ts'
import type { IdentityIsolate } from '../../support/identity-isolate.ts'

// Promise: an identity is used for 30 s, a rejection for seconds, and an expired identity only while the primary does not answer.

const NAME = 'hash of a key'
const identity: Identity = { organisationPk: 1, slug: 'demo', role: 'viewer', keyPk: 1, keyId: 1, factories: null, expiresAt: null }
const OVERLOADED = new Error('D1 DB is overloaded. Requests queued for too long.')

let at: IdentityIsolate
/** Number of queries that never end. */
let hanging: number
beforeEach(() => {
  hanging = 0
  at = makeIdentityIsolate()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Resolves a name at a time. Returns the result or the error, and the number of queries. */
const resolveAt = async (time: number, found: Identity | Error | undefined, name = NAME) => {
  at.setTime(time)
  let queries = 0
  const find = async () => {
    queries++
    if (found instanceof Error) throw found
    return found
  }
  const result = await resolveIdentity(at.isolate, name, find).catch((error: unknown) => error)
  await at.drain()
  return [result, queries]
}
/** Resolves a name at a time with a query that never ends. Returns the result if it does not wait for the query. */
const resolveWithHangingQuery = (time: number) => {
  at.setTime(time)
  const find = () => {
    hanging++
    return new Promise<never>(() => {})
  }
  return Promise.race([resolveIdentity(at.isolate, NAME, find), Promise.resolve('waits')])
}
const changed: Identity = { ...identity, role: 'operator' }

describe('a cached identity', () => {
  test('an identity is used for 20 s without a query', async () => {
    expect(await resolveAt(0, identity)).toEqual([identity, 1])
    expect(await resolveAt(19_999, changed)).toEqual([identity, 0])
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(identity)
  })

  test('an identity is refreshed after the response from 20 s on', async () => {
    await resolveAt(0, identity)
    at.setTime(20_000)
    expect(getCachedIdentity(at.isolate, NAME)).toBeUndefined()
    expect(await resolveAt(20_000, changed)).toEqual([identity, 1])
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(changed)
    expect(await resolveAt(39_999, identity)).toEqual([changed, 0])
    expect(await resolveAt(40_000, identity)).toEqual([changed, 1])
  })

  test('a refresh that fails is repeated after 5 s, and is logged', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await resolveAt(0, identity)
    expect(await resolveAt(20_000, OVERLOADED)).toEqual([identity, 1])
    expect(await resolveAt(24_999, OVERLOADED)).toEqual([identity, 0])
    expect(await resolveAt(25_000, OVERLOADED)).toEqual([identity, 1])
    expect(warn).toHaveBeenCalledTimes(2)
  })

  test('requests do not wait for a refresh, and do not repeat it while it is pending', async () => {
    await resolveAt(0, identity)
    expect(await resolveWithHangingQuery(20_000)).toEqual(identity)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(identity)
    expect(await resolveWithHangingQuery(24_999)).toEqual(identity)
    expect(hanging).toBe(1)
  })

  test('an identity is not used after 30 s, also while a refresh is pending', async () => {
    await resolveAt(0, identity)
    await resolveWithHangingQuery(29_000)
    expect(await resolveWithHangingQuery(29_999)).toEqual(identity)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(identity)
    expect(await resolveWithHangingQuery(30_000)).toBe('waits')
    expect(getCachedIdentity(at.isolate, NAME)).toBeUndefined()
  })

  test('the times of an identity begin with its query, however long the query takes', async () => {
    at.setTime(1_000)
    await resolveIdentity(at.isolate, NAME, async () => {
      at.setTime(11_000)
      return identity
    })
    at.setTime(20_999)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(identity)
    expect(await resolveWithHangingQuery(30_999)).toEqual(identity)
    expect(await resolveWithHangingQuery(31_000)).toBe('waits')
  })

  test('a key past its end is looked up, because its end may have been postponed', async () => {
    const ending = { ...identity, expiresAt: 10_000 }
    await resolveAt(0, ending)
    expect(await resolveAt(9_999, undefined)).toEqual([ending, 0])
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(ending)
    at.setTime(10_000)
    expect(getCachedIdentity(at.isolate, NAME)).toBeUndefined()
    const postponed = { ...identity, expiresAt: 15_000 }
    expect(await resolveAt(10_000, postponed)).toEqual([postponed, 1])
    expect(await resolveAt(15_000, undefined)).toEqual([undefined, 1])
  })

  test('isCached is true for a known key, expired or not, and false for a rejected or an unknown key', async () => {
    expect(isCached(at.isolate, NAME)).toBe(false)
    await resolveAt(0, identity)
    at.setTime(1_000_000)
    expect(isCached(at.isolate, NAME)).toBe(true)
    await resolveAt(1_000_000, undefined)
    expect(isCached(at.isolate, NAME)).toBe(false)
    expect(getCachedIdentity(at.isolate, NAME)).toBeUndefined()
  })
})

describe('a rejection', () => {
  /** Rejects a name repeatedly. Returns the time for which each rejection is cached. */
  const measureRejections = async (name: string, count: number) => {
    const durations: number[] = []
    for (let begun = 0; durations.length < count;) {
      expect(await resolveAt(begun, undefined, name)).toEqual([undefined, 1])
      let ms = 0
      // A rejection without an end must not block the process.
      while (isRejected(at.isolate, name) && ms < 100_000) at.setTime(begun + ++ms)
      at.setTime(begun + ms - 1)
      expect(await resolveAt(begun + ms - 1, identity, name)).toEqual([undefined, 0])
      durations.push(ms)
      begun += ms
    }
    return durations
  }

  test('a rejection of a key is cached for 5 s, then twice as long each time, and 60 s at most', async () => {
    expect(await measureRejections(NAME, 6)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  })

  test('a rejection of clients without a key is cached for 5 s each time', async () => {
    expect(await measureRejections(PUBLIC, 3)).toEqual([5_000, 5_000, 5_000])
  })

  test('a rejection after the key was valid is cached for 5 s again', async () => {
    await resolveAt(0, undefined)
    await resolveAt(5_000, undefined)
    await resolveAt(15_000, identity)
    expect(isRejected(at.isolate, NAME)).toBe(false)
    await resolveAt(45_000, undefined)
    at.setTime(49_999)
    expect(isRejected(at.isolate, NAME)).toBe(true)
    at.setTime(50_000)
    expect(isRejected(at.isolate, NAME)).toBe(false)
  })

  test('an unknown key is looked up at once', async () => {
    expect(isRejected(at.isolate, NAME)).toBe(false)
    expect(await resolveAt(0, identity)).toEqual([identity, 1])
  })
})

describe('concurrent look-ups', () => {
  /** Starts a look-up at a time. Returns a function that ends its query with a result, and returns the result of the look-up. */
  const startLookup = (time: number) => {
    at.setTime(time)
    const query = Promise.withResolvers<Identity | undefined>()
    const result = resolveIdentity(at.isolate, NAME, () => query.promise)
    return async (found: Identity | undefined) => {
      query.resolve(found)
      expect(await result).toEqual(found)
    }
  }

  test('a look-up that started earlier does not replace the identity that a later one has found', async () => {
    const [endFirst, endSecond] = [startLookup(0), startLookup(1)]
    await endSecond(changed)
    await endFirst(identity)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(changed)
  })

  test('a look-up that started earlier does not reject a key that a later one has found', async () => {
    const [endFirst, endSecond] = [startLookup(0), startLookup(1)]
    await endSecond(identity)
    await endFirst(undefined)
    expect(isRejected(at.isolate, NAME)).toBe(false)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(identity)
  })

  test('a look-up that started earlier does not accept a key that a later one has rejected', async () => {
    const [endFirst, endSecond] = [startLookup(0), startLookup(1)]
    await endSecond(undefined)
    await endFirst(identity)
    expect(isRejected(at.isolate, NAME)).toBe(true)
    expect(isCached(at.isolate, NAME)).toBe(false)
  })

  test('a look-up that started later replaces the result of an earlier one', async () => {
    const [endFirst, endSecond] = [startLookup(0), startLookup(1)]
    await endFirst(identity)
    await endSecond(changed)
    expect(getCachedIdentity(at.isolate, NAME)).toEqual(changed)
  })

  test('the result that arrives last counts if two look-ups start in the same millisecond', async () => {
    const [endFirst, endSecond] = [startLookup(0), startLookup(0)]
    await endFirst(identity)
    await endSecond(undefined)
    expect(isRejected(at.isolate, NAME)).toBe(true)
    expect(isCached(at.isolate, NAME)).toBe(false)
  })
})

describe('while the primary is unavailable', () => {
  test('an expired identity is used for five minutes, with a query every 5 s', async () => {
    await resolveAt(0, identity)
    expect(await resolveAt(30_000, OVERLOADED)).toEqual([identity, 1])
    expect(await resolveAt(34_999, OVERLOADED)).toEqual([identity, 0])
    expect(await resolveAt(35_000, OVERLOADED)).toEqual([identity, 1])
    expect(await resolveAt(329_999, OVERLOADED)).toEqual([identity, 1])
    expect(await resolveAt(330_000, OVERLOADED)).toEqual([OVERLOADED, 1])
    expect(getCachedIdentity(at.isolate, NAME)).toBeUndefined()
  })

  test('an identity is used for 20 s again after a query has succeeded', async () => {
    await resolveAt(0, identity)
    await resolveAt(30_000, OVERLOADED)
    expect(await resolveAt(35_000, changed)).toEqual([changed, 1])
    expect(await resolveAt(54_999, identity)).toEqual([changed, 0])
  })

  test('a key that this isolate has not seen causes the error of D1', async () => {
    expect(await resolveAt(0, OVERLOADED)).toEqual([OVERLOADED, 1])
  })

  test('a key past its end causes the error of D1', async () => {
    await resolveAt(0, { ...identity, expiresAt: 40_000 })
    expect(await resolveAt(39_999, OVERLOADED)).toEqual([{ ...identity, expiresAt: 40_000 }, 1])
    expect(await resolveAt(40_000, OVERLOADED)).toEqual([OVERLOADED, 1])
  })

  test('an error of the statement is not hidden by an expired identity', async () => {
    const invalid = new Error('D1_ERROR: no such column: x: SQLITE_ERROR')
    await resolveAt(0, identity)
    expect(await resolveAt(30_000, invalid)).toEqual([invalid, 1])
  })
})
