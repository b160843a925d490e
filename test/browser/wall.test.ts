import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { routeSummaries } from './summary-fixture.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: the wall can be read from several metres, and runs for months without anyone who touches it.

/** Width of a screen of 55 inches in mm. */
const SCREEN_MM = 1_218
const MIN_CAPITAL_MM = 25
/** Capitals in mm for each number of factories, as the guide of the dashboard lists them. */
const CAPITALS: [count: number, mm: number][] = [
  [1, 55],
  [2, 52],
  [4, 29],
  [6, 29],
  [9, 25],
  [12, 25],
]
const LARGE = ['.wall-bar h1', '.clock > :first-child', '.pager > :first-child', '.wall-tile h2', '.share', '.figure']

/** Returns the height of the smallest capital in these places, in mm on a screen of 55 inches. */
const measureCapital = (page: Page, places: string[]) =>
  page.evaluate<number>(`(() => {
    const context = document.createElement('canvas').getContext('2d')
    const heights = ${JSON.stringify(places)}.flatMap((place) => [...document.querySelectorAll(place)]).filter((element) => element.checkVisibility()).map((element) => {
      const { fontWeight, fontSize, fontFamily } = getComputedStyle(element)
      context.font = fontWeight + ' ' + fontSize + ' ' + fontFamily
      return (context.measureText('H').actualBoundingBoxAscent / innerWidth) * ${SCREEN_MM}
    })
    return Math.min(...heights)
  })()`)

