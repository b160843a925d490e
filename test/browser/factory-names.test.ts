import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh, styleOf } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: a factory may have any name, and the page around the name stays as it is.

describePages('names of factories', ({ server, open, close }) => {
  test('a factory name that looks like markup is shown as text', async () => {
    const client = createClient({ base: server.base, key: server.key })
    const name = '<img src=x onerror=alert(1)>'
    const { data } = await client.send('POST /api/factories', {}, { name })
    for (const path of ['/', `/factory/${data.factory.id}`]) {
      const { page, faults } = await open(path)
      await page.getByText(name).first().waitFor()
      expect(await page.locator('img').count()).toBe(0)
      expect(faults).toEqual([])
      await close(page)
    }
  })

  test('a factory name that is long or written from right to left does not affect the text around it', async () => {
    const client = createClient({ base: server.base, key: server.key })
    const [hebrew, long] = ['מפעל 12!', 'W'.repeat(100)]
    const [first, second] = await Promise.all([hebrew, long].map((name) => client.send('POST /api/factories', {}, { name })))
    const phone = { viewport: { width: 390, height: 844 } }
    const widthBeyond = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

    const { page } = await open('/', phone)
    const name = page.locator('bdi').filter({ hasText: hebrew })
    expect([await name.textContent(), await styleOf(name, 'unicodeBidi')]).toEqual([hebrew, 'isolate'])
    expect(await widthBeyond(page)).toBeLessThanOrEqual(0)
    const box = await page.locator('tbody th').filter({ hasText: long }).boundingBox()
    const cells = page.getByRole('row').filter({ hasText: long })
    const [shift, latest] = [await cells.locator('.shift').boundingBox(), await cells.locator('.latest').boundingBox()]
    expect(box!.y + box!.height).toBeLessThanOrEqual(Math.min(shift!.y, latest!.y))

    await page.goto(`/factory/${first!.data.factory.id}`)
    await waitUntilFresh(page)
    const heading = page.locator('h1 bdi')
    expect([await heading.textContent(), await styleOf(heading, 'direction')]).toEqual([hebrew, 'rtl'])
    await expect.poll(() => page.title()).toBe(`\u2068${hebrew}\u2069 · Sprocket telemetry`)
    await page.goto(`/factory/${second!.data.factory.id}`)
    await page.locator('h1').filter({ hasText: long }).waitFor()
    expect(await widthBeyond(page)).toBeLessThanOrEqual(0)

    // The exclamation mark at the end of the name stays to the left of the first letter.
    await page.goto(`/api/factory/${first!.data.factory.id}/chart.svg`)
    const [letter, sign] = (await page.evaluate(`(() => {
      const heading = document.querySelector('.heading')
      const at = (character) => heading.getExtentOfChar(heading.textContent.indexOf(character)).x
      return [at('מ'), at('!')]
    })()`)) as [number, number]
    expect(sign).toBeLessThan(letter)
    await close(page)
  })
})
