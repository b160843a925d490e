import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: an admin reads the audit log page by page, newest first, filters it, and opens the states before and after a change.

describePages('the page of the audit log', ({ server, openBlank, close }) => {
  const api = () => createClient({ base: server.base, key: server.key })
  /** More entries than two pages. */
  const CHANGES = 110
  let id: number
  beforeAll(async () => {
    const { data } = await api().send('POST /api/factories', {}, { name: 'Plant 0' })
    id = data.factory.id
    for (let n = 1; n <= CHANGES; n += 1) await api().send('PATCH /api/factory/{id}', { id }, { name: `Plant ${n}` })
  })

  const openLog = async (options: Parameters<typeof openBlank>[0] = {}) => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, ...options })
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto('/?audit')
    await waitUntilFresh(page)
    return { page, faults }
  }
  const entries = (page: Page) => page.locator('.audit > li')

  test('the newest entries are first, and older ones are added until none is left', async () => {
    const { page, faults } = await openLog()
    await expect.poll(() => entries(page).count()).toBe(50)
    const older = page.getByRole('button', { name: 'Show older entries' })
    await older.press('Enter')
    await expect.poll(() => entries(page).count()).toBe(100)
    await older.press('Enter')
    await expect.poll(() => entries(page).count()).toBeGreaterThan(CHANGES)
    while (await older.isVisible()) {
      const count = await entries(page).count()
      await older.click()
      await expect.poll(() => entries(page).count()).toBeGreaterThan(count)
    }
    expect(await page.evaluate('document.activeElement.localName')).toBe('summary')
    const targets = await entries(page).locator('summary').allTextContents()
    expect(targets[0]).toContain(`factory updated /api/factory/${id} by local`)
    expect(targets[CHANGES]).toContain(`factory created /api/factory/${id} by local`)
    expect(faults).toEqual([])
    await close(page)
  })

  test('an entry is opened with the keyboard, and has the changed members and both states', async () => {
    const { page, faults } = await openLog()
    expect(await page.locator('.changed').count()).toBe(0)
    await entries(page).first().locator('summary').press('Enter')
    const cells = page.locator('.changed tbody tr').locator('th, td')
    expect(await cells.allTextContents()).toEqual(['name', `"Plant ${CHANGES - 1}"`, `"Plant ${CHANGES}"`])
    await page.getByText('Complete states').click()
    const after = await page.getByRole('region', { name: 'After' }).textContent()
    expect(JSON.parse(after!)).toMatchObject({ name: `Plant ${CHANGES}`, time_zone: 'UTC' })
    await page.getByRole('link', { name: 'Show the factory' }).click()
    await page.getByRole('heading', { name: `Plant ${CHANGES}` }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('a new entry appears above the others, and an open entry and older ones stay', async () => {
    const { page } = await openLog()
    await page.getByRole('button', { name: 'Show older entries' }).click()
    await expect.poll(() => entries(page).count()).toBe(100)
    await entries(page).nth(60).locator('summary').click()
    const sprocket = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
    const { data } = await api().send('POST /api/sprockets', {}, sprocket)
    await entries(page)
      .first()
      .filter({ hasText: `sprocket created /api/sprocket/${data.id}` })
      .waitFor({ timeout: 30_000 })
    expect(await entries(page).count()).toBe(101)
    expect(await entries(page).nth(61).locator('details').first().getAttribute('open')).toBe('')
    await entries(page).first().locator('summary').click()
    await entries(page).first().getByText('Complete states').click()
    await page.getByText('It did not exist.').waitFor()
    await close(page)
  })

  test('two presses of "Show older entries" show each older entry once', async () => {
    const { page } = await openLog()
    let answers = 0
    await page.route('**/api/audit-log?*cursor=*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      await route.continue()
    })
    page.on('response', (response) => (answers += Number(response.url().includes('cursor='))))
    await page.getByRole('button', { name: 'Show older entries' }).dblclick()
    await expect.poll(() => answers).toBe(2)
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))')
    await page.getByText('100 entries').waitFor()
    expect(await entries(page).count()).toBe(100)
    await close(page)
  })

  test('filters select the entries of a subject and of a key', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Planner of shifts', role: 'engineer' })
    const planner = createClient({ base: server.base, key: data.key })
    await planner.send('PATCH /api/factory/{id}', { id }, { name: 'Plant of the planner' })
    const { page } = await openLog()
    await page.getByLabel('Subject').selectOption('key')
    await entries(page)
      .first()
      .filter({ hasText: `key created /api/key/${data.id} by local` })
      .waitFor()
    for (const text of await entries(page).allTextContents()) expect(text).toMatch(/ key \w+ /)
    await page.getByRole('combobox', { name: 'Key' }).selectOption('Planner of shifts')
    await page.getByText('There are no entries.').waitFor()
    await page.getByLabel('Subject').selectOption('all')
    await expect.poll(() => entries(page).allTextContents()).toEqual([expect.stringContaining(`/api/factory/${id} by Planner of shifts`)])
    await close(page)
  })

  test('a late response to an earlier choice of a filter does not replace the entries of the later one', async () => {
    const { page } = await openLog()
    await page.route('**/api/audit-log?subject=key', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await route.continue()
    })
    const late = page.waitForResponse('**/api/audit-log?subject=key')
    await page.getByLabel('Subject').selectOption('key')
    await page.getByLabel('Subject').selectOption('factory')
    await entries(page).first().filter({ hasText: ' factory ' }).waitFor()
    await (await late).finished()
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))')
    for (const text of await entries(page).allTextContents()) expect(text).toMatch(/ factory \w+ /)
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test.each([390, 1440, 3840])('the page with an open entry is accessible and fits %i px', async (width) => {
      const isPhone = width === 390
      const { page, faults } = await openLog({ colorScheme, viewport: { width, height: 900 }, hasTouch: isPhone, isMobile: isPhone })
      await entries(page).first().locator('summary').click()
      await page.getByText('Complete states').click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await axeFaults(page)).toEqual([])
      if (isPhone) {
        for (const target of await page.locator('main').locator('button, select, summary').filter({ visible: true }).all())
          expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44)
      }
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
