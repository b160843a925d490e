import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: everything that the dashboard can do can be done with the keyboard.

describePages('the dashboard with the keyboard', ({ server, open, close }) => {
  test('every part of the dashboard is reachable with the keyboard', async () => {
    const { page } = await open('/')
    const focused = () => page.evaluate('document.activeElement.textContent || document.activeElement.getAttribute("aria-label")')
    await page.keyboard.press('Tab')
    await expect.poll(focused).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await expect.poll(focused).toBe(await page.locator('.states .tile').first().textContent())
    await page.getByRole('link', { name: 'Factory 1' }).focus()
    await page.keyboard.press('Enter')
    await waitUntilFresh(page)
    await page.getByRole('heading', { name: 'Factory 1' }).waitFor()
    await expect.poll(focused).toBe('Factory 1')
    await page.getByRole('link', { name: 'newest' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await waitUntilFresh(page)
    for (let presses = 0; presses < 30 && !(await page.evaluate('document.activeElement.classList.contains("chart")')); presses += 1)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Home')
    const readout = page.locator('.readout')
    await expect.poll(() => readout.textContent()).toBe('21 Jan 2021, 04:53 (UTC): made 32, planned 31, gap ▲ +1')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => readout.textContent()).toBe('21 Jan 2021, 04:54 (UTC): made 28, planned 33, gap ▼ −5')
    await page.getByRole('button', { name: 'Enter a key' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('dialog').isVisible()).toBe(false)
    await close(page)
  })

  test('a key can be entered, a factory opened and a reading corrected with the keyboard', async () => {
    const { page, faults } = await open('/')
    /** Presses Tab until the focused element has this name. */
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 120; presses += 1) {
        await page.keyboard.press('Tab')
        const nameOfFocused = 'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent'
        if ((await page.evaluate(nameOfFocused)) === name) return
      }
      throw new Error(`Tab does not lead to ${name}`)
    }
    await tabTo('Enter a key')
    await page.keyboard.press('Enter')
    await page.keyboard.type(server.key)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: `Key …${server.key.slice(-4)}` }).waitFor()
    await waitUntilFresh(page)
    await tabTo('Factory 1')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Factory 1' }).waitFor()
    await waitUntilFresh(page)
    await tabTo('newest')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await waitUntilFresh(page)
    await tabTo('Data as a table')
    await page.keyboard.press('Space')
    await tabTo('Correct the reading of 21 Jan 2021, 05:11')
    await page.keyboard.press('Enter')
    const form = page.getByRole('form', { name: /Correct the reading/ })
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('actual')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('34')
    await page.keyboard.press('Enter')
    await form.getByText('Saved.').waitFor()
    const { data } = await createClient({ base: server.base }).get('/api/factory/{id}/chart-data/{time}', { id: 1, time: 1611205898 })
    expect(data.actual).toBe(34)
    expect(faults).toEqual([])
    await close(page)
  })
})
