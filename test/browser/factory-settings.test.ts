import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: an engineer changes the settings of a factory on its page, and an empty input resets a setting.

describePages('the settings of a factory', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })

  test('the settings are filled, saved and reset', async () => {
    const { id } = (await api().send('POST /api/factories', {}, { name: 'Settings', stop_after_seconds: 120 })).data.factory
    const { page, faults } = await openBlank({})
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(`/factory/${id}`)
    await waitUntilFresh(page)
    await page.getByText('Add a reading, change name or settings').click()
    const form = page.getByRole('form', { name: 'Name, time zone and settings' })
    const [idealSpeed, stopAfter] = [form.getByLabel('Ideal speed'), form.getByLabel('Shortest stop in seconds')]
    await expect.poll(() => stopAfter.inputValue()).toBe('120')
    expect(await idealSpeed.inputValue()).toBe('')
    await idealSpeed.fill('90.5')
    await stopAfter.fill('')
    await stopAfter.press('Enter')
    await form.getByText('Saved.').waitFor()
    const { data } = await api().get('/api/factory/{id}/profile', { id })
    expect(data).toEqual({ id, name: 'Settings', time_zone: 'UTC', ideal_per_hour: 90.5 })
    expect(faults).toEqual([])
    await close(page)
    await api().send('DELETE /api/factory/{id}', { id }, undefined)
  })
})
