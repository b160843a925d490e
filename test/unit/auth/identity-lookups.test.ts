import { beforeEach, expect, test } from 'vitest'
import { PUBLIC, resolveIdentity } from '../../../src/auth/identity-cache.ts'
import type { Identity } from '../../../src/auth/identity-cache.ts'
import { countTaken, PLACES } from '../../../src/db/pending-queries.ts'
import { makeIdentityIsolate } from '../../support/identity-isolate.ts'
import type { IdentityIsolate } from '../../support/identity-isolate.ts'
import { takePlaces } from '../../support/take-places.ts'

// Promise: a look-up of an identity waits half a second for its place in the queue, and needs no query if another look-up ends meanwhile.

const NAME = 'hash of a key'
const identity: Identity = { organisationPk: 1, slug: 'demo', role: 'viewer', keyPk: 1, keyId: 1, factories: null, expiresAt: null }

let at: IdentityIsolate
let queries: number
beforeEach(() => {
  at = makeIdentityIsolate()
  queries = 0
})

const find = async () => {
  queries++
  return identity
}
const resolve = (name = NAME) => resolveIdentity(at.isolate, name, find)
/** Releases the places that the test has taken. */
let release = () => {}
/** Sets the number of places of the queue that are taken. */
const setTaken = (places: number) => {
  release()
  release = takePlaces(at.isolate, 'lookup', places)
}
/** Fills the queue, which is then longer than its places by some look-ups. */
const fillQueue = (more = 0) => setTaken(PLACES.lookup + more)
const emptyQueueAfterPause = () =>
  at.afterPause(() => {
    setTaken(0)
  })
/** Starts a look-up while the queue is not full. Returns a function that ends its query. */
const startLookup = () => {
  const query = Promise.withResolvers<Identity | undefined>()
  const result = resolveIdentity(at.isolate, NAME, () => query.promise)
  return async (found: Identity | undefined) => {
    query.resolve(found)
    await result
  }
}

test('a look-up takes a place in the queue of look-ups during its query, and has a time limit of 2 s', async () => {
  const endQuery = startLookup()
  expect([countTaken(at.isolate, 'lookup'), countTaken(at.isolate, 'read')]).toEqual([1, 0])
  await endQuery(identity)
  expect(countTaken(at.isolate, 'lookup')).toBe(0)
  expect(at.limits).toEqual([2_000])
  expect(at.now()).toBe(0)
})

test('a look-up takes the last place of the queue without a pause', async () => {
  setTaken(PLACES.lookup - 1)
  expect(await resolve()).toEqual(identity)
  expect(at.now()).toBe(0)
})

test('a look-up that finds no place within 500 ms fails as overloaded, and sends no query', async () => {
  fillQueue()
  await expect(resolve()).rejects.toThrow(/^D1 DB is overloaded/)
  expect(at.now()).toBe(500)
  expect(queries).toBe(0)
})

test('a look-up checks every 20 ms whether the queue has a place', async () => {
  fillQueue()
  at.afterPause(() => {
    if (at.now() >= 50) setTaken(PLACES.lookup - 1)
  })
  expect(await resolve()).toEqual(identity)
  expect(at.now()).toBe(60)
  expect(queries).toBe(1)
})

test('the validity of an identity begins when its look-up has found a place', async () => {
  fillQueue()
  at.afterPause(() => {
    if (at.now() >= 400) setTaken(0)
  })
  await resolve()
  at.setTime(20_399)
  await resolve()
  expect(queries).toBe(1)
  at.setTime(20_400)
  await resolve()
  expect(queries).toBe(2)
})

test.each([
  ['identity', identity],
  ['rejection', undefined],
])('a look-up that waits for a place uses the %s that another look-up finds meanwhile', async (_, found) => {
  const endOther = startLookup()
  fillQueue(1)
  const waiting = resolve()
  await endOther(found)
  emptyQueueAfterPause()
  expect(await waiting).toEqual(found)
  expect(queries).toBe(0)
})

test('a rejected key is rejected without a pause while the queue is full', async () => {
  await startLookup()(undefined)
  fillQueue()
  expect(await resolve()).toBeUndefined()
  expect([queries, at.now()]).toEqual([0, 0])
})

test('a look-up that waits for a place does not use an identity of another name', async () => {
  const endOther = startLookup()
  fillQueue(1)
  const waiting = resolve(PUBLIC)
  await endOther(undefined)
  emptyQueueAfterPause()
  expect(await waiting).toEqual(identity)
  expect(queries).toBe(1)
})

test('a look-up that waits for a place does not use an identity that has expired before', async () => {
  await resolve()
  at.setTime(30_000)
  fillQueue()
  emptyQueueAfterPause()
  await resolve()
  expect(queries).toBe(2)
})

test('a look-up that loses its connection is sent again', async () => {
  const failing = async () => {
    if (++queries < 3) throw new Error('D1_ERROR: Network connection lost.')
    return identity
  }
  expect(await resolveIdentity(at.isolate, NAME, failing)).toEqual(identity)
  expect(queries).toBe(3)
})
