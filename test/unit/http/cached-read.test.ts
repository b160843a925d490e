import { beforeEach, describe, expect, test } from 'vitest'
import { PUBLIC } from '../../../src/auth/identity-cache.ts'
import { createResponses, withCachedRead } from '../../../src/http/cached-read.ts'
import { getState } from '../../../src/runtime/state.ts'
import { BODY, KEY, KV_MS, makeFastPath, metadataOf, PUBLIC_VIEWER, URL_OF_READ } from '../../support/fast-path-isolate.ts'
import type { FastPath } from '../../support/fast-path-isolate.ts'

// Promise: the fast path sends the payload from memory or KV with the headers that the router has sent, or leaves the request to the router.

let at: FastPath
beforeEach(async () => {
  at = makeFastPath(withCachedRead)
  await at.addIdentity(KEY)
  await at.send()
  at.routed.length = 0
  at.limits.counted.length = 0
})

const TAG = { 'If-None-Match': '"a"' }
const OTHER_TAG = { 'If-None-Match': '"b"' }
const contentOf = async (response: Response) => {
  const { 'x-request-id': requestId, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, body: await response.text(), headers, isNewId: /^[0-9a-f-]{36}$/.test(requestId!) }
}
const WHOLE = { etag: '"a"', 'content-type': 'application/json' }
const FROM_MEMORY = { 'cache-status': 'memory; hit', 'server-timing': 'memory;dur=0' }
const FROM_KV = { 'cache-status': 'kv; hit', 'server-timing': `kv;dur=${KV_MS}` }
/** The response of the router. */
const isRouted = async (response: Response) => (await response.text()) === 'routed'

describe('the fast path from memory', () => {
  test('the fast path sends the payload in memory with the headers of the router', async () => {
    at.remember()
    for (const headers of [{}, OTHER_TAG])
      expect(await contentOf(await at.send(headers))).toEqual({
        status: 200,
        body: BODY,
        headers: { ...WHOLE, ...FROM_MEMORY },
        isNewId: true,
      })
    expect([at.routed.length, at.kv.reads]).toEqual([0, 0])
    expect(at.limits.counted).toEqual(['read key 1', 'body key 1', 'read key 1', 'body key 1'])
  })

  test.each([
    ['with its bytes', BODY],
    ['without its bytes', null],
  ])('the fast path sends 304 for a payload that memory has %s', async (_, body) => {
    at.remember({}, body)
    expect(await contentOf(await at.send(TAG))).toEqual({ status: 304, body: '', headers: { etag: '"a"', ...FROM_MEMORY }, isNewId: true })
    expect([at.routed.length, at.kv.reads]).toEqual([0, 0])
    expect(at.limits.counted).toEqual(['read key 1'])
  })

  test('the fast path reads KV for a payload whose bytes memory lacks', async () => {
    at.remember({}, null)
    at.kv.metadata = metadataOf()
    expect(await contentOf(await at.send())).toMatchObject({ status: 200, body: BODY, headers: FROM_KV })
    expect(at.kv.reads).toBe(1)
  })

  test.each([
    ['with its bytes', BODY, {}],
    ['with its bytes for a client that has the former payload', BODY, TAG],
    ['without its bytes for a client that has the former payload', null, TAG],
  ])('the router serves another payload that memory has %s, and counts the request', async (_, body, headers) => {
    at.remember({ etag: '"b"' }, body)
    expect(await isRouted(await at.send(headers))).toBe(true)
    expect(at.routed).toEqual([{ isCounted: false, kvLookup: undefined, sent: undefined }])
    expect(at.limits.counted).toEqual([])
  })

  test('each response of the fast path can be changed without an effect on others', async () => {
    at.remember()
    const first = await at.send()
    first.headers.set('ETag', 'changed')
    expect((await at.send()).headers.get('ETag')).toBe('"a"')
  })
})

describe('the fast path from KV', () => {
  test('the fast path sends the payload in KV with the headers of the router', async () => {
    at.kv.metadata = metadataOf()
    expect(await contentOf(await at.send())).toEqual({ status: 200, body: BODY, headers: { ...WHOLE, ...FROM_KV }, isNewId: true })
    expect([at.routed.length, at.kv.reads]).toEqual([0, 1])
    expect(at.limits.counted).toEqual(['read key 1', 'body key 1'])
  })

  test('the fast path sends 304 for a payload in KV that the client has', async () => {
    at.kv.metadata = metadataOf()
    expect(await contentOf(await at.send(TAG))).toEqual({ status: 304, body: '', headers: { etag: '"a"', ...FROM_KV }, isNewId: true })
    expect(at.limits.counted).toEqual(['read key 1'])
  })

  test('the headers of a response from KV do not change those of later responses from memory', async () => {
    at.kv.metadata = metadataOf()
    await at.send()
    expect(await contentOf(await at.send())).toMatchObject({ headers: FROM_MEMORY })
    expect(at.kv.reads).toBe(1)
  })

  test.each([
    ['another payload', metadataOf({ etag: '"b"' }), {}],
    ['another payload for a client that has the former one', metadataOf({ etag: '"b"' }), TAG],
    ['an entry in the last quarter of its lease', metadataOf({ leasedUntil: 1_800_000 }), {}],
    ['no entry', null, {}],
  ])('the router gets the look-up of the fast path if KV has %s', async (_, metadata, headers) => {
    at.kv.metadata = metadata
    expect(await isRouted(await at.send(headers))).toBe(true)
    const [notes] = at.routed
    expect(notes).toMatchObject({ isCounted: true, kvLookup: { ms: KV_MS } })
    expect(notes!.kvLookup!.lookup.entry?.metadata).toEqual(metadata ?? undefined)
    expect([at.kv.reads, at.limits.counted]).toEqual([1, ['read key 1']])
  })
})

