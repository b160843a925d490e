import type { Page } from 'playwright-core'
import { waitUntilFresh } from './browser.ts'
import type { PageTools } from './visit.ts'

/** Returns a function that opens the page of API keys with a key; the default is the admin key of the server. */
export const createKeysOpener =
  (server: PageTools['server'], openBlank: PageTools['openBlank']) =>
  async (key = server.key, options: Parameters<PageTools['openBlank']>[0] = {}) => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, timezoneId: 'Europe/Berlin', ...options })
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
    await page.goto('/?keys')
    await waitUntilFresh(page)
    return { page, faults }
  }

/** Returns the form with a title. */
export const formOf = (page: Page, name: string) => page.getByRole('form', { name })
