import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { ApiError, createClient } from '../../src/client/client.ts'
import { axeFaults } from './browser.ts'
import { createKeysOpener, formOf } from './keys-page.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: an admin creates, changes, rotates and revokes keys. A secret is shown once. Other keys see neither the page nor its link.

describePages('the page of API keys', ({ server, open, openBlank, enterKey, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })

  const openKeys = createKeysOpener(server, openBlank)
  const row = (page: Page, name: string) => page.locator('.keys tbody tr').filter({ hasText: name })
  const readSecret = (page: Page) => page.getByRole('region', { name: 'New key' }).getByLabel('Key').inputValue()
  const access = async (key: string) => (await createClient({ base: server.base, key }).get('/api/access')).data

  test('links to the pages of an admin are shown only to keys that may use them', async () => {
    const names = (page: Page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()
    const { page, faults } = await open('/')
    expect(await names(page)).toEqual(['Factories', 'Sprockets', 'Guides', 'Reference'])
    await enterKey(page)
    const all = ['Factories', 'Sprockets', 'Keys', 'Organisation', 'Audit log', 'Guides', 'Reference']
    await expect.poll(() => names(page)).toEqual(all)
    await page.getByRole('link', { name: 'Keys' }).click()
    await row(page, 'local').waitFor()
    expect(await page.getByRole('link', { name: 'Keys' }).getAttribute('aria-current')).toBe('page')
    await page.getByRole('button', { name: /^Key …/ }).click()
    await page.getByRole('button', { name: 'Remove the key' }).click()
    await page.getByText('This page needs a key with the role admin.').waitFor()
    expect(await names(page)).toEqual(['Factories', 'Sprockets', 'Guides', 'Reference'])
    expect(await page.locator('.keys').count()).toBe(0)
    expect(faults).toEqual([])
    await close(page)
  })

  test('links to the pages of an admin appear after a failed request for the role, and disappear when the role changes', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Audit log' })
    let requests = 0
    let role: string | undefined
    await page.route('**/api/access', (route) => {
      requests += 1
      return role === undefined
        ? route.fulfill({ status: 500 })
        : route.fulfill({ json: { organisation: 'demo', key: 1, factories: null, expires_at: null, role } })
    })
    await page.goto('/?sprockets')
    await expect.poll(() => requests).toBeGreaterThan(0)
    expect(await link.isVisible()).toBe(false)
    role = 'admin'
    await page.clock.runFor(16_000)
    await link.waitFor()
    role = 'viewer'
    await page.clock.runFor(16_000)
    await link.waitFor({ state: 'hidden' })
    await close(page)
  })

  test('a key with a lower role gets a notice, and an admin of some factories manages only keys of these factories', async () => {
    const engineer = await api().send('POST /api/keys', {}, { name: 'Planner', role: 'engineer' })
    const first = await openKeys(engineer.data.key)
    await first.page.getByText('This page needs a key with the role admin.').waitFor()
    expect(await first.page.getByRole('button', { name: 'Create a key' }).count()).toBe(0)
    await close(first.page)
    const limited = await api().send('POST /api/keys', {}, { name: 'Hall admin', role: 'admin', factories: [1] })
    const { page } = await openKeys(limited.data.key)
    await row(page, 'Hall admin').waitFor()
    expect(await row(page, 'local').count()).toBe(0)
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Audit log' }).count()).toBe(0)
    await page.goto('/?audit')
    await page.getByText('that is not limited to factories').waitFor()
    await close(page)
  })

  test('a key that expires leaves the list of valid keys, also while the page is offline', async () => {
    const expires_at = Math.floor(Date.now() / 1000) + 3_600
    await api().send('POST /api/keys', {}, { name: 'One hour', role: 'viewer', expires_at })
    const { page } = await openBlank()
    await page.clock.install()
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto('/?keys')
    await row(page, 'One hour').waitFor()
    await page.context().setOffline(true)
    await page.clock.fastForward(7_200_000)
    await row(page, 'One hour').waitFor({ state: 'detached' })
    await close(page)
  })

  test('an admin creates a key with the keyboard, copies it, and it is not shown again', async () => {
    const { page, faults } = await openKeys(server.key, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Create a key' }).press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('name')
    await page.keyboard.type('Gateway North')
    await formOf(page, 'New key').getByLabel('Role').selectOption('operator')
    await formOf(page, 'New key').getByRole('listbox').selectOption(['0', '2'])
    await formOf(page, 'New key').getByLabel('Expires (Europe/Berlin)').fill('2039-12-31T23:30')
    await formOf(page, 'New key').getByLabel('Name').press('Enter')
    await page.getByText('Store this key now.').waitFor()
    const secret = await readSecret(page)
    expect(await access(secret)).toMatchObject({ role: 'operator', factories: [0, 2], expires_at: Date.UTC(2039, 11, 31, 22, 30) / 1000 })
    await page.keyboard.press('Enter')
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Create a key')
    const cells = await row(page, 'Gateway North').locator('th, td').allTextContents()
    expect(cells.slice(0, 4).map((text) => text.replaceAll(/[\u2068\u2069]/g, ''))).toEqual([
      'Gateway North',
      'operator',
      'Factory 0, Factory 2',
      '31 Dec 2039, 23:30',
    ])
    expect(await page.content()).not.toContain(secret)
    expect(faults).toEqual([])
    await close(page)
  })

  test('an invalid field is explained, and the form keeps its input', async () => {
    const { page } = await openKeys()
    await page.getByRole('button', { name: 'Create a key' }).click()
    await formOf(page, 'New key').getByLabel('Name').fill('Old gateway')
    await formOf(page, 'New key').getByLabel('Role').selectOption('viewer')
    await formOf(page, 'New key')
      .getByLabel(/^Expires/)
      .fill('2020-01-01T00:00')
    await formOf(page, 'New key').getByRole('button', { name: 'Create' }).click()
    await formOf(page, 'New key').getByText('expires_at: In the past.').waitFor()
    expect(await formOf(page, 'New key').getByLabel('Name').inputValue()).toBe('Old gateway')
    await page.getByRole('button', { name: 'Close' }).click()
    expect(await formOf(page, 'New key').count()).toBe(0)
    await close(page)
  })

  test('an admin rotates the key of the tab and continues with the new one', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Rotating admin', role: 'admin' })
    const { page, faults } = await openKeys(data.key)
    expect(await row(page, 'this tab').textContent()).toContain('Rotating admin')
    await page.getByRole('button', { name: 'Rotate Rotating admin' }).click()
    await formOf(page, 'Rotate').getByLabel('The old key ends').selectOption('after an hour')
    await formOf(page, 'Rotate').getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('Store this key now.').waitFor()
    const secret = await readSecret(page)
    const { expires_at } = (await api().get('/api/key/{id}', { id: data.id })).data
    expect(Math.abs(expires_at! - Date.now() / 1000 - 3_600)).toBeLessThan(60)
    await page.getByRole('button', { name: 'Use it in this tab' }).click()
    await page.getByRole('button', { name: `Key …${secret.slice(-4)}` }).waitFor()
    // The list of the old key also has a row of this tab.
    await expect.poll(() => row(page, 'Rotating admin').count()).toBe(2)
    expect(await row(page, 'this tab').count()).toBe(1)
    expect(await page.content()).not.toContain(secret)
    expect(faults).toEqual([])
    await close(page)
  })

  test('a key is revoked by two presses, and a list of all keys still has it', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Lost phone', role: 'viewer' })
    const { page, faults } = await openKeys()
    await page.getByRole('button', { name: 'Revoke Lost phone' }).press('Enter')
    expect((await api().get('/api/key/{id}', { id: data.id })).data.revoked_at).toBe(null)
    await page.keyboard.press('Enter')
    await page.getByText('Revoked Lost phone.').waitFor()
    await expect.poll(() => row(page, 'Lost phone').count()).toBe(0)
    await page.getByLabel('Show expired and revoked keys').check()
    expect(await row(page, 'Lost phone').textContent()).toContain('revoked ')
    expect(await row(page, 'Lost phone').getByRole('button').count()).toBe(0)
    await expect.poll(() => access(data.key).catch((error: ApiError) => error.status), { timeout: 45_000 }).toBe(401)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the last admin key is not revoked, and the page says why', async () => {
    for await (const { keys } of api().pages('/api/keys'))
      for (const { id, name, role, factories, revoked_at } of keys)
        if (role === 'admin' && factories === null && name !== 'local' && revoked_at === null)
          await api().send('DELETE /api/key/{id}', { id }, undefined)
    const { page } = await openKeys()
    await page.getByRole('button', { name: 'Revoke local' }).click()
    await page.getByRole('button', { name: 'Press again to revoke' }).click()
    await page.getByRole('status').filter({ hasText: /admin/ }).waitFor()
    expect((await access(server.key)).role).toBe('admin')
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test.each([390, 1440, 3840])('the page and its form are accessible and fit %i px', async (width) => {
      const isPhone = width === 390
      const { page, faults } = await openKeys(server.key, {
        colorScheme,
        viewport: { width, height: 900 },
        hasTouch: isPhone,
        isMobile: isPhone,
      })
      await page.getByRole('button', { name: 'Create a key' }).click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await axeFaults(page)).toEqual([])
      if (isPhone)
        for (const target of await page
          .locator('main')
          .locator('button, input:not([type=checkbox]), select')
          .filter({ visible: true })
          .all())
          expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44)
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
