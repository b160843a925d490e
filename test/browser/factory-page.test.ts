import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST, SHIFT_START } from './plant-fixture.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: the page of a factory shows the current shift hour by hour, with its states and stops on the axis of the chart.

describePages('the page of a factory', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server)
  })

  /** Opens the page at 40 seconds after the newest reading. */
  const openPlant = async (query = '', options: Parameters<typeof openBlank>[0] = {}) => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, ...options })
    await page.clock.setFixedTime((NEWEST + 40) * 1000)
    await page.addInitScript(`
      globalThis.shift = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value
      }).observe({ type: 'layout-shift', buffered: true })
    `)
    await page.goto(`/factory/${id}${query}`)
    await waitUntilFresh(page)
    await page.locator('.board-hours tbody tr').first().waitFor()
    return { page, faults }
  }
  const cells = async (page: Page, hour: string) => {
    const row = page.getByRole('table', { name: 'Hour by hour' }).getByRole('row').filter({ hasText: hour })
    return row.locator('th, td').allTextContents()
  }

  test('the first view is the current shift, and links lead to the shift before and back', async () => {
    const { page, faults } = await openPlant()
    await page.getByRole('heading', { name: /^Early · Tue 7 Apr.*, 06:00 to 14:00 \(Europe\/Berlin\)$/ }).waitFor()
    expect(await page.getByRole('link', { name: 'shift', exact: true }).getAttribute('aria-current')).toBe('true')
    await page.getByRole('link', { name: 'Previous shift' }).click()
    await page.getByRole('heading', { name: /^Night · Mon 6 Apr.*, 22:00 to 06:00/ }).waitFor()
    await expect.poll(() => page.locator('.board-hours tbody tr').count()).toBe(8)
    await page.getByRole('link', { name: 'Next shift' }).click()
    await page.getByRole('heading', { name: /^Early/ }).waitFor()
    expect(page.url()).toBe(`${server.base}/factory/${id}?range=shift`)
    await page.getByRole('link', { name: 'day', exact: true }).click()
    await page.getByRole('heading', { name: /^Tue 7 Apr.* \(Europe\/Berlin\)$/ }).waitFor()
    await expect.poll(() => page.locator('.board-hours tbody tr').count()).toBe(24)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the board shows plan, production, gaps, scrap, stops and comments of each hour', async () => {
    const { page } = await openPlant()
    expect(await cells(page, '07:00 to 08:00')).toEqual([
      '07:00 to 08:00',
      '180',
      '121',
      '▼ −59',
      '▼ −65',
      '2',
      'Jam 19 min',
      'Belt of press 7',
    ])
    expect(await cells(page, '08:00 to 09:00')).toEqual(['08:00 to 09:00', '180', '139', '▼ −41', '▼ −106', '2', 'no reason 12 min', ''])
    expect((await cells(page, '09:00 to 10:00'))[0]).toBe('09:00 to 10:00◐ 33 of about 60 readings')
    // Half of this hour is a break.
    expect((await cells(page, '10:00 to 11:00'))[1]).toBe('90')
    expect((await cells(page, '11:00 to 12:00')).slice(0, 4)).toEqual(['11:00 to 12:00▸ so far', '180', '66', '▼ −6'])
    expect((await cells(page, '13:00 to 14:00')).slice(1, 4)).toEqual(['180', '–', '–'])
    await close(page)
  })

  test('tiles and gaps have the colours of the bands', async () => {
    const { page } = await openPlant()
    const colours = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.map((each) => `${(each as { className?: string }).className}`))
    expect(await colours('.tile .big')).toEqual(expect.arrayContaining(['big bad']))
    // The first hour made 174 of 180, the second one 121, and both together 295 of 360.
    expect((await colours('.board-hours td.gap')).slice(0, 2)).toEqual(['gap near', 'gap bad'])
    expect((await colours('.board-hours td.cumulative')).slice(0, 2)).toEqual(['cumulative near', 'cumulative bad'])
    await close(page)
  })

  test('the timeline has its stops and states at their times on the axis of the chart', async () => {
    const { page } = await openPlant()
    const stop = page.getByRole('img', { name: 'Stop 07:12 to 07:31, 19 min: Jam' })
    const plot = (await page.locator('.u-over').boundingBox())!
    const box = (await stop.boundingBox())!
    const xOf = (minute: number) => plot.x + (plot.width * minute) / 480
    expect(Math.abs(box.x - xOf(72))).toBeLessThan(3)
    expect(Math.abs(box.x + box.width - xOf(91))).toBeLessThan(3)
    await page.getByRole('img', { name: /^Stop 08:40 to 08:52, 12 min: no reason$/ }).waitFor()
    const states = await page.getByRole('img', { name: /^States: / }).getAttribute('aria-label')
    expect(states).toMatch(/running .*, stopped .*, no data .*, not planned 30 min/)
    await close(page)
  })

  test('the tooltip of the chart shows time, zone, production, plan, gap and share of the hour under the pointer', async () => {
    const { page } = await openPlant()
    const plot = (await page.locator('.u-over').boundingBox())!
    await page.mouse.move(plot.x + (plot.width * 90) / 480, plot.y + plot.height / 2)
    const tooltip = page.locator('.tooltip')
    await tooltip.waitFor()
    expect(await tooltip.locator('p').textContent()).toMatch(/7 Apr.*07:00 Europe\/Berlin/)
    expect(await tooltip.locator('dd').allTextContents()).toEqual(['121', '180', '▼ −59', '67.2%'])
    await page.getByLabel('Compare with').selectOption('the previous day')
    await page.locator('.has-ghost').waitFor()
    await page.mouse.move(plot.x + (plot.width * 20) / 480, plot.y + plot.height / 2)
    await expect.poll(() => tooltip.locator('dt').allTextContents()).toContain('Earlier')
    await page.getByLabel('axis from 0').uncheck()
    await close(page)
  })

  test('the chart shows another shift at once, also while the earlier period to compare with is loading', async () => {
    const { page } = await openPlant()
    await page.getByLabel('Compare with').selectOption('the previous day')
    await page.locator('.has-ghost').waitFor()
    // The night shift of the day before, which no response ends.
    await page.route(`**/chart-data?*from=${SHIFT_START - 32 * 3600}*`, () => {})
    await page.getByRole('link', { name: 'Previous shift' }).click()
    await page.getByRole('heading', { name: /^Night/ }).waitFor()
    await page.locator('.chart').focus()
    await page.keyboard.press('Home')
    await expect.poll(() => page.locator('.readout').textContent()).toMatch(/6 Apr.*22:00/)
    await close(page)
  })

  test('OEE has its factors with their inputs, and stops by reason are in order of their time', async () => {
    const { page } = await openPlant()
    const tile = (title: string) => page.locator('.oee .tile').filter({ has: page.getByText(title, { exact: true }) })
    expect(await tile('OEE').locator('.big').textContent()).toMatch(/^\d\d\.\d%$/)
    expect(await tile('Availability').textContent()).toMatch(/ran .* of /)
    expect(await tile('Performance').textContent()).toContain('at ideal speed')
    await page.getByText('Inputs of OEE').click()
    expect(await page.locator('.inputs div').filter({ hasText: 'Ideal speed' }).locator('dd').textContent()).toBe('200 an hour')
    expect(await page.locator('.pareto tbody tr').allTextContents()).toEqual([
      expect.stringMatching(/^\? no reason224 min/),
      expect.stringMatching(/^Jam unplanned119 min/),
      expect.stringMatching(/^Tool change planned115 min.*100\.0%$/),
    ])
    await page.getByRole('link', { name: 'newest' }).click()
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await expect.poll(() => page.locator('.pareto, .oee .tile').filter({ visible: true }).count()).toBe(0)
    await close(page)
  })

  test('an unknown factor of OEE says what it needs', async () => {
    const client = createClient({ base: server.base, key: server.key })
    const { data } = await client.send('POST /api/factories', {}, { name: 'Plant without settings' })
    await client.send('POST /api/factory/{id}/chart-data', { id: data.factory.id }, { time: NEWEST, actual: 3 })
    const { page } = await openBlank()
    await page.goto(`/factory/${data.factory.id}`)
    await page.getByText('needs the ideal speed of the factory').waitFor()
    await page.getByText('needs scrap in the readings').waitFor()
    await page.getByText(/needs .*performance and quality/).waitFor()
    await close(page)
  })

  test('the data and the picture of the chart are saved, and the copied address has the shown interval', async () => {
    const { page, faults } = await openPlant('', { colorScheme: 'light', permissions: ['clipboard-read', 'clipboard-write'] })
    const saveWith = async (name: string) => {
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name }).click()
      return readFile(await (await download).path())
    }
    const lines = String(await saveWith('Save CSV'))
      .trim()
      .split('\n')
    expect(lines[0]!.trim()).toBe('time,iso_time,actual,goal,scrap')
    // The readings of the shift: 325 minutes without the 27 that are missing.
    expect(lines).toHaveLength(1 + 325 - 27)
    const png = await saveWith('Save PNG')
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const corner = await page.evaluate<number[]>(`(async () => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(${JSON.stringify([...png])})]))
      const context = new OffscreenCanvas(1, 1).getContext('2d')
      context.drawImage(image, 0, 0)
      return [...context.getImageData(0, 0, 1, 1).data]
    })()`)
    expect(corner, 'the background of a card').toEqual([255, 255, 255, 255])
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByText('Copied the address').waitFor()
    const address = `${server.base}/factory/${id}?from=${SHIFT_START}&to=${SHIFT_START + 8 * 3600}`
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(address)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.top').isVisible()).toBe(false)
    expect(await page.locator('.board-hours').isVisible()).toBe(true)
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('link', { name: 'week', exact: true }).click()
    await page.getByRole('heading', { name: 'The last 7 days' }).waitFor()
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByText('Copied the address').waitFor()
    const week = `${server.base}/factory/${id}?from=${SHIFT_START - 86_400}&to=${NEWEST + 1}`
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(week)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the chart is saved as SVG with its style, its axes and the gap to the plan', async () => {
    const { page } = await openPlant('', { colorScheme: 'light' })
    const saveSvg = async () => {
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save SVG' }).click()
      return String(await readFile(await (await download).path()))
    }
    const picture = await saveSvg()
    await page.getByLabel('Compare with').selectOption('the previous day')
    await page.locator('.has-ghost').waitFor()
    await expect.poll(saveSvg).toContain('>earlier<')
    await page.goto('/icon.svg')
    const parse = (text: string) =>
      page.evaluate((source) => {
        const { DOMParser } = globalThis as unknown as {
          DOMParser: new () => { parseFromString(text: string, type: string): { querySelectorAll(selector: string): Iterable<Element> } }
        }
        interface Element {
          textContent: string
          getAttribute(name: string): string | null
        }
        const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
        const texts = (selector: string) => [...parsed.querySelectorAll(selector)].map(({ textContent }) => textContent)
        return {
          errors: texts('parsererror'),
          title: texts('svg > title'),
          style: texts('style').join(''),
          labels: texts('text'),
          made: [...parsed.querySelectorAll('g path.line.actual')].map((path) => path.getAttribute('d')).join(''),
          gaps: [...parsed.querySelectorAll('path.behind')].map((path) => path.getAttribute('d')).join('').length,
        }
      }, text)
    const { errors, title, style, labels, made, gaps } = await parse(picture)
    expect(errors).toEqual([])
    expect(title).toEqual([expect.stringMatching(/^Plant Ulm · Early · .*06:00 to 14:00 \(Europe\/Berlin\)$/)])
    expect(style).toContain('#0b66c3')
    expect(labels).toEqual(expect.arrayContaining(['made', 'planned', '160', '08:00', 'Time in Europe/Berlin']))
    expect(labels).not.toContain('earlier')
    // Six hours have begun, each with a step of two points.
    expect(made.match(/[ML]/g)).toHaveLength(13)
    expect(gaps).toBeGreaterThan(100)
    await close(page)
  })

  test('keys read the hours of the chart', async () => {
    const { page } = await openPlant()
    await page.locator('.chart').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    await expect
      .poll(() => page.locator('.readout').textContent())
      .toMatch(/7 Apr.*07:00 \(Europe\/Berlin\): made 121, planned 180, gap ▼ −59/)
    await page.keyboard.press('End')
    await expect.poll(() => page.locator('.readout').textContent()).toMatch(/11:00 .*made 66/)
    await close(page)
  })

  test('a zoom into a shift shows readings without the board, and the reset returns to the shift', async () => {
    const { page } = await openPlant(`?from=${SHIFT_START}&to=${SHIFT_START + 8 * 3600}`)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByText('Data as a table').waitFor()
    expect(await page.locator('.board-hours').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Reset the zoom' }).click()
    await page.getByRole('heading', { name: /^Early/ }).waitFor()
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test.each([390, 1440])('the page is accessible, fits %i px and does not move while it loads', async (width) => {
      const { page, faults } = await openPlant('', { colorScheme, viewport: { width, height: 900 } })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      expect(await page.evaluate('globalThis.shift')).toBeLessThanOrEqual(0.05)
      expect(await axeFaults(page)).toEqual([])
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
