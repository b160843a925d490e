import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGE_GROUPS, PAGES } from '../../src/docs/guide-list.ts'
import { ERRORS } from '../../src/errors.ts'
import { axeFaults, styleOf, waitUntilMounted } from './browser.ts'
import type { Window } from './browser.ts'
import { describePages, REFERENCE, THEMES } from './visit.ts'

// Promise: every page is accessible, fits every screen, runs only its own scripts, and its links work.

const BOARD = [
  '/',
  '/factory/1',
  '/factory/1?range=week',
  '/?factory=0&from=1611194818&to=1611195400',
  '/?sprockets',
  '/?keys',
  '/?organisation',
  '/?audit',
  '/?state=behind&density=compact&bands=98,90',
  '/?tv',
  '/factory/1?tv',
  '/factory/nope',
]
const DOCS = ['/docs', ...PAGES.map(({ address }) => address), REFERENCE]
/** Guides share one template, so axe and the dark theme see the first of each group. documents.test.ts checks their content. */
const REPEATED = new Set(PAGE_GROUPS.flatMap(({ pages }) => pages.slice(1).map(({ address }) => address)))
/** VitePress names its search button "Search", and its text also has the keys that open the search. */
const LIBRARY_FAULT = /^label-content-name-mismatch: <button [^>]*DocSearch-Button/
/** A guide with commands and their output. */
const GUIDE = '/docs/read-your-writes'
const pagesIn = (theme: (typeof THEMES)[number]) => [...BOARD, ...DOCS.filter((path) => theme === 'light' || !REPEATED.has(path))]
const SIZES = [
  { width: 360, height: 740 },
  { width: 390, height: 844 },
  { width: 800, height: 1000 },
  { width: 1280, height: 800 },
  { width: 1440, height: 900 },
  { width: 3840, height: 2160 },
]

