import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: on a touch screen, every control has at least 44 px in both directions.

const MIN = 44
/**
 * Lists the visible controls that are too small. The label of a check box is a part of its target. A link within a sentence is no control
 * of its page, and a stop in the timeline is as wide as it is long: the list of stops has a larger button for it.
 */
const FIND_SMALL = `(() => {
  const controls = document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button]')
  const isInSentence = (element) => element.matches('p > a') && element.parentElement.textContent.trim() !== element.textContent.trim()
  return [...controls].flatMap((element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || isInSentence(element) || element.matches('.timeline .stops button')) return []
    const target = element.matches('[type=checkbox], [type=radio]') ? (element.closest('label') ?? element) : element
    const { width, height, right } = target.getBoundingClientRect()
    if (right <= 0 || (width >= ${MIN} - 0.1 && height >= ${MIN} - 0.1)) return []
    return [Math.round(width) + ' x ' + Math.round(height) + ': ' + element.outerHTML.slice(0, 120)]
  })
})()`
const COUNT = `[...document.querySelectorAll('a[href], button, input, select, summary')].filter((each) => each.checkVisibility()).length`

describePages('controls on a touch screen', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Erfurt')
  })

  const openTouch = async (path: string) => {
    const { page } = await openBlank({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    await page.clock.setFixedTime((NEWEST + 40) * 1000)
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(path)
    await waitUntilFresh(page)
    return page
  }
  const openDetails = (page: Page) => page.evaluate(`document.querySelectorAll('details').forEach((details) => (details.open = true))`)
  const expectLarge = async (page: Page, part: string) => {
    expect(await page.evaluate('matchMedia("(pointer: coarse)").matches')).toBe(true)
    expect(await page.evaluate(COUNT), part).toBeGreaterThan(0)
    expect(await page.evaluate(FIND_SMALL), part).toEqual([])
  }

  test('the overview, its options and its dialogs have no small control', async () => {
    const page = await openTouch('/')
    await page.getByRole('button', { name: 'Wall link…' }).waitFor()
    await page.locator('summary').first().tap()
    await expectLarge(page, 'overview')
    await page.getByRole('button', { name: 'Wall link…' }).tap()
    await page.getByLabel('Name of the screen').fill('Hall 1')
    await page.getByRole('button', { name: 'Create' }).tap()
    await page.getByRole('button', { name: 'Revoke Wall: Hall 1' }).waitFor()
    await expectLarge(page, 'wall link')
    await page.getByRole('button', { name: 'Close' }).tap()
    await page.getByRole('button', { name: /^Key …/ }).tap()
    await expectLarge(page, 'API key')
    await close(page)
  })

  test('the page of a factory, its forms and its dialogs have no small control', async () => {
    const page = await openTouch(`/factory/${id}`)
    await page.locator('.stop-list button').first().waitFor()
    // The code of the forms is loaded after the figures.
    await page.locator('details.reasons').waitFor()
    await openDetails(page)
    await page.getByLabel('Name of Jam').waitFor()
    const buffer = Buffer.from('when,actual\n2025-04-07 06:00,1\n2025-04-07 06:01,x\n')
    await page.getByLabel('CSV file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await expectLarge(page, 'page')
    await page.getByLabel('Column: Date and time').selectOption('when')
    await page.getByRole('button', { name: 'Save refused lines' }).waitFor()
    await expectLarge(page, 'import')
    await page.locator('.stop-list button').first().tap()
    await page.getByRole('dialog').waitFor()
    await expectLarge(page, 'stop')
    await close(page)
  })

  test.each(['/?keys', '/?organisation', '/?audit'])('%s has no small control', async (path) => {
    const page = await openTouch(path)
    await openDetails(page)
    await page.waitForLoadState('networkidle')
    await openDetails(page)
    await expectLarge(page, path)
    await close(page)
  })

  test('the form that corrects a reading, the sprockets and the wall have no small control', async () => {
    const page = await openTouch('/factory/1?range=newest')
    await page.getByText('Data as a table').tap()
    await page
      .getByRole('button', { name: /^Correct the reading/ })
      .first()
      .tap()
    await page.getByRole('form', { name: /^Correct the reading/ }).waitFor()
    await expectLarge(page, 'correction')
    await page.goto('/?sprockets')
    await page.getByRole('button', { name: 'Add a sprocket type' }).tap()
    await expectLarge(page, 'sprockets')
    await page.goto('/?tv')
    await page.locator('.wall-tile').first().waitFor()
    expect(await page.evaluate(FIND_SMALL)).toEqual([])
    await close(page)
  })
})
