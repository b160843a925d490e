import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { describePages, REFERENCE } from './visit.ts'

// Promise: the reference finds a route, shows it in six languages, and sends requests to this origin with the key of the tab.

/** Scalar's name of the client in each language: curl, JavaScript, Python, C#, Java and Go. */
const CLIENTS = ['Curl', 'Fetch', 'Requests', 'HttpClient', 'java.net.http', 'NewRequest']

/** Opens the form of an operation, and returns the dialog. */
const openForm = async (page: Page, operationId: string) => {
  await page
    .locator(`section[id$="/${operationId}"]`)
    .getByRole('button', { name: /Test Request/ })
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

describePages('the reference', ({ server, open, openBlank, close }) => {
  test('search finds an operation with the keyboard', async () => {
    const { page, faults } = await open(REFERENCE)
    await page.locator('h1').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('several factories')
    await page.getByRole('option', { name: /Append or update readings of several factories/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${REFERENCE}#tag/readings/appendReadingsToFactories`)
    await page.getByRole('heading', { name: 'Append or update readings of several factories' }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('examples are in curl, JavaScript, Python, C#, Java and Go, and in no other language', async () => {
    const { page, faults } = await open(`${REFERENCE}#tag/sprockets/getSprocket`)
    const operation = page.locator('section[id$="/getSprocket"]')
    await operation.getByRole('button', { name: 'Shell Curl' }).click()
    const clients = await page.getByRole('option').allTextContents()
    expect(clients.map((text) => text.trim()).toSorted()).toEqual(CLIENTS.toSorted())
    await page.getByRole('option', { name: 'Requests' }).click()
    await operation.getByText('requests.get').waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('a read is sent without a key, from the address that earlier releases gave to the operation', async () => {
    const { page, faults } = await open(`${REFERENCE}#getSprocket`)
    const dialog = await openForm(page, 'getSprocket')
    await dialog
      .getByRole('button', { name: /Send get request/ })
      .first()
      .click()
    await dialog.getByText('200 OK').waitFor()
    await dialog.getByText('"outside_diameter"').waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('a write is sent with the key that was entered in the dashboard', async () => {
    const { page, faults } = await openBlank()
    await page.addInitScript((key) => sessionStorage.setItem('sprocket-key', key), server.key)
    await page.goto(`${REFERENCE}#tag/keys/createKey`)
    const dialog = await openForm(page, 'createKey')
    await dialog
      .getByRole('button', { name: /Send post request/ })
      .first()
      .click()
    await dialog.getByText('201 Created').waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('the reference keeps no key after the tab closes', async () => {
    const { page } = await openBlank()
    await page.addInitScript((key) => sessionStorage.setItem('sprocket-key', key), server.key)
    await page.goto(REFERENCE)
    await page.locator('h1').waitFor()
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(server.key)
    await close(page)
  })
})
