import { accessSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'

const PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of an installed browser, or undefined. */
export const browserPath = PLACES.find((path) => {
  try {
    accessSync(path ?? '')
    return path !== undefined
  } catch {
    return false
  }
})

/** Starts the browser without its background requests, and without its sandbox, because tests may run as root. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserPath!,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })

/** A window with its faults: errors of the console and of scripts, and requests to other hosts. */
export interface Window {
  page: Page
  faults: string[]
}

/** Opens a window. Its language is British English, in which the tests state texts, dates and numbers. */
export const openWindow = async (browser: Browser, base: string, options: BrowserContextOptions = {}): Promise<Window> => {
  const context = await browser.newContext({ baseURL: base, locale: 'en-GB', ...options })
  // The script of the reference has 5 MB, which takes a busy machine longer than the default of 30 s.
  context.setDefaultTimeout(90_000)
  return watch(await context.newPage(), base)
}

/** Records every fault of a page. */
export const watch = (page: Page, base: string): Window => {
  const faults: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${base}/`)) faults.push(`request to another host: ${request.url()}`)
  })
  return { page, faults }
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violations {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Returns the accessibility faults that axe finds in these parts of a page, one line each. */
export const axeFaults = async (page: Page, parts = ['html']): Promise<string[]> => {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(
    (include) => (globalThis as unknown as { axe: { run(context: { include: string[] }): Promise<Violations> } }).axe.run({ include }),
    parts,
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`))
}

/** Waits until the page has compared its data with the server. */
export const waitUntilFresh = async (page: Page): Promise<void> => {
  await page.locator('.standing:not(.warn) .age').filter({ hasText: 'Checked' }).waitFor()
}

/** Waits until the scripts of a guide listen to keys and clicks: Vue marks its container when it has mounted the page. */
export const waitUntilMounted = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => {
    const { document } = globalThis as unknown as { document: { querySelector(selector: string): object | null } }
    return '__vue_app__' in (document.querySelector('#app') ?? {})
  })
}

/** Returns a computed style of an element. */
export const styleOf = (place: Locator, property: string): Promise<string | undefined> =>
  place.evaluate((element, name) => {
    const { getComputedStyle } = globalThis as unknown as { getComputedStyle(of: unknown): Record<string, string> }
    return getComputedStyle(element)[name]
  }, property)