/** Returns the texts that do not fit their tile. */
const findCutTexts = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('.wall-tile')].flatMap((tile) => {
    const box = tile.getBoundingClientRect()
    return [...tile.querySelectorAll('h2, .share, .figure, .label')].filter((element) => {
      if (!element.checkVisibility() || element.textContent === '') return false
      const own = element.getBoundingClientRect()
      return own.bottom > box.bottom + 1 || own.top < box.top - 1 || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
    }).map((element) => tile.textContent + ': ' + element.textContent)
  })`)

describePages('the wall', ({ server, openBlank, close }) => {
  const openWall = async (count: number, options = {}, address = '/?tv') => {
    const window = await openBlank(options)
    await window.page.clock.install()
    await routeSummaries(window.page, count)
    await window.page.goto(address)
    await waitUntilFresh(window.page)
    await window.page.locator('.figure').first().waitFor()
    return window
  }

  test.each([
    [1920, 1080],
    [3840, 2160],
  ])(
    'the wall is legible from several metres on a screen of %d × %d pixels, and every text fits its tile',
    async (width, height) => {
      const { page } = await openBlank({ viewport: { width, height } })
      for (const [count, mm] of CAPITALS) {
        await page.unrouteAll()
        await routeSummaries(page, count)
        await page.goto('/?tv')
        await page.locator('.figure').first().waitFor()
        expect(await page.locator('.wall-tile').count()).toBe(count)
        expect(await measureCapital(page, LARGE), `${count} factories`).toBeGreaterThanOrEqual(MIN_CAPITAL_MM)
        expect(await measureCapital(page, ['.wall-tile h2', '.share', '.figure']), `${count} factories`).toBeGreaterThanOrEqual(mm)
        expect(await findCutTexts(page)).toEqual([])
      }
      await close(page)
    },
    180_000,
  )

  test.each(THEMES)('the wall is accessible in a %s theme, and fits a phone', async (colorScheme) => {
    const { page, faults } = await openWall(12, { colorScheme, viewport: { width: 1440, height: 900 } })
    expect(await axeFaults(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await axeFaults(page)).toEqual([])
    expect(faults).toEqual([])
    await close(page)
  })

  test('a tile has the sign and the words of its state, and the figures of its shift', async () => {
    const { page } = await openWall(5)
    const texts = await page.locator('.wall-tile').allTextContents()
    for (const [n, words] of ['● 101%running · Early', '▼ 84%behind · Early', '■ stopped', '○ no data', '◇ not planned'].entries())
      expect(texts[n]).toContain(words)
    expect(await page.locator('.wall-tile').first().locator('.cell').allTextContents()).toEqual([
      'made10.1K',
      'due by now9,876',
      'forecast11.2K',
      'target12K',
    ])
    await close(page)
  })

  test('more than 12 factories take turns, with a visible countdown', async () => {
    const { page } = await openWall(13, {}, '/?tv&seconds=10')
    const names = () => page.locator('.wall-tile h2').allTextContents()
    expect(await names()).toEqual(Array.from({ length: 7 }, (_, n) => `Plant ${n + 1}`))
    await page.clock.runFor(3_000)
    await expect.poll(() => page.locator('.pager').textContent()).toMatch(/^1\/2 · [4-7] s$/)
    await page.clock.runFor(8_000)
    await expect.poll(names).toEqual(Array.from({ length: 6 }, (_, n) => `Plant ${n + 8}`))
    await close(page)
  })

  test('the wall loads the figures of a factory again if they are older than its share', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    let answers = 0
    await routeSummaries(page, 1, (rows) => {
      answers += 1
      // The second answer has the figures of the factory.
      return answers === 2 ? rows.map((row) => ({ ...row, latest: { ...row.latest!, time: row.latest!.time - 60 } })) : rows
    })
    const requestFigures = () => page.waitForRequest(/\/api\/factory\/0\/summary$/)
    const first = requestFigures()
    await page.goto('/?tv')
    await first
    await waitUntilFresh(page)
    const second = requestFigures()
    await page.clock.runFor(16_000)
    await second
    await close(page)
  })

  test('the wall of one factory shows its four figures', async () => {
    const { page } = await openWall(5, {}, '/factory/1?tv')
    expect(await page.locator('.wall-tile h2').allTextContents()).toEqual(['Plant 2'])
    expect(await page.locator('.cell:visible').count()).toBe(4)
    await close(page)
  })

  test('the picture moves by a few pixels every minute', async () => {
    const { page } = await openWall(4)
    const place = () => page.locator('.wall-tile').first().boundingBox()
    const before = await place()
    await page.clock.runFor(61_000)
    const after = await place()
    const distance = Math.hypot(after!.x - before!.x, after!.y - before!.y)
    expect(distance).toBeGreaterThan(0)
    expect(distance).toBeLessThan(20)
    await close(page)
  })

  test('the screen stays on, also after the browser has released the lock', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    await routeSummaries(page, 2)
    await page.addInitScript(`
      globalThis.locks = []
      const request = async () => { const lock = { released: false, release: async () => {} }; globalThis.locks.push(lock); return lock }
      Object.defineProperty(navigator, 'wakeLock', { value: { request } })
    `)
    await page.goto('/?tv')
    await waitUntilFresh(page)
    expect(await page.evaluate('globalThis.locks.length')).toBe(1)
    await page.evaluate('globalThis.locks[0].released = true')
    await page.clock.runFor(61_000)
    expect(await page.evaluate('globalThis.locks.length')).toBe(2)
    await close(page)
  })

  test('the wall refreshes at once after sleep', async () => {
    const { page } = await openWall(2)
    await page.clock.pauseAt(Date.now() + 60_000)
    const refreshed = page.waitForRequest('**/api/summary')
    await page.clock.fastForward(3_600_000)
    await refreshed
    await close(page)
  })

  test('the wall says that it is offline, keeps its tiles, and continues afterwards', async () => {
    const { page } = await openWall(2)
    await page.context().setOffline(true)
    await page.locator('.standing').filter({ hasText: 'Offline.' }).waitFor()
    expect(await page.locator('.wall-tile').count()).toBe(2)
    await page.context().setOffline(false)
    await waitUntilFresh(page)
    await close(page)
  })

  test('the wall loads again after its code could not be loaded', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    await routeSummaries(page, 2)
    await page.route('**/assets/frame-*.js', (route) => route.abort())
    await page.goto('/?tv')
    await page.getByText('It loads again when the server responds.').waitFor()
    await page.unroute('**/assets/frame-*.js')
    await page.clock.runFor(31_000)
    await page.locator('.figure').first().waitFor()
    await close(page)
  })

  test('the wall reloads after a new release, and not while the server fails', async () => {
    const { page } = await openWall(2)
    await page.evaluate('globalThis.isOld = true')
    let answer: { status: number; body: string } = { status: 503, body: '/assets/dashboard-NEW.js' }
    await page.route(`${server.base}/`, (route) => route.fulfill(answer))
    const checked = () => page.waitForResponse(`${server.base}/`)
    const first = checked()
    await page.clock.runFor(301_000)
    await first
    expect(await page.evaluate('globalThis.isOld')).toBe(true)
    answer = { status: 200, body: '/assets/dashboard-NEW.js' }
    await page.clock.runFor(301_000)
    await expect.poll(() => page.evaluate('globalThis.isOld').catch(() => true)).toBeUndefined()
    await waitUntilFresh(page)
    await close(page)
  })
})
