import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { routeSummaries } from './summary-fixture.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: the overview says the state of every factory, selects and orders factories, and holds still under the pointer.

const namesOf = (page: Page) => page.locator('tbody tr[data-id] th').allTextContents()
const tile = (page: Page, name: string) => page.locator('.states .tile').filter({ hasText: name })

describePages('the overview', ({ server, openBlank, close }) => {
  const openOverview = async (address = '/', count = 10, options = {}) => {
    const window = await openBlank(options)
    await routeSummaries(window.page, count)
    await window.page.goto(address)
    await waitUntilFresh(window.page)
    return window
  }

  test('a tile of each state counts its factories, and selects them', async () => {
    const { page, faults } = await openOverview()
    for (const [state, sign] of [
      ['running', '●'],
      ['behind', '▼'],
      ['stopped', '■'],
      ['no data', '○'],
      ['not planned', '◇'],
    ] as const) {
      expect(await tile(page, state).locator('.big').textContent()).toBe('2')
      await tile(page, state).click()
      expect((await page.locator('tr[data-id] .state').allTextContents()).map((text) => text.trim())).toEqual([
        `${sign} ${state}`,
        `${sign} ${state}`,
      ])
      expect(page.url()).toBe(`${server.base}/?state=${state.replace(' ', '-')}`)
    }
    await tile(page, 'not planned').click()
    expect(await namesOf(page)).toHaveLength(10)
    expect(page.url()).toBe(`${server.base}/`)
    expect(faults).toEqual([])
    await close(page)
  })

  test('a row has the production of today and of yesterday', async () => {
    const { page, faults } = await openOverview()
    const row = page.locator('tr[data-id]').first()
    await expect.poll(() => row.locator('.yesterday').textContent()).toBe('264')
    const hours = new Date().getUTCHours() + 1
    expect([hours * 10, (hours - 1) * 10]).toContain(Number(await row.locator('.today').textContent()))
    expect(faults).toEqual([])
    await close(page)
  })

  test('factories without data are apart from the others in every order', async () => {
    const { page } = await openOverview('/?sort=made')
    expect(await page.locator('.apart tr[data-id] th').allTextContents()).toEqual(['Plant 4', 'Plant 9'])
    expect(await page.locator('.apart .group').textContent()).toContain('No data · 2 factories')
    await close(page)
  })

  test('the address has the search, the order, the density and the bands, and a reload keeps them', async () => {
    const { page } = await openOverview()
    await page.getByRole('searchbox').fill('plant 1')
    await page.getByLabel('Sort by').selectOption('Name')
    await page.getByRole('button', { name: 'Compact' }).click()
    await page.getByText('Bands', { exact: true }).click()
    await page.getByLabel('Green from').fill('84')
    await page.getByLabel('Amber from').fill('80')
    await page.getByRole('button', { name: 'Use these bands' }).click()
    expect(await namesOf(page)).toEqual(['Plant 1', 'Plant 10'])
    expect(new URL(page.url()).search).toBe('?search=plant+1&sort=name&density=compact&bands=84%2C80')
    await page.reload()
    await waitUntilFresh(page)
    expect(await namesOf(page)).toEqual(['Plant 1', 'Plant 10'])
    expect(await page.getByRole('button', { name: 'Compact' }).getAttribute('aria-pressed')).toBe('true')
    expect(await tile(page, 'behind').locator('.big').textContent()).toBe('0')
    await page.goto('/')
    await waitUntilFresh(page)
    expect(await tile(page, 'behind').locator('.big').textContent(), 'the bands of this browser').toBe('0')
    await close(page)
  })

  test('bands whose amber is above green are refused', async () => {
    const { page } = await openOverview()
    await page.getByText('Bands', { exact: true }).click()
    await page.getByLabel('Amber from').fill('120')
    await page.getByRole('button', { name: 'Use these bands' }).click()
    await page.getByText('Amber must not be above green').waitFor()
    expect(await page.evaluate('localStorage.length')).toBe(0)
    await close(page)
  })

  test('no row moves under the pointer when new figures arrive', async () => {
    const { page } = await openBlank()
    let isReversed = false
    await routeSummaries(page, 10, (rows) => {
      const change = (id: number) => (isReversed ? (id === 6 ? 0.5 : 0.9) : id === 6 ? 0.9 : 0.5)
      return rows.map((row) => ({ ...row, last_day: { ...row.last_day, attainment: change(row.id) } }))
    })
    await page.clock.install()
    await page.goto('/')
    await waitUntilFresh(page)
    const before = await namesOf(page)
    await page.locator('tbody tr').first().hover()
    isReversed = true
    await page.clock.fastForward(15_000)
    await expect.poll(() => page.locator('tr[data-id="6"] .attainment .big').textContent()).toBe('50.0%')
    expect(await namesOf(page)).toEqual(before)
    await page.locator('h1').hover()
    await expect.poll(() => namesOf(page).then(([first]) => first)).toBe('Plant 7')
    await close(page)
  })

  test('a row that could not be loaded after a change is loaded by the next refresh', async () => {
    const { page } = await openBlank()
    let attainment = 0.9
    let week: 'of the fixture' | 'missing' | 'new' = 'of the fixture'
    await routeSummaries(page, 1, (rows) => rows.map((row) => ({ ...row, last_day: { ...row.last_day, attainment } })))
    await page.route('**/chart-data?*last=week*', (route) => {
      if (week === 'of the fixture') return route.fallback()
      if (week === 'missing') return route.fulfill({ status: 500 })
      const yesterday = [Math.floor(Date.now() / 86_400_000) * 86_400 - 3_600]
      const json = { time: yesterday, sprocket_production_actual: [5], sprocket_production_goal: [5], readings: [1], goal_readings: [1] }
      return route.fulfill({ json })
    })
    await page.clock.install()
    await page.goto('/')
    await waitUntilFresh(page)
    const yesterday = page.locator('tr[data-id] .yesterday')
    await expect.poll(() => yesterday.textContent()).toBe('264')
    week = 'missing'
    attainment = 0.5
    const failed = page.waitForResponse((response) => response.status() === 500)
    await page.clock.fastForward(15_000)
    await failed
    await expect.poll(() => page.locator('tr[data-id] .attainment .big').textContent()).toBe('50.0%')
    week = 'new'
    await page.clock.fastForward(15_000)
    await expect.poll(() => yesterday.textContent()).toBe('5')
    await close(page)
  })

  test('an attainment above the scale of the bar has an arrow', async () => {
    const { page } = await openBlank()
    await routeSummaries(page, 2, (rows) =>
      rows.map((row) => ({ ...row, last_day: { ...row.last_day, attainment: row.id === 0 ? 2 : 1.2 } })),
    )
    await page.goto('/')
    await waitUntilFresh(page)
    expect(await page.locator('tr[data-id="0"] .meter').getAttribute('class')).toBe('meter over')
    expect(await page.locator('tr[data-id="1"] .meter').getAttribute('class')).toBe('meter')
    await close(page)
  })

  test('the current hour is a hollow dot, so that the line does not fall', async () => {
    const { page } = await openOverview('/', 1)
    const spark = page.locator('.spark').first()
    await spark.waitFor()
    expect(await spark.locator('.part').count()).toBe(1)
    expect(await spark.getAttribute('aria-label')).toMatch(/1 hour lacks readings\.$/)
    await close(page)
  })

  test('500 factories are shown, searched and refreshed without a long pause', async () => {
    const { page, faults } = await openOverview('/', 500)
    expect(await namesOf(page)).toHaveLength(500)
    const ms = await page.evaluate<number>(`(() => {
      const search = document.querySelector('[type=search]')
      const start = performance.now()
      for (const text of ['plant 4', 'plant 49', '']) {
        search.value = text
        search.dispatchEvent(new Event('input'))
        document.body.getBoundingClientRect()
      }
      return (performance.now() - start) / 3
    })()`)
    expect(ms).toBeLessThan(500)
    expect(await page.locator('.spark').count()).toBeLessThan(100)
    expect(faults).toEqual([])
    await close(page)
  })

  test.each(THEMES)(
    'every state is accessible in a %s theme, fits every screen, and does not move while the page loads',
    async (colorScheme) => {
      const { page } = await openBlank({ colorScheme, viewport: { width: 390, height: 844 } })
      await routeSummaries(page, 12)
      await page.addInitScript(`
      globalThis.layoutShift = 0
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => (globalThis.layoutShift += entry.value)))
        .observe({ type: 'layout-shift', buffered: true })
    `)
      for (const width of [390, 1440, 1920, 3840]) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : (width * 9) / 16 })
        await page.goto('/')
        await waitUntilFresh(page)
        await page.locator('.spark').nth(1).waitFor()
        expect(await page.evaluate('globalThis.layoutShift'), `${width} px wide`).toBeLessThanOrEqual(0.05)
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `${width} px wide`).toBeLessThanOrEqual(0)
        if (width <= 1440) expect(await axeFaults(page)).toEqual([])
      }
      await close(page)
    },
    180_000,
  )
})
