import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { browserPath, launch, openWindow, waitUntilFresh, waitUntilMounted } from './browser.ts'
import type { Window } from './browser.ts'
import { serve } from './served.ts'
import type { Server } from './served.ts'

/** The page of the reference. It is built by another library than the guides. */
export const REFERENCE = '/docs/reference'

export const THEMES = ['light', 'dark'] as const

type Options = Parameters<typeof openWindow>[2]

/** The tools of a test in the browser. */
export interface PageTools {
  server: { base: string; key: string }
  /** Opens an empty window. */
  openBlank(options?: Options): Promise<Window>
  /** Opens a window at this path, and waits until a page of the dashboard is fresh, or a guide reacts to its reader. */
  open(path: string, options?: Options): Promise<Window>
  /** Enters an admin key. */
  enterKey(page: Page): Promise<void>
  close(page: Page): Promise<void>
}

/**
 * Runs tests in a separate browser, or skips them if none is installed.
 * @param factories additional factories with a year of data, served by a separate Worker instead of the shared one
 */
export const describePages = (name: string, tests: (visit: PageTools) => void, factories = 0): void => {
  describe.skipIf(browserPath === undefined)(name, () => {
    const server = { ...inject('server') }
    let browser: Browser
    let own: Server | undefined
    beforeAll(async () => {
      if (factories > 0) {
        own = await serve(factories)
        Object.assign(server, { base: own.base, key: own.key })
      }
      browser = await launch()
    })
    afterAll(async () => {
      await browser.close()
      await own?.stop()
    })

    const openBlank = (options: Options = {}) => openWindow(browser, server.base, options)
    tests({
      server,
      openBlank,
      async open(path, options) {
        const window = await openBlank(options)
        await window.page.goto(path)
        if (!path.startsWith('/docs')) await waitUntilFresh(window.page)
        else if (!path.startsWith(REFERENCE)) await waitUntilMounted(window.page)
        return window
      },
      async enterKey(page) {
        await page.getByRole('button', { name: 'Enter a key' }).click()
        await page.getByLabel('Key', { exact: true }).fill(server.key)
        await page.getByRole('button', { name: 'Use this key' }).click()
        await page.getByRole('button', { name: `Key …${server.key.slice(-4)}` }).waitFor()
      },
      close: (page) => page.context().close(),
    })
  })
}
