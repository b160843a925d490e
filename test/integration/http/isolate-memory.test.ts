import { beforeEach, expect, test } from 'vitest'
import { createKeyHashes } from '../../../src/auth/key-hash-cache.ts'
import { createResponses } from '../../../src/http/cached-read.ts'
import { getState } from '../../../src/runtime/state.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the memory of an isolate is bounded: the responses of the fast path, and the hashes of keys.

let harness: Harness
const path = '/api/factory/1'
beforeEach(async () => {
  const base = await createHarness()
  // The router finds the payload in KV.
  await base.viewer.get(path)
  await base.drain()
  harness = attachClients(newIsolate(base.clock, { MEMORY_SECONDS: '5' }), base.clock)
})

/** Sends a read three times through the router, so that the fast path has its response. */
const warmUp = async () => {
  for (let time = 0; time < 3; time++) {
    await harness.viewer.get(path)
    await harness.drain()
  }
}

test('the isolate keeps a bounded number of responses', async () => {
  await warmUp()
  for (let n = 0; n < 1_000; n++)
    getState(harness.isolate, createResponses).set(`${n}`, getState(harness.isolate, createResponses).values().next().value!)
  getState(harness.isolate, createResponses).delete(`key 1 https://api.test${path}`)
  await warmUp()
  expect(getState(harness.isolate, createResponses).size).toBe(1_000)
})

test('the isolate keeps hashes of valid keys only, for 30 s', async () => {
  const keyHashes = getState(harness.isolate, createKeyHashes)
  await harness.as('nobody').get(path)
  expect(keyHashes.size).toBe(0)
  await harness.viewer.get(path)
  expect(keyHashes.size).toBe(1)
  harness.clock.advance(30_000)
  await harness.operator.get(path)
  expect([...keyHashes.keys()]).toEqual([apiKeyOf('operator')])
})
