import type { Page } from 'playwright-core'
import { beforeEach } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import type { PageTools } from './visit.ts'

/** Creates a factory before each test, and the tools that open its import and read it. */
export const createImportTools = ({ server, openBlank }: PageTools) => {
  const api = (key = server.key) => createClient({ base: server.base, key })
  let id: number
  beforeEach(async () => {
    const body = { name: 'Plant Jena', time_zone: 'Europe/Berlin' }
    id = (await api().send('POST /api/factories', {}, body)).data.factory.id
  })

  return {
    api,
    /** Returns the id of the factory of this test. */
    getId: () => id,
    async openImport(options: Parameters<typeof openBlank>[0] = {}, key: string = server.key) {
      const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, ...options })
      await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
      await page.goto(`/factory/${id}`)
      await waitUntilFresh(page)
      return { page, faults }
    },
    openPanel: (page: Page) => page.getByText('Import readings from a CSV file').click(),
    choose: (page: Page, text: string | Buffer, name = 'shift.csv') =>
      page.getByLabel('CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) }),
    status: (page: Page) => page.locator('.import > .said'),
    preview: (page: Page) => page.locator('.import .preview tbody tr'),
  }
}
