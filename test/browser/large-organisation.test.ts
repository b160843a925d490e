import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { axeFaults, settled } from './browser.ts'
import { BUSY } from './large-fixture.ts'
import { describePages, THEMES } from './visit.ts'

const RANGES = ['', '&range=day', '&range=week', '&range=month', '&range=year']

describePages(
  'a hundred factories with a year of data each',
  ({ server, open, openAnew, close }) => {
    const asked = () => createClient({ base: server.base })

    test('have what they should', async () => {
      const { data } = await asked().get('/api/summary')
      expect(data.factories).toHaveLength(100)
      // All but the three of the seed.
      const years = await Promise.all(
        data.factories
          .filter(({ id }) => id >= BUSY)
          .map(async ({ id }) => (await asked().get('/api/factory/{id}/chart-data', { id, last: 'year' })).data.time.length),
      )
      expect(years).toHaveLength(97)
      expect(Math.min(...years)).toBeGreaterThanOrEqual(365)
      const { data: busy } = await asked().get('/api/factory/{id}/chart-data', { id: BUSY, last: 'year' })
      const days = busy.sprocket_production_actual.filter((made) => made !== null && made > 7_000)
      expect(days.length, 'days that are whole').toBeGreaterThan(350)
    })

    test('make no heavier first view', async () => {
      const { page } = await openAnew()
      const sizes: Promise<number>[] = []
      page.on('response', (response) => sizes.push(response.body().then((body) => gzipSync(body).length)))
      await page.goto('/')
      await settled(page)
      await page.locator('.spark').nth(4).waitFor()
      expect((await Promise.all(sizes)).reduce((total, bytes) => total + bytes, 0)).toBeLessThan(100_000)
      await close(page)
    })

    describe.each(THEMES)('in a %s theme', (colorScheme) => {
      test('the overview shows them all, worst first', async () => {
        const { page, faults } = await open('/', { colorScheme })
        await expect.poll(() => page.locator('tbody tr').count()).toBe(100)
        const shares = (await page.locator('tbody tr td:nth-child(2) .big').allTextContents())
          .map(parseFloat)
          .filter((share) => !Number.isNaN(share))
        expect(shares.length).toBeGreaterThan(80)
        expect(shares[0]).toBe(Math.min(...shares))
        const silent = page.locator('tbody tr.silent')
        expect(await page.locator('.tile').filter({ hasText: 'Silent' }).locator('.big').textContent()).toBe(String(await silent.count()))
        for (const words of await silent.locator('.latest').allTextContents()) expect(words).toMatch(/^○ no data for \d+ \w+/)
        expect(await axeFaults(page)).toEqual([])
        expect(faults).toEqual([])
        await close(page)
      })

      // One that reports every five minutes, and one that does every hour.
      const id = colorScheme === 'light' ? BUSY : BUSY + 1
      test.each(RANGES.map((range) => `/?factory=${id}${range}`))('%s', async (path) => {
        const { page, faults } = await open(path, { colorScheme })
        await page.getByText(/^[\d,]+ (reading|hour|day)s from .*made of .*planned/).waitFor()
        const table = page.getByText('Data as a table')
        await table.click()
        await page.getByRole('region', { name: 'Every point of the chart' }).locator('tbody tr').nth(20).waitFor()
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
        // A long table takes axe seconds, and is like a short one, which it looks at elsewhere.
        await table.click()
        expect(await axeFaults(page)).toEqual([])
        expect(faults).toEqual([])
        await close(page)
      })
    })
  },
  97,
)
