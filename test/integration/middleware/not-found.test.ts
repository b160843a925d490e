import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a path without a route answers a browser with a page, and a program with a problem.

const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

let harness: Harness
beforeAll(async () => {
  const { isolate, elsewhere } = await createHarness()
  const page = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; style-src 'self'" }
  const fetchPage = async (url: RequestInfo | URL) => new Response(`page ${new URL(url as URL).pathname}`, { headers: page })
  harness = elsewhere({ ...isolate, pages: { fetch: fetchPage } as Fetcher })
})

test('a browser gets the page 404.html with its own security headers', async () => {
  // The contract describes responses to programs only, so the request bypasses the client that checks it.
  const response = await createApp(harness.isolate).fetch(new Request('https://api.test/nope', { headers: BROWSER }))
  expect([response.status, await response.text()]).toEqual([404, 'page /404'])
  expect(response.headers.get('Content-Security-Policy')).toBe("default-src 'none'; style-src 'self'")
  expect(response.headers.get('X-Request-Id')).toMatch(/./)
})

test.each<[string, Record<string, string>]>([
  ['/nope', {}],
  ['/nope', { Accept: 'application/json' }],
  ['/nope', { Accept: '*/*' }],
  ['/api/nope', BROWSER],
])('a program that requests %s with %j gets a problem', async (path, headers) => {
  expect(await problemOf(await harness.anonymous.get(path, headers), 404)).toMatchObject({ title: 'Resource not found' })
})
