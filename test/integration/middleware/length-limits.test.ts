import { beforeAll, describe, expect, test } from 'vitest'
import type { CachedResponse, RecentAnswer } from '../../../src/runtime/isolate.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

let world: Harness
beforeAll(async () => {
  world = await createHarness()
})

const PATHS = ['/api/factory/1', '/health', '/nowhere', '/api/factories/1']
const longHeader = (name: string, characters: number = LIMITS.headerCharacters) => ({ [name]: `${'x'.repeat(characters)}x` })
/** A request to the path whose URL has so many characters. */
const padded = (path: string, characters: number) => {
  const begin = `https://api.test${path}?x=`
  return `${path}?x=${'x'.repeat(characters - begin.length)}`
}

describe('a URL or a header that is too long is refused before anything reads it', () => {
  test.each(PATHS)('the URL of %s', async (path) => {
    await problemOf(await world.viewer.get(padded(path, LIMITS.urlCharacters + 1)), 414)
    expect((await world.viewer.get(padded(path, LIMITS.urlCharacters))).status).not.toBe(414)
  })

  test.each(PATHS)('any header of a request for %s', async (path) => {
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
      const { detail } = await problemOf(await world.viewer.get(path, longHeader(name)), 431)
      expect(detail).toContain(`header ${name.toLowerCase()} has 4,097 characters`)
    }
    const key = `Bearer${' '.repeat(LIMITS.headerCharacters)}${apiKeyOf('viewer')}`
    await problemOf(await world.anonymous.get(path, { Authorization: key }), 431)
    expect((await world.viewer.get(path, { Cookie: 'x'.repeat(LIMITS.headerCharacters) })).status).not.toBe(431)
  })

  test('whatever the method, and a page of another origin may read why', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await world.admin.send(method, '/api/readings', { headers: longHeader('X-Anything') })
      expect([response.status, response.headers.get('Access-Control-Allow-Origin')], method).toEqual([431, '*'])
    }
  })

  test('also where the short way would answer from memory', async () => {
    const at = attachClients(newIsolate(world.clock, { MEMORY_SECONDS: '5' }), world.clock)
    const path = '/api/factory/1'
    for (let round = 0; round < 3; round++) {
      await at.viewer.get(path)
      await at.settle()
    }
    expect(at.isolate.memory.responses.size).toBe(1)
    for (const name of ['X-Request-Id', 'Accept', 'If-None-Match']) await problemOf(await at.viewer.get(path, longHeader(name)), 431)
    const key = `Bearer ${' '.repeat(LIMITS.headerCharacters)}${apiKeyOf('viewer')}`
    await problemOf(await at.anonymous.get(path, { Authorization: key }), 431)
    await problemOf(await at.viewer.get(padded(path, LIMITS.urlCharacters + 1)), 414)
  })
})

describe('what an isolate remembers does not grow with what clients make up', () => {
  test('every spelling of the header that carries a key is one entry, of fixed size', async () => {
    for (let blanks = 1; blanks < 20; blanks++)
      expect(
        (await world.anonymous.get('/api/sprocket/1', { Authorization: `Bearer${' '.repeat(blanks)}${apiKeyOf('viewer')}` })).status,
      ).toBe(200)
    expect([...world.isolate.memory.keyHashes.keys()].filter((key) => key.includes(apiKeyOf('viewer')))).toEqual([apiKeyOf('viewer')])
  })

  test('answers from the database are kept up to a number of bytes, the oldest deleted first', async () => {
    const at = attachClients(newIsolate(world.clock, { MEMORY_SECONDS: '5' }), world.clock)
    const { memory } = at.isolate
    const ask = (query: string) => at.anonymous.get(`/api/factory/1/chart-data?${query}`)
    await ask('limit=1')
    expect([...memory.recent.keys()]).toEqual(['1 application/json https://api.test/api/factory/1/chart-data?limit=1'])
    const [[, one]] = [...memory.recent] as [[string, RecentAnswer]]
    expect(memory.recentBytes).toBe(2_048 + one.body.byteLength)
    const large = { ...one, body: new Uint8Array(8 * 1024 ** 2 - 2 * memory.recentBytes) }
    memory.recent.set('large', large)
    memory.recentBytes += large.body.byteLength + 2_048
    await ask('limit=2')
    expect([...memory.recent.keys()].map((name) => name.slice(-7))).toEqual(['large', 'limit=2'])
    await ask(`limit=3&x=${'x'.repeat(600)}`)
    expect(memory.recent.size).toBe(2)
  })

  test('answers are kept for short addresses alone, and a limited number of them', async () => {
    const at = attachClients(newIsolate(world.clock, { MEMORY_SECONDS: '5' }), world.clock)
    const ask = async (path: string) => {
      for (let round = 0; round < 2; round++) {
        await at.anonymous.get(path)
        await at.settle()
      }
    }
    await ask('/api/sprocket/1')
    const [[, kept]] = [...at.isolate.memory.responses] as [[string, CachedResponse]]
    for (let n = 0; n < 999; n++) at.isolate.memory.responses.set(`public https://api.test/${n}`, kept)
    await ask('/api/sprocket/1?one=more')
    expect(at.isolate.memory.responses.size).toBe(1)
    for (const characters of [513, 600, 8_000]) await ask(padded('/api/sprocket/1', characters))
    const addresses = [...at.isolate.memory.responses.keys()]
    expect(addresses).toEqual(['public https://api.test/api/sprocket/1?one=more'])
  })
})
