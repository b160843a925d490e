import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: neither a save nor a refresh takes the focus or the input from the user.

const FOCUSED = `(() => {
  const element = document.activeElement
  return element.ariaLabel ?? element.labels?.[0]?.firstChild.textContent ?? element.textContent.slice(0, 80)
})()`

describePages('focus and input', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Suhl')
  })
  const api = () => createClient({ base: server.base, key: server.key })

  const openFactory = async (address: string, time = NEWEST + 40) => {
    const { page } = await openBlank({ viewport: { width: 1440, height: 900 } })
    await page.clock.setFixedTime(time * 1000)
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(address)
    await waitUntilFresh(page)
    return page
  }
  const expectFocus = (page: Page, name: string) => expect.poll(() => page.evaluate(FOCUSED)).toBe(name)
  const readName = async (page: Page) => (await page.evaluate(FOCUSED)) as string

  test('the focus stays in the field of a schedule that is saved with Enter, and later input stays too', async () => {
    const page = await openFactory(`/factory/${id}`)
    await page.getByText('Schedule', { exact: true }).click()
    const form = page.getByRole('form', { name: 'Schedule' })
    const target = form.getByLabel('Target').first()
    await target.fill('1400')
    let finish = () => {}
    const isFinished = new Promise<void>((resolve) => {
      finish = resolve
    })
    await page.route('**/schedule', async (route) => {
      if (route.request().method() === 'PUT') await isFinished
      await route.continue()
    })
    await target.press('Enter')
    await form.getByText('Saving…').waitFor()
    await target.fill('1500')
    finish()
    await form.getByText('Saved.').waitFor()
    expect(await target.inputValue()).toBe('1500')
    expect(await readName(page)).toBe('Target')
    // The form has the new entity tag.
    await target.press('Enter')
    await expect.poll(async () => (await api().get('/api/factory/{id}/schedule', { id })).data.versions[0]!.shifts[0]!.target).toBe(1500)
    await close(page)
  })

  test('the focus stays in the field of a new reason, which keeps its code when it is renamed', async () => {
    const page = await openFactory(`/factory/${id}`)
    await page.getByText('Stop reasons of the organisation').click()
    const form = page.getByRole('form', { name: 'Stop reasons' })
    await form.getByRole('button', { name: 'Add a reason' }).click()
    await page.keyboard.type('Cleaning')
    await page.keyboard.press('Enter')
    await form.getByText('Saved.').waitFor()
    expect(await readName(page)).toBe('Name of Cleaning')
    await page.keyboard.type(' up')
    await page.keyboard.press('Enter')
    const loadLast = async () => (await api().get('/api/stop-reasons')).data.reasons.at(-1)!
    await expect.poll(async () => (await loadLast()).name).toBe('Cleaning up')
    expect((await loadLast()).code).toBe('cleaning')
    await close(page)
  })

  test('the focus moves to the list of stops if a refresh has replaced the button that opened the dialog', async () => {
    const page = await openFactory(`/factory/${id}`)
    await page.getByRole('button', { name: 'Give a reason: stop 08:40 to 08:52' }).press('Enter')
    await expectFocus(page, 'Reason')
    const { data } = await api().get('/api/factory/{id}/stop-annotations', { id })
    await api().send('DELETE /api/stop-annotation/{id}', { id: data.annotations[0]!.id }, undefined)
    await page.clock.runFor(20_000)
    await expect.poll(() => page.locator('.stop-list button').filter({ hasText: 'Change' }).count()).toBe(1)
    await page.keyboard.press('Escape')
    await expectFocus(page, 'List of stops')
    await close(page)
  })

  test('the focus stays on the button that corrects a reading when a newer reading arrives', async () => {
    const { id: empty } = (await api().send('POST /api/factories', {}, { name: 'Focus', time_zone: 'UTC' })).data.factory
    const now = Math.floor(Date.now() / 60_000) * 60
    const append = (time: number) => api().send('POST /api/factory/{id}/chart-data', { id: empty }, { time, actual: 1, goal: 1 })
    for (const minutes of [3, 2, 1]) await append(now - minutes * 60)
    const page = await openFactory(`/factory/${empty}?range=newest`, now)
    await page.getByText('Data as a table').click()
    const buttons = page.getByRole('button', { name: 'Correct the reading' })
    await buttons.nth(1).focus()
    const name = await readName(page)
    await append(now)
    await page.clock.runFor(20_000)
    await expect.poll(() => buttons.count()).toBe(4)
    expect(await readName(page)).toBe(name)
    await close(page)
    await api().send('DELETE /api/factory/{id}', { id: empty }, undefined)
  })

  test.each(['Enter in the field', 'the button'])(
    'the focus stays in the settings when another time zone is saved with %s',
    async (way) => {
      const { id: moved } = (await api().send('POST /api/factories', {}, { name: 'Moved', time_zone: 'UTC' })).data.factory
      const page = await openFactory(`/factory/${moved}`)
      await page.getByText('Add a reading, change name or settings').click()
      const form = page.getByRole('form', { name: 'Name, time zone and settings' })
      await form.getByLabel('Time zone').fill('Europe/Berlin')
      const pressed = way === 'the button' ? form.getByRole('button', { name: 'Save' }) : form.getByLabel('Time zone')
      await pressed.press('Enter')
      await form.getByText('Saved.').waitFor()
      await page.getByRole('form', { name: 'Add a reading' }).getByLabel('Time (Europe/Berlin)').waitFor()
      expect(await form.getByText('Saved.').isVisible()).toBe(true)
      expect(await readName(page)).toBe(way === 'the button' ? 'Save' : 'Time zone')
      await close(page)
      await api().send('DELETE /api/factory/{id}', { id: moved }, undefined)
    },
  )
})
