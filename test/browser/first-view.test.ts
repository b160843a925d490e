import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEdgeProxy } from '../bench/pages/edge-proxy.ts'
import { measureFirstView } from '../bench/pages/first-view.ts'
import { launch } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: on a phone with a slow connection, the first view of each page is small and does not move while it loads.

/** Sum of layout shifts that a reader does not notice. A view is good up to 0.1. */
const MAX_SHIFT = 0.05

describePages('the first view on a phone with a slow connection', ({ server }) => {
  let browser: Browser
  let proxy: Awaited<ReturnType<typeof startEdgeProxy>>
  beforeAll(async () => {
    browser = await launch()
    proxy = await startEdgeProxy(server.base, 300)
  })
  afterAll(async () => {
    await browser.close()
    proxy.stop()
  })

  // `npm run bench:pages` measures the time until the largest content is painted, which depends on other work of the machine.
  test.each([
    ['/', '.spark', 55_000],
    ['/factory/1', '.chart canvas', 95_000],
    ['/?tv', '.wall-tile', 60_000],
  ])('%s does not move while it loads, and is small', async (path, part, maxBytes) => {
    const { cls, bytes, lcpMs } = await measureFirstView(browser, proxy.base + path, part, 1)
    expect(cls).toBeLessThanOrEqual(MAX_SHIFT)
    expect(bytes).toBeLessThan(maxBytes)
    expect(lcpMs).toBeGreaterThan(0)
  })

  test('the page loads its scripts at once, without a chain of imports', async () => {
    const html = await (await fetch(server.base)).text()
    const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path!)
    const [, entry = ''] = /<script type="module" src="([^"]+)"/.exec(html) ?? []
    const code = await (await fetch(server.base + entry)).text()
    const imported = [...code.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, name]) => `/assets/${name!}`)
    expect(imported.length).toBeGreaterThan(0)
    expect(preloaded.toSorted()).toEqual(imported.toSorted())
  })
})
