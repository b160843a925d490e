import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST, SHIFT_START } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: an operator classifies, splits and changes stops on the page of a factory, also by keyboard, and a conflict loses no input.

describePages('the stops of a factory', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Gera')
  })
  const api = () => createClient({ base: server.base, key: server.key })

  const openStops = async (key: string | undefined = server.key) => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 } })
    await page.clock.setFixedTime((NEWEST + 40) * 1000)
    if (key !== '') await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
    await page.goto(`/factory/${id}`)
    await waitUntilFresh(page)
    await page.locator('.stop-list tbody tr').first().waitFor()
    return { page, faults }
  }
  const row = (page: Page, time: string) => page.locator('.stop-list tbody tr').filter({ hasText: time })
  const form = (page: Page) => page.getByRole('dialog').getByRole('form')

  test('a page without a key, or with the key of a viewer, lists stops without forms', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Screen', role: 'viewer' })
    for (const key of ['', data.key]) {
      const { page } = await openStops(key)
      expect(await page.locator('.stop-list tbody tr').count()).toBe(4)
      await page.getByText('4 stops, 2 without a reason · Times in Europe/Berlin').waitFor()
      expect(await page.locator('.stop-list button, .timeline button').count()).toBe(0)
      expect(await page.getByText('Add a reading').count()).toBe(0)
      await close(page)
    }
  })

  test('a stop is classified with the keyboard, and the focus stays in the list', async () => {
    const { page, faults } = await openStops()
    await page.getByRole('button', { name: 'Give a reason: stop 08:40 to 08:52' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('reason')
    expect(await axeFaults(page, ['dialog'])).toEqual([])
    await page.keyboard.type('Jam')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Bearing')
    await page.keyboard.press('Enter')
    await row(page, '08:40 to 08:52').filter({ hasText: 'JamBearing' }).waitFor()
    expect(await page.getByRole('dialog').isVisible()).toBe(false)
    expect(await page.evaluate('document.activeElement.closest(".stop-list") !== null')).toBe(true)
    await page.locator('.board-hours tbody tr').filter({ hasText: '08:00 to 09:00' }).filter({ hasText: 'Jam 12 minBearing' }).waitFor()
    await page.getByRole('button', { name: /^Stop 08:40 to 08:52, 12 min: Jam$/ }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('a stop is split, and the form continues with the rest', async () => {
    const { page } = await openStops()
    await page.getByRole('button', { name: /^Stop 10:50 to 11:02/ }).click()
    await page.getByRole('button', { name: 'Split' }).click()
    expect(await form(page).getByLabel('To (Europe/Berlin)').inputValue()).toMatch(/T10:56/)
    await form(page).getByLabel('Reason').selectOption('Jam')
    await form(page).getByRole('button', { name: 'Save' }).click()
    await form(page)
      .getByRole('heading', { name: /10:56 to 11:02$/ })
      .waitFor()
    await form(page).getByLabel('Reason').selectOption('No orders')
    await form(page).getByRole('button', { name: 'Save' }).click()
    await row(page, '10:50 to 10:56').filter({ hasText: 'Jam' }).waitFor()
    await row(page, '10:56 to 11:02').filter({ hasText: 'No orders' }).waitFor()
    await close(page)
  })

  test('a change that conflicts with another one shows both, and a removed reason leaves the stop without one', async () => {
    const { page, faults } = await openStops()
    await page.getByRole('button', { name: 'Change: stop 07:12 to 07:31' }).click()
    await form(page).getByLabel('Note').fill('Belt of press 8')
    const { data } = await api().get('/api/factory/{id}/stop-annotations', { id, from: SHIFT_START + 4_000, to: SHIFT_START + 5_500 })
    await api().send('PATCH /api/stop-annotation/{id}', { id: data.annotations[0]!.id }, { note: 'Belt of press 9' })
    await form(page).getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert').filter({ hasText: 'Conflicting change' })
    expect(await alert.getByRole('row').filter({ hasText: 'Note' }).textContent()).toBe('NoteBelt of press 9Belt of press 8')
    await alert.getByRole('button', { name: 'Keep my values' }).click()
    await row(page, '07:12 to 07:31').filter({ hasText: 'Belt of press 8' }).waitFor()
    await page.getByRole('button', { name: 'Change: stop 07:12 to 07:31' }).click()
    await form(page).getByRole('button', { name: 'Remove' }).click()
    await form(page).getByRole('button', { name: 'Press again to remove' }).click()
    await row(page, '07:12 to 07:31').filter({ hasText: 'no reason' }).waitFor()
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close(page)
  })

  test('an engineer adds a reason, and a conflict with another change keeps the input', async () => {
    const { page } = await openStops()
    await page.getByText('Stop reasons of the organisation').click()
    const editor = page.getByRole('form', { name: 'Stop reasons' })
    await expect.poll(() => editor.locator('tbody tr').count()).toBe(3)
    await editor.getByRole('button', { name: 'Add a reason' }).click()
    await page.keyboard.type('Clean up')
    const { data, etag } = await api().get('/api/stop-reasons')
    const other = data.reasons.map((reason) => (reason.code === 'jam' ? { ...reason, name: 'Jam of parts' } : reason))
    await api().send('PUT /api/stop-reasons', {}, { reasons: other }, { ifMatch: etag! })
    await editor.getByRole('button', { name: 'Save reasons' }).click()
    await editor.getByText('Your input is kept.').waitFor()
    expect(await axeFaults(page, ['.reasons'])).toEqual([])
    await editor.getByRole('button', { name: 'Save mine anyway' }).click()
    await editor.getByText('Saved.').waitFor()
    const stored = await api().get('/api/stop-reasons')
    expect(stored.data.reasons.at(-1)).toEqual({ code: 'clean-up', name: 'Clean up', category: 'unplanned', group: null, retired: false })
    expect(stored.data.reasons[0]!.name).toBe('Jam')
    await close(page)
  })

  test('a reason that an engineer renames has its new name in the list of stops and in the timeline', async () => {
    const { page } = await openStops()
    await page.getByText('Stop reasons of the organisation').click()
    const editor = page.getByRole('form', { name: 'Stop reasons' })
    await expect.poll(() => editor.locator('tbody tr').count()).toBe(4)
    await editor.locator('tbody tr').first().getByRole('textbox').first().fill('Blockage')
    await editor.getByRole('button', { name: 'Save reasons' }).click()
    await row(page, '08:40 to 08:52').filter({ hasText: 'Blockage' }).waitFor()
    await page.getByRole('button', { name: /^Stop 08:40 to 08:52, 12 min: Blockage$/ }).waitFor()
    await close(page)
  })

  test('a reason that overlaps another one is explained, and the form keeps its input', async () => {
    const { page } = await openStops()
    await page.getByRole('button', { name: 'Give a reason: stop 07:12 to 07:31' }).click()
    await form(page).getByLabel('Reason').selectOption('Blockage')
    await form(page).getByLabel('Note').fill('Sensor')
    const body = { from: SHIFT_START + 75 * 60, to: SHIFT_START + 80 * 60, reason: 'jam' }
    await api().send('POST /api/factory/{id}/stop-annotations', { id }, body)
    await form(page).getByRole('button', { name: 'Save' }).click()
    await form(page).getByText('Another reason covers a part of this time.').waitFor()
    expect(await form(page).getByLabel('Note').inputValue()).toBe('Sensor')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').isVisible()).toBe(false)
    await close(page)
  })
})
