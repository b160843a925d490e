import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: a wall link needs no login, reads only the chosen factories, survives a restart, and can be revoked.

describePages('a wall link', ({ server, open, openBlank, enterKey, close }) => {
  test('only an admin can create a wall link', async () => {
    const { page } = await open('/')
    expect(await page.getByRole('button', { name: 'Wall link…' }).isVisible()).toBe(false)
    await close(page)
  })

  test('an admin creates a link of one factory, a screen uses it after a restart, and the admin revokes it', async () => {
    const { page, faults } = await open('/')
    await enterKey(page)
    await page.getByRole('button', { name: 'Wall link…' }).click()
    await page.getByLabel('Name of the screen').fill('Hall 3')
    await page.getByLabel('Factories; choose none for all').selectOption('1')
    await page.getByRole('button', { name: 'Create' }).dblclick()
    await page.getByText('Created.').waitFor()
    const address = await page.getByLabel('Address').inputValue()
    expect(address).toMatch(new RegExp(`^${server.base}/factory/1\\?tv#key=spk_\\w+$`))
    const key = address.split('#key=')[1]!
    const reader = createClient({ base: server.base, key })
    expect((await reader.get('/api/access')).data).toMatchObject({ role: 'viewer', factories: [1] })

    const screen = await openBlank()
    const sent: string[] = []
    screen.page.on('request', (request) => sent.push(request.url()))
    await screen.page.goto(address)
    await waitUntilFresh(screen.page)
    await screen.page.locator('.wall-tile h2').filter({ hasText: 'Factory 1' }).waitFor()
    expect(screen.page.url(), 'the key is not in the visible address').toBe(`${server.base}/factory/1?tv`)
    expect(sent.join(' ')).not.toContain(key)
    expect(screen.faults).toEqual([])

    // A restart clears the storage of the tab. A kiosk browser opens the address with or without the key.
    for (const start of [`${server.base}/factory/1?tv`, address]) {
      const tab = await screen.page.context().newPage()
      const requested = tab.waitForRequest('**/api/summary')
      await tab.goto(start)
      expect((await requested).headers()['authorization']).toBe(`Bearer ${key}`)
      await tab.close()
    }
    // The link of the header leads to the same wall.
    const tab = await screen.page.context().newPage()
    await tab.goto(server.base)
    await tab.getByRole('link', { name: 'Wall' }).click()
    await tab.locator('.wall-tile h2').filter({ hasText: 'Factory 1' }).waitFor()
    expect(await tab.locator('.wall-tile').count()).toBe(1)
    await close(screen.page)

    const revoke = page.getByRole('button', { name: 'Revoke Wall: Hall 3' })
    expect(await revoke.count(), 'two presses create one key').toBe(1)
    await revoke.click()
    await page.getByRole('button', { name: 'Press again to revoke: Revoke Wall: Hall 3' }).click()
    await page.getByText('Revoked.').waitFor()
    expect(await page.getByRole('button', { name: 'Revoke Wall: Hall 3' }).count()).toBe(0)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the wall uses the key of another wall link that is opened in its tab', async () => {
    const admin = createClient({ base: server.base, key: server.key })
    const createKey = async (factory: number) =>
      (await admin.send('POST /api/keys', {}, { name: `Wall: ${factory}`, role: 'viewer', factories: [factory] })).data.key
    const [first, second] = [await createKey(1), await createKey(2)]
    const { page, faults } = await open(`/?tv#key=${first}`)
    await page.locator('.wall-tile h2').filter({ hasText: 'Factory 1' }).waitFor()
    await page.evaluate(`location.hash = '#key=${second}'`)
    await page.locator('.wall-tile h2').filter({ hasText: 'Factory 2' }).waitFor()
    expect(await page.locator('.wall-tile').count()).toBe(1)
    expect(page.url()).toBe(`${server.base}/?tv`)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the address of a wall is selected if the browser has no clipboard, as without https', async () => {
    const { page, faults } = await openBlank()
    await page.addInitScript(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`)
    await page.goto('/')
    await enterKey(page)
    await page.getByRole('button', { name: 'Wall link…' }).click()
    await page.getByLabel('Name of the screen').fill('Hall 4')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Created.').waitFor()
    await page.getByRole('button', { name: 'Copy' }).click()
    expect(await page.evaluate('getSelection().toString()')).toBe(await page.getByLabel('Address').inputValue())
    expect(faults).toEqual([])
    await close(page)
  })

  test('the address for frames shows the wall', async () => {
    const { page, faults } = await open('/embed/factory/1')
    await page.locator('.wall-tile h2').filter({ hasText: 'Factory 1' }).waitFor()
    expect(await page.locator('.wall-tile').count()).toBe(1)
    expect(faults).toEqual([])
    await close(page)
  })
})
