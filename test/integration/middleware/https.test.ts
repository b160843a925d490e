import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { Hono } from 'hono'
import { createApp } from '../../../src/app.ts'
import type { AppEnv } from '../../../src/middleware/app-env.ts'
import { requireHttps } from '../../../src/middleware/https.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { everythingStored } from '../../support/snapshot.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a request over http is redirected, pages cannot run foreign scripts, and digests detect changes in transit.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const sha = async (name: 'SHA-256' | 'SHA-512', bytes: Uint8Array<ArrayBuffer>) =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(name, bytes))))
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

describe('Want-Repr-Digest', () => {
  test.each(['/api/factory/1', '/api/factories?limit=2', '/api/sprockets', '/api/factory/1/chart.svg', '/openapi.json'])(
    'Want-Repr-Digest gets the digest of the bytes of %s, with no-transform',
    async (path) => {
      const plain = await harness.viewer.get(path)
      expect(plain.headers.has('Repr-Digest')).toBe(false)
      const response = await harness.viewer.get(path, { 'Want-Repr-Digest': 'sha-256' })
      const bytes = await bytesOf(response)
      expect(bytes).toEqual(await bytesOf(plain))
      expect(response.headers.get('Repr-Digest')).toBe(`sha-256=:${await sha('SHA-256', bytes)}:`)
      expect(response.headers.get('Cache-Control')).toBe(`${plain.headers.get('Cache-Control')}, no-transform`)
      for (const name of ['ETag', 'Content-Type', 'Cache-Status', 'Vary']) expect(response.headers.get(name)).toBe(plain.headers.get(name))
    },
  )

  test.each([
    ['sha-256=1', 'sha-256'],
    ['sha-512=3, sha-256=10', 'sha-256'],
    ['sha-256=3, sha-512=10', 'sha-512'],
    ['md5=10, sha-256=1', 'sha-256'],
    ['sha-256=0', null],
    ['md5', null],
    [';;', null],
    [' sha-512 = 3 ,\tsha-256=10 ', 'sha-256'],
    [`a=x${' '.repeat(4_000)}x`, null],
    [`a=x${' '.repeat(4_000)}x, sha-256`, 'sha-256'],
    [',='.repeat(2_000), null],
  ])('Want-Repr-Digest "%s" gets the algorithm %s', async (value, algorithm) => {
    const { headers } = await harness.viewer.get('/api/sprocket/1', { 'Want-Repr-Digest': value })
    expect(headers.get('Repr-Digest')?.split('=')[0] ?? null).toBe(algorithm)
  })

  test('Want-Repr-Digest works for writes and HEAD, and a 304 has no digest', async () => {
    const wantDigest = { 'Want-Repr-Digest': 'sha-256' }
    const write = await harness.engineer.patch('/api/factory/1', { name: 'x' }, wantDigest)
    expect(write.headers.get('Repr-Digest')).toBe(`sha-256=:${await sha('SHA-256', await bytesOf(write))}:`)
    const get = await harness.viewer.get('/api/sprocket/1', wantDigest)
    expect((await harness.viewer.send('HEAD', '/api/sprocket/1', { headers: wantDigest })).headers.get('Repr-Digest')).toBe(
      get.headers.get('Repr-Digest'),
    )
    const known = await harness.viewer.get('/api/sprocket/1', { ...wantDigest, 'If-None-Match': get.headers.get('ETag')! })
    expect([known.status, known.headers.has('Repr-Digest')]).toEqual([304, false])
  })
})

describe('Content-Digest', () => {
  const chart = '/api/factory/1/chart-data'
  const body = '{"time":60,"actual":1}'
  const send = (digest: string, sent = body) =>
    harness.operator.send('POST', chart, { body: sent, headers: { 'Content-Type': 'application/json', 'Content-Digest': digest } })
  const bytes = new Uint8Array(new TextEncoder().encode(body))

  test('a body with a correct Content-Digest is accepted, also if another algorithm is unknown', async () => {
    const correct = `sha-256=:${await sha('SHA-256', bytes)}:`
    for (const digest of [correct, `sha-512=:${await sha('SHA-512', bytes)}:`, `${correct}, unknown=:AAAA:`, `unknown=:AAAA:`])
      expect((await send(digest)).status, digest).toBe(200)
  })

  test('a body with a wrong or malformed Content-Digest gets 400, and nothing is stored', async () => {
    await harness.drain()
    const before = await everythingStored()
    const correct = `sha-256=:${await sha('SHA-256', bytes)}:`
    await problemOf(await send(correct, `${body} `), 400)
    for (const digest of [`${correct}, sha-512=:AAAA:`, 'sha-256=AAAA', 'sha-256', '', 'sha-256=:not base64!:'])
      await problemOf(await send(digest), 400)
    expect(await everythingStored()).toBe(before)
  })
})

test('requireHttps adds a strict Content-Security-Policy to HTML, unless the page has its own policy', async () => {
  const app = new Hono<AppEnv>()
  app.use(requireHttps)
  app.get('/plain', (c) => c.html('<p>'))
  app.get('/own', (c) => c.html('<p>', 200, { 'Content-Security-Policy': "default-src 'self'" }))
  app.get('/json', (c) => c.json({}))
  const plain = await app.request('https://api.test/plain')
  expect(plain.headers.get('Content-Security-Policy')).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  expect([plain.headers.get('X-Frame-Options'), plain.headers.get('Referrer-Policy')]).toEqual(['DENY', 'no-referrer'])
  expect((await app.request('https://api.test/own')).headers.get('Content-Security-Policy')).toBe("default-src 'self'")
  expect((await app.request('https://api.test/json')).headers.has('Content-Security-Policy')).toBe(false)
})

describe('a request over http', () => {
  const fetchUrl = (url: string, headers: Record<string, string> = {}) => {
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
    return createApp(harness.isolate).fetch(new Request(url, { redirect: 'manual', headers }), env, context)
  }

  test('a request over http is redirected to https, and a response over https has Strict-Transport-Security', async () => {
    const response = await fetchUrl('http://api.example.com/api/factories?limit=2', { 'CF-Connecting-IP': '203.0.113.7' })
    expect([response.status, response.headers.get('Location')]).toEqual([308, 'https://api.example.com/api/factories?limit=2'])
    expect(response.headers.has('Strict-Transport-Security')).toBe(false)
    const secure = await fetchUrl('https://api.example.com/health', { 'CF-Connecting-IP': '203.0.113.7' })
    expect([secure.status, secure.headers.get('Strict-Transport-Security')]).toEqual([200, 'max-age=31536000; includeSubDomains'])
  })

  test.each([
    ['http://localhost:8787/health', undefined],
    ['http://127.0.0.1:8787/health', '127.0.0.1'],
    ['http://[::1]:8787/health', '::1'],
    ['http://192.168.1.4/health', '192.168.1.9'],
    // `wrangler dev` uses the deployed host name in URLs, if there is one.
    ['http://api.example.com/health', '127.0.0.1'],
    ['http://api.example.com/health', '::1'],
  ])('requireHttps allows http in development: %s from %s', async (url, client) => {
    const response = await fetchUrl(url, client === undefined ? {} : { 'CF-Connecting-IP': client })
    expect([response.status, response.headers.has('Strict-Transport-Security')]).toEqual([200, false])
  })
})
