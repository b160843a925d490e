import { beforeEach, describe, expect, test } from 'vitest'
import { withChecksum } from '../../../src/auth/api-key.ts'
import { PUBLIC } from '../../../src/auth/identity-cache.ts'
import { withCachedRead } from '../../../src/http/cached-read.ts'
import { LIMITS } from '../../../src/schemas/limits.ts'
import { BODY, KEY, makeFastPath, PUBLIC_VIEWER, URL_OF_READ } from '../../support/fast-path-isolate.ts'
import type { FastPath } from '../../support/fast-path-isolate.ts'

// Promise: only a plain read by a client whose rights the isolate knows takes the fast path. The router sees all other requests.

const OTHER_KEY = withChecksum('9b0Cd1Ef2Gh3Ij4Kl5Mn6Op7Qr8')
let at: FastPath
beforeEach(async () => {
  at = makeFastPath(withCachedRead)
  await at.addIdentity(KEY)
  await at.addIdentity(PUBLIC, PUBLIC_VIEWER)
  at.remember()
})

/** Sends a request twice. True if the fast path serves the second one. Otherwise the router gets it as the client sent it. */
const isServed = async (...request: Parameters<FastPath['send']>) => {
  await at.send(...request)
  at.routed.length = 0
  at.limits.counted.length = 0
  const text = await (await at.send(...request)).text()
  if (text === BODY && at.routed.length === 0) return true
  expect(at.routed).toEqual([{ isCounted: false, kvLookup: undefined, sent: undefined }])
  expect(at.limits.counted).toEqual([])
  return false
}
const anonymous = { Authorization: '' }
const long = (length: number) => 'a'.repeat(length)

describe('the request', () => {
  test.each(['POST', 'HEAD', 'OPTIONS', 'DELETE'])('the router sees a request with the method %s', async (method) => {
    await at.send()
    expect(await isServed({}, URL_OF_READ, method)).toBe(false)
  })

  test.each([
    [512, true],
    [513, false],
  ])('a URL of %i characters takes the fast path: %s', async (length, isFast) => {
    expect(await isServed({}, `${URL_OF_READ}?n=`.padEnd(length, '1'))).toBe(isFast)
  })

  test.each([
    ['x-d1-bookmark', `00000001-00000000-00000000-${'0'.repeat(32)}`],
    ['Want-Repr-Digest', 'sha-256=1'],
    ['Accept', 'text/csv'],
    ['Accept', 'text/csv, application/json;q=0.5'],
  ])('the router sees a read with %s: %s', async (name, value) => {
    await at.send()
    expect(await isServed({ [name]: value })).toBe(false)
  })

  test.each([{}, { Accept: '*/*' }, { Accept: 'application/json' }, { 'If-None-Match': '"b"' }, { 'X-Request-Id': 'a' }])(
    'a read with the headers %j takes the fast path',
    async (headers) => {
      expect(await isServed(headers)).toBe(true)
    },
  )

  test.each(['Accept', 'If-None-Match', 'X-Request-Id', 'Cookie', 'User-Agent'])(
    'the router sees a read with %s above its length limit',
    async (name) => {
      await at.send()
      expect(await isServed({ [name]: long(LIMITS.headerCharacters) })).toBe(true)
      expect(await isServed({ [name]: long(LIMITS.headerCharacters + 1) })).toBe(false)
    },
  )

  test('the router sees a read with an Authorization above its length limit', async () => {
    const padding = ' '.repeat(LIMITS.headerCharacters - `Bearer ${KEY}`.length)
    expect(await isServed({ Authorization: `Bearer ${padding}${KEY}` })).toBe(true)
    expect(await isServed({ Authorization: `Bearer ${padding} ${KEY}` })).toBe(false)
  })
})

describe('the client', () => {
  test('clients with and without a known key take the fast path', async () => {
    expect(await isServed()).toBe(true)
    expect(await isServed(anonymous)).toBe(true)
  })

  test.each(['Basic abc', KEY, 'Bearer', `Bearer ${KEY} x`, `Token ${KEY}`])(
    'the router sees a read with Authorization: %s, which has no key of the fast path',
    async (authorization) => {
      await at.send(anonymous)
      await at.send()
      expect(await isServed({ Authorization: authorization })).toBe(false)
    },
  )

  test('the router sees a read with a key that the isolate does not know', async () => {
    await at.send(anonymous)
    await at.send()
    expect(await isServed({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(false)
  })

  test('the router sees a read of an isolate without a public organisation', async () => {
    at = makeFastPath(withCachedRead)
    at.remember()
    expect(await isServed(anonymous)).toBe(false)
  })

  test('the router sees a read with a key that is limited to some factories', async () => {
    await at.send()
    await at.addIdentity(OTHER_KEY, { keyPk: 2, factories: [1] })
    expect(await isServed({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(false)
  })

  test('the router sees a read of a client whose identity needs a refresh', async () => {
    at.advance(19_999)
    at.remember()
    expect([await isServed(), await isServed(anonymous)]).toEqual([true, true])
    at.advance(1)
    at.remember()
    expect([await isServed(), await isServed(anonymous)]).toEqual([false, false])
  })

  test('the router sees a read with a key whose use is to be recorded, and records it', async () => {
    at.advance(59_999)
    await at.addIdentity(OTHER_KEY)
    at.remember()
    expect(await isServed({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(true)
    at.advance(1)
    expect(await isServed({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(false)
  })
})

describe('responses of other clients and URLs', () => {
  /** True if the fast path serves the first request. */
  const isServedAtOnce = async (...request: Parameters<FastPath['send']>) => (await (await at.send(...request)).text()) === BODY

  test('keys of one organisation get the same response', async () => {
    await at.send()
    await at.addIdentity(OTHER_KEY, { keyPk: 2 })
    expect(await isServedAtOnce({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(true)
  })

  test('a key does not get the response to a key of another organisation', async () => {
    await at.send()
    await at.addIdentity(OTHER_KEY, { keyPk: 2, organisationPk: 2 })
    expect(await isServedAtOnce({ Authorization: `Bearer ${OTHER_KEY}` })).toBe(false)
  })

  test('clients with and without a key do not get the same response', async () => {
    await at.send()
    expect(await isServedAtOnce(anonymous)).toBe(false)
    at = makeFastPath(withCachedRead)
    await at.addIdentity(KEY)
    await at.addIdentity(PUBLIC, PUBLIC_VIEWER)
    at.remember()
    await at.send(anonymous)
    expect(await isServedAtOnce()).toBe(false)
  })

  test('a client without a key does not get the response of an organisation that was public before', async () => {
    await at.send(anonymous)
    at.advance(30_000)
    at.remember()
    await at.addIdentity(PUBLIC, { ...PUBLIC_VIEWER, organisationPk: 2, slug: 'demo' })
    expect(await isServedAtOnce(anonymous)).toBe(false)
    expect(at.routed.at(-1)!.kvLookup).toBeUndefined()
  })

  test('a read does not get the response to another URL', async () => {
    await at.send()
    expect(await isServedAtOnce({}, `${URL_OF_READ}?n=1`)).toBe(false)
    expect(await isServedAtOnce()).toBe(true)
  })
})
