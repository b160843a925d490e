// Promise: an isolate accepts a cached key for 30 s from the start of its look-up, and never after the primary has rejected the key.
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { IDENTITY_TTL_MS } from '../../../src/auth/identity-cache.ts'
import { LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import type { Trip } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let base: Harness
let d1: ReturnType<typeof makeFaultyD1>
/** Clients of an isolate with a cached payload of `path`. */
let harness: Harness
const path = '/api/factory/1/profile'

beforeEach(async () => {
  base = await createHarness()
  await base.viewer.get(path)
  await base.drain()
  d1 = makeFaultyD1()
  harness = base.elsewhere(newIsolate(base.clock, { DB: d1.binding, MEMORY_SECONDS: '60' }))
})
afterEach(async () => {
  d1.decide = () => undefined
  await harness.drain()
})

const isLookup = ({ sql }: Trip) => sql.includes('"api_keys"."hash" =')
const revoke = () => env.DB.prepare(`update api_keys set revoked_at = 1 where name = 'viewer'`).run()
const read = async () => (await harness.viewer.get(path)).status

/** Reads for the first time, with a look-up that takes 10 s. Returns a function that sets the clock to a time after its start. */
const readSlowly = async () => {
  const startedAt = harness.clock.now()
  d1.decide = (trip) => {
    if (isLookup(trip)) harness.clock.advance(10_000)
    return undefined
  }
  expect(await read()).toBe(200)
  await harness.drain()
  d1.decide = () => undefined
  return (ms: number) => harness.clock.advance(startedAt + ms - harness.clock.now())
}

test('the validity of a cached key begins with its look-up, however long D1 takes', async () => {
  const setClock = await readSlowly()
  await revoke()
  setClock(IDENTITY_TTL_MS)
  expect(await read()).toBe(401)
})

test('the fast path rejects a revoked key 30 s after its look-up, also while a look-up in the background hangs', async () => {
  const setClock = await readSlowly()
  expect(await read()).toBe(200)
  const lookup = Promise.withResolvers<undefined>()
  d1.decide = (trip) => (isLookup(trip) ? lookup.promise : undefined)
  setClock(IDENTITY_TTL_MS - 1_000)
  expect(await read()).toBe(200)
  d1.decide = () => undefined
  await revoke()
  setClock(IDENTITY_TTL_MS)
  expect(await read()).toBe(401)
  lookup.resolve(undefined)
})

test('a key that the primary has rejected gets no grace period while D1 is down', async () => {
  expect(await read()).toBe(200)
  await harness.drain()
  await revoke()
  harness.clock.advance(IDENTITY_TTL_MS)
  expect(await read()).toBe(401)
  d1.decide = () => ({ before: LOST })
  harness.clock.advance(6_000)
  expect(await read()).toBe(503)
})
