import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { browserPath, launch, openWindow, settled } from './browser.ts'
import type { Window } from './browser.ts'
import { serve } from './served.ts'
import type { Server } from './served.ts'

export const THEMES = ['light', 'dark'] as const

type Options = Parameters<typeof openWindow>[2]

/** What a visitor can do. */
export interface Visit {
  server: { base: string; key: string }
  /** A new window, before it shows anything. */
  openAnew(options?: Options): Promise<Window>
  /** A new window at this address; one of the dashboard once it is up to date. */
  open(path: string, options?: Options): Promise<Window>
  /** Enters the key of an admin. */
  enterKey(page: Page): Promise<void>
  close(page: Page): Promise<void>
}

/**
 * Tests in a browser of their own, where there is one.
 * @param plants so many factories with a year of data, served by a Worker of their own beside the one that all share
 */
export const describePages = (name: string, tests: (visit: Visit) => void, plants = 0): void => {
  describe.skipIf(browserPath === undefined)(name, () => {
    const server = { ...inject('server') }
    let browser: Browser
    let own: Server | undefined
    beforeAll(async () => {
      if (plants > 0) {
        own = await serve(plants)
        Object.assign(server, { base: own.base, key: own.key })
      }
      browser = await launch()
    })
    afterAll(async () => {
      await browser.close()
      await own?.stop()
    })

    const openAnew = (options: Options = {}) => openWindow(browser, server.base, options)
    tests({
      server,
      openAnew,
      async open(path, options) {
        const window = await openAnew(options)
        await window.page.goto(path)
        if (!path.startsWith('/docs')) await settled(window.page)
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
