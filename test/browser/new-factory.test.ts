import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: an engineer creates a factory in the overview and continues on its page. Other keys do not see the form.

describePages('a new factory', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })

  const openOverview = async (key: string | undefined, options: Parameters<typeof openBlank>[0] = {}) => {
    const { page, faults } = await openBlank({ timezoneId: 'America/New_York', ...options })
    if (key !== undefined) await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
    await page.goto('/')
    await waitUntilFresh(page)
    return { page, faults }
  }
  const createKey = async (role: 'operator' | 'engineer', factories: number[] | null) =>
    (await api().send('POST /api/keys', {}, { name: role, role, factories })).data.key

  test('a page without a key, with the key of an operator, or with a limited key has no button', async () => {
    for (const key of [undefined, await createKey('operator', null), await createKey('engineer', [1])]) {
      const { page } = await openOverview(key)
      expect(await page.getByRole('button', { name: 'Add a factory…' }).isVisible()).toBe(false)
      await close(page)
    }
  })

  test('the dialog explains that its code could not be loaded, and loads it when it is opened again', async () => {
    const { page } = await openOverview(server.key)
    await page.route('**/assets/factory-form-*', (route) => route.abort())
    await page.getByRole('button', { name: 'Add a factory…' }).click()
    await page.getByRole('alert').filter({ hasText: 'The server does not respond' }).waitFor()
    await page.unroute('**/assets/factory-form-*')
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Add a factory…' }).click()
    await page.getByRole('form', { name: 'New factory' }).waitFor()
    await close(page)
  })

  test('an engineer creates a factory with the keyboard, and its page opens', async () => {
    const { page, faults } = await openOverview(await createKey('engineer', null), {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    })
    await page.getByRole('button', { name: 'Add a factory…' }).press('Enter')
    const form = page.getByRole('form', { name: 'New factory' })
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name')
    for (const target of await page.locator('.top nav a, dialog :is(button, input, select)').filter({ visible: true }).all())
      expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44)
    expect(await form.getByRole('combobox').inputValue()).toBe('America/New_York')
    expect(await axeFaults(page, ['dialog[open]'])).toEqual([])
    await page.keyboard.type('Plant Lindau')
    await form.getByRole('combobox').selectOption('Europe/Berlin')
    await form.getByLabel('Ideal speed').fill('0')
    await form.getByLabel('Ideal speed').press('Enter')
    await form.getByText(/ideal_per_hour: /).waitFor()
    expect(await form.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Plant Lindau')
    await form.getByLabel('Ideal speed').fill('120.5')
    await form.getByLabel('Ideal speed').press('Enter')
    await page.getByRole('heading', { name: 'Plant Lindau' }).waitFor()
    const [, id] = /\/factory\/(\d+)$/.exec(page.url()) ?? []
    const { data } = await api().get('/api/factory/{id}/profile', { id: id! })
    expect(data).toEqual({ id: Number(id), name: 'Plant Lindau', time_zone: 'Europe/Berlin', ideal_per_hour: 120.5 })
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
    await close(page)
  })
})
