import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/runtime/config.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createHarness } from '../../support/harness.ts'

// Promise: only origins that the operator lists may show the wall in a frame.

let isolate: Isolate
beforeAll(async () => {
  const harness = await createHarness()
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" }
  const fetchPage = async (url: RequestInfo | URL) => new Response(`page ${new URL(url as URL).pathname}`, { headers })
  isolate = { ...harness.isolate, pages: { fetch: fetchPage } as Fetcher }
})

/** Opens a page of the wall with this value of FRAME_ANCESTORS. */
const openWall = (path: string, origins?: string) =>
  createApp({ ...isolate, config: parseConfig({ ...(origins !== undefined && { FRAME_ANCESTORS: origins }) }) }).fetch(
    new Request(`https://api.test${path}`),
  )

test.each(['/embed', '/embed/factory/3'])('%s is the page of the dashboard, which no page may frame by default', async (path) => {
  const response = await openWall(path)
  expect([response.status, await response.text()]).toEqual([200, 'page /'])
  expect(response.headers.get('Content-Security-Policy')).toBe("default-src 'none'; frame-ancestors 'none'")
})

test('the listed origins may frame the wall', async () => {
  const origins = 'https://intranet.example.com https://*.plant.example:8443  http://localhost:3000'
  const response = await openWall('/embed', origins)
  expect(response.headers.get('Content-Security-Policy')).toBe(
    "default-src 'none'; frame-ancestors https://intranet.example.com https://*.plant.example:8443 http://localhost:3000",
  )
  expect(response.headers.has('X-Frame-Options')).toBe(false)
})

test.each(['*', 'https:', 'https://a.example/path', "https://a.example; script-src 'unsafe-inline'", "'self'", 'javascript:1'])(
  'FRAME_ANCESTORS ignores %s, which is no origin',
  async (value) => {
    const policy = (await openWall('/embed', value)).headers.get('Content-Security-Policy')
    expect(policy).not.toMatch(/\*|script-src|path|self|javascript/)
  },
)
