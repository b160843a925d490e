import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import type { Role } from '../../src/schemas/roles.ts'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: the page of sprocket types shows its forms only to keys that may change the catalogue, and says why a form did not open.

describePages('the page of sprocket types', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })
  const openSprockets = async (key: string) => {
    const { page, faults } = await openBlank()
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
    await page.goto('/?sprockets')
    await waitUntilFresh(page)
    return { page, faults }
  }
  const createKey = async ({ role, factories }: { role: Role; factories?: readonly number[] }) =>
    (await api().send('POST /api/keys', {}, { name: 'Catalogue', role, factories: factories ? [...factories] : null })).data.key

  test.each([
    ['a viewer', { role: 'viewer' }],
    ['an operator', { role: 'operator' }],
    ['an engineer that is limited to factories', { role: 'engineer', factories: [0] }],
  ] as const)('a key of %s sees the types without buttons', async (_, grant) => {
    const { page, faults } = await openSprockets(await createKey(grant))
    await page.getByRole('row').nth(1).waitFor()
    expect(await page.locator('main').getByRole('button').count()).toBe(0)
    expect(faults).toEqual([])
    await close(page)
  })

  test('a key of an engineer sees the buttons that change and add a type', async () => {
    const { page, faults } = await openSprockets(await createKey({ role: 'engineer' }))
    await page.getByRole('button', { name: 'Edit sprocket 1' }).waitFor()
    await page.getByRole('button', { name: 'Add a sprocket type' }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('a sprocket type that cannot be loaded is explained in the status line', async () => {
    const { page } = await openSprockets(server.key)
    await page.route('**/api/sprocket/*', (route) =>
      route.fulfill({ status: 404, json: { code: 'not-found', detail: 'Not found in this test.' } }),
    )
    await page.getByRole('button', { name: 'Edit sprocket 1' }).click()
    await page.getByRole('status').filter({ hasText: 'Not found in this test.' }).waitFor()
    await page.unroute('**/api/sprocket/*')
    await page.getByRole('button', { name: 'Edit sprocket 1' }).click()
    await page.getByRole('form', { name: 'Sprocket 1' }).waitFor()
    expect(await page.getByText('Not found in this test.').count()).toBe(0)
    await close(page)
  })
})
