import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: an admin sees and renames the organisation, and a conflict with another change loses no input.

describePages('the page of the organisation', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })

  const openOrganisation = async (options: Parameters<typeof openBlank>[0] = {}) => {
    const { page, faults } = await openBlank(options)
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto('/?organisation')
    await waitUntilFresh(page)
    return { page, faults }
  }

  test('an admin renames the organisation, and a conflict with another change shows both names', async () => {
    const { name } = (await api().get('/api/organisation')).data
    const { page, faults } = await openOrganisation()
    const form = page.getByRole('form', { name: 'Name of the organisation' })
    expect(await form.getByLabel('Name').inputValue()).toBe(name)
    await form.getByLabel('Name').fill('Sprockets of Ulm')
    await api().send('PATCH /api/organisation', {}, { name: 'Sprockets of Hof' })
    await form.getByLabel('Name').press('Enter')
    const alert = page.getByRole('alert').filter({ hasText: 'Conflicting change' })
    expect(await alert.getByRole('row').filter({ hasText: 'Name' }).textContent()).toBe('NameSprockets of HofSprockets of Ulm')
    await alert.getByRole('button', { name: 'Keep my values' }).click()
    await form.getByText('Saved.').waitFor()
    expect((await api().get('/api/organisation')).data.name).toBe('Sprockets of Ulm')
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close(page)
    await api().send('PATCH /api/organisation', {}, { name })
  })

  test('a name that an admin types while another one is saved stays in the form', async () => {
    const { name } = (await api().get('/api/organisation')).data
    const { page } = await openOrganisation()
    const field = page.getByRole('form', { name: 'Name of the organisation' }).getByLabel('Name')
    const gate = Promise.withResolvers<void>()
    await page.route('**/api/organisation', async (route) => {
      if (route.request().method() === 'PATCH') await gate.promise
      await route.continue()
    })
    await field.fill('Sprockets of Hof')
    const sending = page.waitForRequest((request) => request.method() === 'PATCH')
    await field.press('Enter')
    await sending
    await field.fill('Sprockets of Ulm')
    gate.resolve()
    await page.getByText('Saved.').waitFor()
    expect(await field.inputValue()).toBe('Sprockets of Ulm')
    await field.press('Enter')
    await expect.poll(async () => (await api().get('/api/organisation')).data.name).toBe('Sprockets of Ulm')
    await close(page)
    await api().send('PATCH /api/organisation', {}, { name })
  })

  test('the organisation is deleted only with its identifier', async () => {
    const { page } = await openOrganisation()
    const form = page.getByRole('form', { name: 'Delete the organisation' })
    await form.getByLabel('Identifier').fill('another')
    await form.getByRole('button').click()
    await form.getByText(/confirm: .*demo/).waitFor()
    expect((await api().get('/api/organisation')).data.slug).toBe('demo')
    // The other tests need the organisation, so the request ends here.
    await page.route('**/api/organisation', (route) =>
      route.request().method() === 'DELETE' ? route.fulfill({ status: 202, json: {} }) : route.continue(),
    )
    const deleting = page.waitForRequest((request) => request.method() === 'DELETE')
    await form.getByLabel('Identifier').fill('demo')
    await form.getByRole('button').click()
    expect((await deleting).postDataJSON()).toEqual({ confirm: 'demo' })
    await form.getByText('Deleted.').waitFor()
    await close(page)
  })

  test('the page has the identifier of the organisation and the limits of the key', async () => {
    const { page } = await openOrganisation({ timezoneId: 'Asia/Tokyo' })
    const fact = (term: string) => page.locator('.inputs > div').filter({ hasText: term }).locator('dd').textContent()
    expect(await fact('Identifier')).toBe('demo')
    expect(await fact('Created (Asia/Tokyo)')).toMatch(/^\d+ \w+,? ?\d*,? \d\d:\d\d$/)
    expect(await fact('Writes')).toBe('6,000 in 60 s')
    expect(await page.locator('.inputs').nth(1).locator('dt').count()).toBe(6)
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test.each([390, 1440, 3840])('the page is accessible and fits %i px', async (width) => {
      const { page, faults } = await openOrganisation({ colorScheme, viewport: { width, height: 900 } })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await axeFaults(page)).toEqual([])
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
