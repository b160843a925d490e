import { beforeAll, expect, test } from 'vitest'
import { axeFaults } from './browser.ts'
import { makePlants } from './plants.ts'
import { describePages } from './visit.ts'

describePages('a hundred factories, one of them a year old', ({ server, open, close }) => {
  let old: number
  beforeAll(async () => {
    old = await makePlants(server.base, server.key, 97)
  })

  test('the overview shows them all, worst first', async () => {
    const { page, faults } = await open('/')
    await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThanOrEqual(100)
    const shares = (await page.locator('tbody tr td:nth-child(2) .big').allTextContents())
      .map(parseFloat)
      .filter((share) => !Number.isNaN(share))
    expect(shares.length).toBeGreaterThan(80)
    expect(await axeFaults(page)).toEqual([])
    expect(faults).toEqual([])
    await close(page)
  })

  test.each(['', '&range=day', '&range=week', '&range=month', '&range=year'])('a year is looked into with "%s"', async (range) => {
    const { page, faults } = await open(`/?factory=${old}${range}`)
    await page.getByText(/^\d+ points from .*made of .*planned/).waitFor()
    await page.getByText('The same as a table').click()
    await page.getByRole('region', { name: 'Every point of the chart' }).locator('tbody tr').nth(100).waitFor()
    expect(await axeFaults(page)).toEqual([])
    expect(faults).toEqual([])
    await close(page)
  })
})
