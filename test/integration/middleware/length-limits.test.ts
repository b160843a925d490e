import { beforeAll, describe, expect, test } from 'vitest'
import { createKeyHashes } from '../../../src/auth/key-hash-cache.ts'
import { createResponses } from '../../../src/http/cached-read.ts'
import type { StoredResponse } from '../../../src/http/cached-read.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { createRecentResponses } from '../../../src/http/recent-responses.ts'
import type { RecentResponse } from '../../../src/http/recent-responses.ts'
import { getEpochState, getState } from '../../../src/runtime/state.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: requests cannot make the Worker read, or keep in memory, more than the limits allow.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const PATHS = ['/api/factory/1', '/health', '/nowhere', '/api/factories/1']
const longHeader = (name: string, characters: number = LIMITS.headerCharacters) => ({ [name]: `${'x'.repeat(characters)}x` })
/** Returns the path with a query, so that its URL has the given number of characters. */
const padded = (path: string, characters: number) => {
  const begin = `https://api.test${path}?x=`
  return `${path}?x=${'x'.repeat(characters - begin.length)}`
}

describe('a URL or a header that is too long', () => {
  test.each(PATHS)('a URL of %s with too many characters gets 414', async (path) => {
    await problemOf(await harness.viewer.get(padded(path, LIMITS.urlCharacters + 1)), 414)
    expect((await harness.viewer.get(padded(path, LIMITS.urlCharacters))).status).not.toBe(414)
  })

  test.each(PATHS)('a request for %s with a header that is too long gets 431, whichever header it is', async (path) => {
    for (const name of [
      'Want-Repr-Digest',
      'Content-Digest',
      'Cookie',
      'If-None-Match',
      'Accept',
      'Prefer',
      'X-Anything',
      'x-d1-bookmark',
    ]) {
      const { detail } = await problemOf(await harness.viewer.get(path, longHeader(name)), 431)
      expect(detail).toContain(`header ${name.toLowerCase()} has 4,097 characters`)
    }
    const key = `Bearer${' '.repeat(LIMITS.headerCharacters)}${apiKeyOf('viewer')}`
    await problemOf(await harness.anonymous.get(path, { Authorization: key }), 431)
    expect((await harness.viewer.get(path, { Cookie: 'x'.repeat(LIMITS.headerCharacters) })).status).not.toBe(431)
  })

  test('a header that is too long gets 431 with any method, readable for pages of another origin', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await harness.admin.send(method, '/api/readings', { headers: longHeader('X-Anything') })
      expect([response.status, response.headers.get('Access-Control-Allow-Origin')], method).toEqual([431, '*'])
    }
  })

  test('a URL or header that is too long is rejected on the fast path too', async () => {
    const other = attachClients(newIsolate(harness.clock, { MEMORY_SECONDS: '5' }), harness.clock)
    const path = '/api/factory/1'
    for (let round = 0; round < 3; round++) {
      await other.viewer.get(path)
      await other.drain()
    }
    expect(getState(other.isolate, createResponses).size).toBe(1)
    for (const name of ['X-Request-Id', 'Accept', 'If-None-Match', 'Cookie', 'User-Agent'])
      await problemOf(await other.viewer.get(path, longHeader(name)), 431)
    const key = `Bearer ${' '.repeat(LIMITS.headerCharacters)}${apiKeyOf('viewer')}`
    await problemOf(await other.anonymous.get(path, { Authorization: key }), 431)
    await problemOf(await other.viewer.get(padded(path, LIMITS.urlCharacters + 1)), 414)
  })
})

describe('the memory of an isolate', () => {
  test('every spelling of the Authorization header of a key is one entry of keyHashes', async () => {
    for (let blanks = 1; blanks < 20; blanks++)
      expect(
        (await harness.anonymous.get('/api/sprocket/1', { Authorization: `Bearer${' '.repeat(blanks)}${apiKeyOf('viewer')}` })).status,
      ).toBe(200)
    expect([...getState(harness.isolate, createKeyHashes).keys()].filter((key) => key.includes(apiKeyOf('viewer')))).toEqual([
      apiKeyOf('viewer'),
    ])
  })

  test('recent responses from D1 are kept up to 8 MiB, and the oldest is deleted first', async () => {
    const other = attachClients(newIsolate(harness.clock, { MEMORY_SECONDS: '5' }), harness.clock)
    const recent = getEpochState(other.isolate, createRecentResponses)
    const read = (query: string) => other.anonymous.get(`/api/factory/1/chart-data?${query}`)
    await read('limit=1')
    expect([...recent.entries.keys()]).toEqual([`${PAYLOAD_VERSION} 1 application/json https://api.test/api/factory/1/chart-data?limit=1`])
    const [[, one]] = [...recent.entries] as [[string, RecentResponse]]
    expect(recent.bytes).toBe(2_048 + one.body.byteLength)
    const large = { ...one, body: new Uint8Array(8 * 1024 ** 2 - 2 * recent.bytes) }
    recent.entries.set('large', large)
    recent.bytes += large.body.byteLength + 2_048
    await read('limit=2')
    expect([...recent.entries.keys()].map((name) => name.slice(-7))).toEqual(['large', 'limit=2'])
    await read(`limit=3&x=${'x'.repeat(600)}`)
    expect(recent.entries.size).toBe(2)
  })

  test('the fast path keeps at most 1,000 responses, and only for URLs of up to 512 characters', async () => {
    const other = attachClients(newIsolate(harness.clock, { MEMORY_SECONDS: '5' }), harness.clock)
    const readTwice = async (path: string) => {
      for (let round = 0; round < 2; round++) {
        await other.anonymous.get(path)
        await other.drain()
      }
    }
    await readTwice('/api/sprocket/1')
    const [[, response]] = [...getState(other.isolate, createResponses)] as [[string, StoredResponse]]
    for (let n = 0; n < 999; n++) getState(other.isolate, createResponses).set(`public 1 https://api.test/${n}`, response)
    await readTwice('/api/sprocket/1?one=more')
    expect(getState(other.isolate, createResponses).size).toBe(1_000)
    for (const characters of [513, 600, 8_000]) await readTwice(padded('/api/sprocket/1', characters))
    const keys = [...getState(other.isolate, createResponses).keys()]
    expect([keys.length, keys[0], keys.at(-1)]).toEqual([
      1_000,
      'public 1 https://api.test/0',
      'public 1 https://api.test/api/sprocket/1?one=more',
    ])
  })
})
