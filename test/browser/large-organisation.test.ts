import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { BUSY } from './large-fixture.ts'
import { describePages } from './visit.ts'

// Promise: the dashboard stays small and usable with a hundred factories and a year of data.

const RANGES = ['', '?range=day', '?range=week', '?range=month', '?range=year']

describePages(
  'a hundred factories with a year of data each',
  ({ server, open, openBlank, close }) => {
    const createReader = () => createClient({ base: server.base })

    test('the large fixture has the expected data', async () => {
      const { data } = await createReader().get('/api/summary')
      expect(data.factories).toHaveLength(100)
      // All factories except the three of the seed.
      const years = await Promise.all(
        data.factories
          .filter(({ id }) => id >= BUSY)
          .map(async ({ id }) => (await createReader().get('/api/factory/{id}/chart-data', { id, last: 'year' })).data.time.length),
      )
      expect(years).toHaveLength(97)
      expect(Math.min(...years)).toBeGreaterThanOrEqual(365)
      const { data: busy } = await createReader().get('/api/factory/{id}/chart-data', { id: BUSY, last: 'year' })
      const days = busy.sprocket_production_actual.filter((made) => made !== null && made > 7_000)
      expect(days.length, 'complete days').toBeGreaterThan(350)
    })

    test('the first view of a hundred factories is as small as that of three', async () => {
      const { page } = await openBlank()
      const sizes: Promise<number>[] = []
      page.on('response', (response) => sizes.push(response.body().then((body) => gzipSync(body).length)))
      await page.goto('/')
      await waitUntilFresh(page)
      await page.locator('.spark').nth(4).waitFor()
      await page.waitForLoadState('networkidle')
      expect((await Promise.all(sizes)).reduce((total, bytes) => total + bytes, 0)).toBeLessThan(60_000)
      await close(page)
    })

    describe.each(['light'] as const)('in a %s theme', (colorScheme) => {
      test('the overview shows a hundred factories, the lowest attainment first', async () => {
        const { page, faults } = await open('/', { colorScheme })
        await expect.poll(() => page.locator('tbody tr[data-id]').count()).toBe(100)
        const shares = (await page.locator('tbody:not(.apart) .attainment .big').allTextContents())
          .map(parseFloat)
          .filter((share) => !Number.isNaN(share))
        expect(shares.length).toBeGreaterThan(70)
        expect(shares[0]).toBe(Math.min(...shares))
        const silent = page.locator('tbody.apart tr[data-id]')
        expect(await page.locator('.tile').filter({ hasText: 'no data' }).locator('.big').textContent()).toBe(String(await silent.count()))
        for (const text of await silent.locator('.latest').allTextContents()) expect(text).toMatch(/^no data for [\d,]+ \w+/)
        expect(await axeFaults(page)).toEqual([])
        expect(faults).toEqual([])
        await close(page)
      })

      // A factory that reports every five minutes, and one that reports every hour.
      const id = colorScheme === 'light' ? BUSY : BUSY + 1
      test.each(RANGES.map((range) => `/factory/${id}${range}`))('the page %s shows a year of data without faults', async (path) => {
        const { page, faults } = await open(path, { colorScheme })
        await page.getByText(/^[\d,]+ (reading|hour|day)s? from .*made of .*planned/).waitFor()
        // A day has the board of its hours instead of a table of its points.
        const isDay = /factory\/\d+(\?range=day)?$/.test(path)
        const table = page.getByText('Data as a table')
        if (isDay) await page.getByRole('table', { name: 'Hour by hour' }).locator('tbody tr').nth(20).waitFor()
        else {
          await table.click()
          await page.getByRole('region', { name: 'Every point of the chart' }).locator('tbody tr').nth(20).waitFor()
        }
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
        // axe needs seconds for a long table, and other tests check a short one.
        if (!isDay) await table.click()
        expect(await axeFaults(page)).toEqual([])
        expect(faults).toEqual([])
        await close(page)
      })
    })
  },
  97,
)
