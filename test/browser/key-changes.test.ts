import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { createKeysOpener, formOf } from './keys-page.ts'
import { describePages } from './visit.ts'

// Promise: an admin changes a key with the fields that were edited, also after another change.

describePages('the form of an API key', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })
  const openKeys = createKeysOpener(server, openBlank)

  test('an admin changes a key, and a conflict with another change shows both', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Terminal 1', role: 'operator', factories: [0, 1] })
    const { page, faults } = await openKeys()
    await page.getByRole('button', { name: 'Change Terminal 1' }).click()
    const editor = formOf(page, 'Change')
    await expect.poll(() => editor.getByLabel('Name').inputValue()).toBe('Terminal 1')
    await editor.getByRole('button', { name: 'Save' }).click()
    await editor.getByText('Nothing has changed.').waitFor()
    await editor.getByRole('listbox').selectOption(['1'])
    await api().send('PATCH /api/key/{id}', { id: data.id }, { name: 'Terminal A' })
    await editor.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert').filter({ hasText: 'Conflicting change' })
    expect(await alert.getByRole('row').filter({ hasText: 'Factories' }).textContent()).toBe('Factories0,11')
    await alert.getByRole('button', { name: 'Keep my values' }).click()
    await editor.getByText('Saved.').waitFor()
    // The name was not edited, so the form does not undo the other change.
    expect((await api().get('/api/key/{id}', { id: data.id })).data).toMatchObject({ name: 'Terminal A', factories: [1] })
    expect(await editor.getByLabel('Name').inputValue()).toBe('Terminal A')
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close(page)
  })

  test('a renamed key stays limited to a factory that was deleted, and its form still shows the factory', async () => {
    const { id: factory } = (await api().send('POST /api/factories', {}, { name: 'Closed hall' })).data.factory
    const grant = { role: 'operator' as const, factories: [factory], expires_at: Date.UTC(2039, 0, 1) / 1000 }
    const { id } = (await api().send('POST /api/keys', {}, { ...grant, name: 'Terminal 2' })).data
    await api().send('DELETE /api/factory/{id}', { id: factory }, undefined)
    const { page, faults } = await openKeys()
    await page.getByRole('button', { name: 'Change Terminal 2' }).click()
    const editor = formOf(page, 'Change')
    await expect.poll(() => editor.locator('option:checked').allTextContents()).toEqual([expect.any(String), `Factory ${factory}`])
    const writing = page.waitForRequest((request) => request.method() === 'PATCH')
    await editor.getByLabel('Name').fill('Terminal 3')
    await editor.getByRole('button', { name: 'Save' }).click()
    await editor.getByText('Saved.').waitFor()
    expect((await writing).postDataJSON()).toEqual({ name: 'Terminal 3' })
    expect((await api().get('/api/key/{id}', { id })).data).toMatchObject({ ...grant, name: 'Terminal 3' })
    expect(faults).toEqual([])
    await close(page)
  })

  test('the form of a new key offers a factory that was created after the page was opened', async () => {
    const { page } = await openKeys()
    const { id } = (await api().send('POST /api/factories', {}, { name: 'New hall' })).data.factory
    await expect
      .poll(async () => {
        await page.evaluate('dispatchEvent(new Event("online"))')
        await page.getByRole('button', { name: 'Create a key' }).click()
        return formOf(page, 'New key').locator('option').allTextContents()
      })
      .toContain('New hall')
    await close(page)
    await api().send('DELETE /api/factory/{id}', { id }, undefined)
  })

  test('the order of the factories of a key is not a change', async () => {
    const { id } = (await api().send('POST /api/keys', {}, { name: 'Terminal 4', role: 'operator', factories: [0, 2] })).data
    const { page } = await openKeys()
    await page.route(`**/api/key/${id}`, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), factories: [2, 0] } })
    })
    await page.getByRole('button', { name: 'Change Terminal 4' }).click()
    await formOf(page, 'Change').getByRole('button', { name: 'Save' }).click()
    await formOf(page, 'Change').getByText('Nothing has changed.').waitFor()
    await close(page)
  })

  test('after a conflict, a form with the saved values compares changes with them', async () => {
    const { id } = (await api().send('POST /api/keys', {}, { name: 'Terminal 5', role: 'operator' })).data
    const { page } = await openKeys()
    await page.getByRole('button', { name: 'Change Terminal 5' }).click()
    const editor = formOf(page, 'Change')
    await expect.poll(() => editor.getByLabel('Name').inputValue()).toBe('Terminal 5')
    await editor.getByLabel('Name').fill('Terminal 6')
    await api().send('PATCH /api/key/{id}', { id }, { name: 'Terminal B' })
    await editor.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Use saved values' }).click()
    expect(await editor.getByLabel('Name').inputValue()).toBe('Terminal B')
    await editor.getByLabel('Name').fill('Terminal 5')
    await editor.getByRole('button', { name: 'Save' }).click()
    await editor.getByText('Saved.').waitFor()
    expect((await api().get('/api/key/{id}', { id })).data.name).toBe('Terminal 5')
    await close(page)
  })
})
