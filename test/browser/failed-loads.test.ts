import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: if the stored data of a form cannot be loaded, the form shows an error, saves nothing, and can load the data again.

describePages('a form that could not be loaded', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Plauen')
  })

  /** Opens the page of the plant. Requests whose path matches the pattern get 404 until they are permitted. */
  const openPlant = async (path: RegExp) => {
    const { page } = await openBlank({ viewport: { width: 1440, height: 900 } })
    await page.clock.setFixedTime((NEWEST + 40) * 1000)
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(`/factory/${id}`)
    await waitUntilFresh(page)
    const writes: string[] = []
    page.on('request', (request) => {
      if (request.method() !== 'GET') writes.push(`${request.method()} ${request.url()}`)
    })
    const pattern = (url: URL) => path.test(url.pathname)
    await page.route(pattern, (route) => route.fulfill({ status: 404, json: { code: 'not-found', detail: 'Not found in this test.' } }))
    return { page, writes, permit: () => page.unroute(pattern) }
  }
  const notLoaded = (page: Page) => page.getByText('The form was not loaded. Not found in this test.').waitFor()

  test.each([
    { document: 'schedule', path: /\/schedule$/, title: 'Schedule', form: 'Schedule', showSaved: 'Show the saved schedule' },
    {
      document: 'list of reasons',
      path: /\/stop-reasons$/,
      title: 'Stop reasons of the organisation',
      form: 'Stop reasons',
      showSaved: 'Show the saved reasons',
    },
  ])('the $document cannot be replaced before it has been loaded', async ({ path, title, form, showSaved }) => {
    const { page, writes, permit } = await openPlant(path)
    await page.getByText(title, { exact: true }).click()
    await notLoaded(page)
    const fields = page.getByRole('form', { name: form }).locator('input, select, button')
    expect(await fields.filter({ visible: true }).allTextContents()).toEqual([showSaved])
    await page.getByRole('form', { name: form }).evaluate((element) => (element as unknown as { requestSubmit(): void }).requestSubmit())
    await permit()
    await page.getByRole('button', { name: showSaved }).click()
    await expect.poll(() => fields.filter({ visible: true }).count()).toBeGreaterThan(5)
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^Save /)
    expect(writes).toEqual([])
    await close(page)
  })

  test('the schedule is loaded when its card is opened again', async () => {
    const { page, permit } = await openPlant(/\/schedule$/)
    const title = page.getByText('Schedule', { exact: true })
    await title.click()
    await notLoaded(page)
    await permit()
    await title.click()
    await title.click()
    await page.getByRole('group', { name: 'Shift Night' }).waitFor()
    await close(page)
  })

  test('the settings of a factory have no fields before they have been loaded, and are loaded when they are opened again', async () => {
    const { page, permit } = await openPlant(/\/profile$/)
    const title = page.getByText('Add a reading, change name or settings')
    await title.click()
    await notLoaded(page)
    const form = page.getByRole('form', { name: 'Name, time zone and settings' })
    expect(await form.locator('input, button').filter({ visible: true }).count()).toBe(0)
    await permit()
    await title.click()
    await title.click()
    await expect.poll(() => form.getByLabel('Name').inputValue()).toBe('Plant Plauen')
    expect(await form.getByText('The form was not loaded.').count()).toBe(0)
    await close(page)
  })

  test('the dialog of a stop whose reason could not be loaded has no form', async () => {
    const { page, permit } = await openPlant(/\/stop-annotation\/\d+$/)
    const button = page.getByRole('button', { name: 'Change: stop 07:12 to 07:31' })
    await button.click()
    await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'Not found in this test.' }).waitFor()
    expect(await page.getByRole('dialog').getByRole('form').count()).toBe(0)
    await page.keyboard.press('Escape')
    await permit()
    await button.click()
    await expect.poll(() => page.getByRole('dialog').getByLabel('Note').inputValue()).toBe('Belt of press 7')
    await close(page)
  })
})