describe('rate limits of the fast path', () => {
  test('the router responds to a client over its limit of reads, without a read of KV', async () => {
    at.limits.refused = 'read'
    expect(await isRouted(await at.send())).toBe(true)
    expect(at.routed).toEqual([{ isCounted: false, kvLookup: undefined, sent: undefined }])
    expect(at.kv.reads).toBe(0)
  })

  test.each([
    ['memory', true],
    ['KV', false],
  ])('the router responds to a client over its limit of bodies from %s', async (_, isInMemory) => {
    if (isInMemory) at.remember()
    else at.kv.metadata = metadataOf()
    at.limits.refused = 'body'
    expect((await at.send(TAG)).status).toBe(304)
    expect(await isRouted(await at.send())).toBe(true)
    expect(at.routed).toMatchObject([{ isCounted: true }])
  })

  test('a client without a key spends the limits of its address', async () => {
    await at.addIdentity(PUBLIC, PUBLIC_VIEWER)
    at.remember()
    const anonymous = { Authorization: '', 'CF-Connecting-IP': '203.0.113.7' }
    await at.send(anonymous)
    at.limits.counted.length = 0
    expect((await at.send(anonymous)).headers.get('Cache-Status')).toBe('memory; hit')
    expect(at.limits.counted).toEqual(['anonymous address 203.0.113.7'])
  })
})

describe('stored responses', () => {
  test.each([
    ['has a status other than 200', { status: 304 }, {}],
    ['is an error', { status: 503 }, {}],
    ['names no payload', { sent: undefined }, {}],
    ['goes to a client on the local network', {}, { 'CF-Connecting-IP': '192.168.0.7' }],
  ])('a response of the router that %s is not stored', async (_, router, headers) => {
    getState(at.isolate, createResponses).clear()
    Object.assign(at.router, router)
    await at.send(headers)
    expect(getState(at.isolate, createResponses).size).toBe(0)
  })

  test('a later response of the router replaces the stored one', async () => {
    at.router.sent = { ...at.router.sent!, etag: '"b"' }
    await at.send()
    at.remember({ etag: '"b"' })
    expect((await at.send()).headers.get('Cache-Status')).toBe('memory; hit')
  })

  test('an isolate stores 1,000 responses, and discards the oldest for the next one', async () => {
    const responses = getState(at.isolate, createResponses)
    for (let n = 1; n < 1_000; n++) await at.send({}, `${URL_OF_READ}?n=${n}`)
    expect(responses.size).toBe(1_000)
    await at.send({}, `${URL_OF_READ}?n=1000`)
    expect(responses.size).toBe(1_000)
    expect([...responses.keys()].map((name) => name.split('?')[1]).slice(0, 2)).toEqual(['n=1', 'n=2'])
    expect(responses.has(`key 1 ${URL_OF_READ}?n=1000`)).toBe(true)
  })
})

describe('the log of the fast path', () => {
  const logFrom = async (sample: string, isInMemory: boolean) => {
    at = makeFastPath(withCachedRead, { LOG_SAMPLE: sample })
    await at.addIdentity(KEY)
    await at.send()
    if (isInMemory) at.remember()
    else at.kv.metadata = metadataOf()
    await at.send({ 'X-Request-Id': 'gateway-7', 'User-Agent': 'wall' })
    return at.lines.map((line) => JSON.parse(line) as object)
  }
  const LINE = {
    request_id: 'gateway-7',
    method: 'GET',
    route: '/api/factory/{id}',
    status: 200,
    organisation: 'demo',
    key: 4,
    user_agent: 'wall',
  }

  test('a sampled read from memory is logged without a read of KV', async () => {
    const usage = { ms: 0, spent: { memory: 0 }, cache: 'memory; hit', kv: { reads: 0, writes: 0 } }
    expect(await logFrom('1', true)).toMatchObject([{ ...LINE, ...usage }])
  })

  test('a sampled read from KV is logged with its duration', async () => {
    const usage = { ms: KV_MS, spent: { kv: KV_MS }, cache: 'kv; hit', kv: { reads: 1, writes: 0 } }
    expect(await logFrom('1', false)).toMatchObject([{ ...LINE, ...usage }])
  })

  test('a read that is not sampled is not logged', async () => {
    expect(await logFrom('0', true)).toEqual([])
  })
})