describePages('every page', ({ server, open, openBlank, close }) => {
  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    /** The window of all guides. Its cache has their scripts, which each new window would load again. */
    let guides: Window
    beforeAll(async () => {
      guides = await openBlank({ colorScheme })
    })
    afterAll(() => close(guides.page))

    const visit = async (path: string): Promise<Window> => {
      if (!DOCS.includes(path) || path === REFERENCE) return open(path, { colorScheme })
      guides.faults.length = 0
      await guides.page.goto(path)
      await waitUntilMounted(guides.page)
      return guides
    }

    test.each(pagesIn(colorScheme))('%s has one heading, a title, no fault and no overflow', async (path) => {
      const { page, faults } = await visit(path)
      await page.locator('h1').waitFor()
      expect(await page.locator('h1').count()).toBe(1)
      expect(await page.title()).toMatch(/\S · Sprocket telemetry$/)
      for (const details of await page.locator('details').all())
        await details.evaluate((element) => ((element as unknown as { open: boolean }).open = true))
      if (!REPEATED.has(path)) expect((await axeFaults(page)).filter((fault) => !LIBRARY_FAULT.test(fault))).toEqual([])
      for (const size of SIZES) {
        await page.setViewportSize(size)
        // A chart takes its new size after the next frame.
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth'), { message: `${size.width} px wide` })
          .toBeLessThanOrEqual(0)
      }
      expect(faults).toEqual([])
      if (page !== guides.page) await close(page)
    })
  })

  test.each([...BOARD, ...DOCS, '/api/factory/1/chart.svg'])('%s allows only scripts of the API', async (path) => {
    const response = await fetch(server.base + path)
    const policy = response.headers.get('Content-Security-Policy')
    expect(policy).toContain("default-src 'none'")
    // Only the reference may have inline styles, which its library needs. Without script-src, default-src forbids every script.
    expect(/script-src ([^;]*)/.exec(policy!)?.[1] ?? "'self'").toBe("'self'")
    expect(policy!.replace(path === REFERENCE ? "style-src 'self' 'unsafe-inline'" : '', '')).not.toMatch(/unsafe|https?:|\*|data:/)
    expect(await response.text()).not.toMatch(/<script(?! ((type="module"|defer) )?src="\/assets\/)| on\w+=| style="|javascript:/)
  })

  test('commands of a guide are copied without their prompts and output', async () => {
    const { page, faults } = await open(GUIDE, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Copy Code' }).first().click()
    await page.locator('.copied').waitFor()
    const copied = await page.evaluate('navigator.clipboard.readText()')
    expect(copied).toMatch(/^AUTH=[^\n]+\nFACTORY=\$\(curl [^\n]+\nBOOKMARK=\$\(curl [^\n]+\ncurl [^\n]+\n?$/)
    expect(faults).toEqual([])
    await close(page)
  })

  test('search finds a guide with the keyboard', async () => {
    const { page, faults } = await open('/docs')
    await page.keyboard.press('Control+k')
    await page.getByRole('searchbox').fill('idempotency key')
    await page
      .getByRole('option', { name: /Retries and idempotency/ })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/docs/retries**')
    expect(faults).toEqual([])
    await close(page)
  })

  test('the theme of the guides can be changed', async () => {
    const { page, faults } = await open(GUIDE, { colorScheme: 'light', viewport: { width: 1440, height: 900 } })
    await page.getByRole('switch').first().click()
    expect(await page.locator('html').getAttribute('class')).toContain('dark')
    expect(faults).toEqual([])
    await close(page)
  })

  test.each([...PAGES.map(({ address }) => address), '/docs'])('%s is also Markdown, which llms.txt lists', async (path) => {
    const response = await fetch(`${server.base}${path}.md`)
    expect(response.headers.get('Content-Type')).toContain('text/markdown')
    const text = await response.text()
    expect(text).toMatch(/^# /)
    // Links lead to addresses, not to files of the repository.
    expect(text.replaceAll(/^ *```[^]*?^ *```$/gm, '')).not.toMatch(/\]\((?!https?:|\/|#)/)
    if (path !== '/docs') expect(await (await fetch(`${server.base}/llms.txt`)).text()).toContain(`(${path}.md)`)
  })

  test('every error has a section on the page of errors, and every link of the documentation works', async () => {
    const responses = new Map<string, Promise<{ status: number; text: string }>>()
    const load = (address: string) =>
      responses.get(address) ??
      responses
        .set(
          address,
          fetch(address).then(async (response) => ({ status: response.status, text: await response.text() })),
        )
        .get(address)!
    const { text: errors } = await load(`${server.base}/docs/errors`)
    for (const code of Object.keys(ERRORS)) expect(errors).toContain(`<h2 id="${code}"`)
    const links = new Set<string>()
    for (const path of DOCS) {
      const { text } = await load(server.base + path)
      for (const [, href = ''] of text.matchAll(/<a [^>]*?href="([^"]*)"/g))
        links.add(new URL(href.replaceAll('&amp;', '&'), server.base + path).href)
    }
    expect(links.size).toBeGreaterThan(100)
    for (const href of links) {
      if (!href.startsWith(server.base)) continue
      const { origin, pathname, search, hash } = new URL(href)
      const { status, text } = await load(origin + pathname + search)
      expect(status, href).toBe(200)
      if (hash && text.startsWith('<!DOCTYPE html>')) expect(text, href).toContain(`id="${decodeURIComponent(hash.slice(1))}"`)
    }
  })

  test('the chart is well-formed SVG with its style', async () => {
    const { page, faults } = await openBlank()
    await page.goto('/api/factory/1/chart.svg')
    // A browser that cannot parse XML shows the position of the error.
    expect(await page.locator('parsererror').count()).toBe(0)
    expect(await page.locator('svg > title').textContent()).toBe('Factory 1: sprockets made and planned')
    expect(await styleOf(page.locator('.heading'), 'fontWeight')).toBe('600')
    expect(faults).toEqual([])
    await close(page)
  })
})
