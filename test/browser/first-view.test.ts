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
    ['/factory/1', '.chart canvas', 105_000],
    ['/factory/1?tv', '.wall-tile', 55_000],
  ])('%s does not move while it loads, and is small', async (path, part, maxBytes) => {
    const { cls, bytes, lcpMs } = await measureFirstView(browser, proxy.base + path, part, 1)
    expect(cls).toBeLessThanOrEqual(MAX_SHIFT)
    expect(bytes).toBeLessThan(maxBytes)
    expect(lcpMs).toBeGreaterThan(0)
  })

  test('a page requests all scripts of its first view at once, without a chain of imports', async () => {
    const html = await (await fetch(`${server.base}/`)).text()
    const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map(([, link]) => link!)
    const [, start = ''] = /<script type="module" src="([^"]+)"/.exec(html) ?? []
    const [, factoryCode = ''] = /<meta name="factory-code" content="([^"]+)"/.exec(html) ?? []
    expect(factoryCode).toMatch(/^\/assets\/factory-[\w-]+\.js$/)
    expect(await (await fetch(`${server.base}/factory/1`)).text()).toBe(html)
    /** Adds the scripts that these import, except those that are loaded on demand. */
    const addImports = async (scripts: string[]) => {
      for (const script of scripts) {
        const code = await (await fetch(server.base + script)).text()
        for (const [, name] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
          if (!scripts.includes(`/assets/${name!}`)) scripts.push(`/assets/${name!}`)
      }
      return scripts
    }
    expect(preloaded).toContain(start)
    expect(preloaded.length).toBeGreaterThan(2)
    // Each request takes time on a slow connection.
    expect(preloaded.length).toBeLessThanOrEqual(4)
    expect(await addImports([...preloaded])).toEqual(preloaded)
    expect(await addImports([...preloaded, factoryCode])).toEqual([...preloaded, factoryCode])
  })

  test.each(['/?tv', '/factory/1?tv'])('%s does not load the code of the page of a factory, because it shows the wall', async (path) => {
    const page = await browser.newPage()
    const scripts: string[] = []
    page.on('request', (request) => scripts.push(request.url()))
    await page.goto(server.base + path)
    await page.locator('.wall-tile').first().waitFor()
    await page.waitForLoadState('networkidle')
    expect(scripts.filter((url) => /\/assets\/(factory|chart)-/.test(url))).toEqual([])
    await page.close()
  })

  test('the page of a factory requests its data while its code is loaded', async () => {
    const page = await browser.newPage()
    let release = () => {}
    await page.route(/\/assets\/factory-/, async (route) => {
      await new Promise<void>((resolve) => (release = resolve))
      await route.continue()
    })
    const summary = page.waitForResponse(/\/summary$/)
    await page.goto(`${server.base}/factory/1`, { waitUntil: 'commit' })
    await summary
    let summaries = 0
    page.on('request', (request) => (summaries += request.url().endsWith('/summary') ? 1 : 0))
    release()
    await page.locator('.headline').filter({ hasText: 'made' }).waitFor()
    expect(summaries).toBe(0)
    await page.close()
  })

  test('the overview does not load the code of the page of a factory, which a click loads', async () => {
    const page = await browser.newPage()
    const scripts: string[] = []
    page.on('request', (request) => scripts.push(request.url()))
    await page.goto(`${server.base}/`)
    await page.getByRole('link', { name: 'Factory 1' }).waitFor()
    const isLate = (url: string) => /\/assets\/(factory|chart|sprockets)-/.test(url)
    expect(scripts.filter(isLate)).toEqual([])
    await page.getByRole('link', { name: 'Factory 1' }).click()
    await page.getByRole('heading', { name: 'Factory 1', level: 1 }).waitFor()
    expect(scripts.filter(isLate).length).toBeGreaterThan(0)
    await page.close()
  })

  test('a page whose code cannot be loaded says so, and a click on a link loads the whole page instead', async () => {
    const page = await browser.newPage()
    await page.route(/\/assets\/(factory|sprockets)-/, (route) => route.abort())
    await page.goto(`${server.base}/factory/1`)
    await page.getByRole('heading', { name: 'The page was not loaded' }).waitFor()
    await page.getByText('The server does not respond. Reload the page.').waitFor()
    await page.goto(`${server.base}/`)
    await page.unroute(/\/assets\/(factory|sprockets)-/)
    await page.route(/\/assets\/sprockets-/, (route) => route.abort(), { times: 1 })
    await page.getByRole('link', { name: 'Sprockets' }).click()
    await page.getByRole('button', { name: 'Enter a key' }).waitFor()
    await page.getByRole('heading', { name: 'Sprockets' }).waitFor()
    await page.close()
  })
})
