import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { LANGUAGE_TEXTS, listTexts } from '../support/language-texts.ts'
import { routeSummaries } from './summary-fixture.ts'
import { describePages } from './visit.ts'

// Promise: the language of the browser decides texts, dates and numbers, no English text is left in German, and pages fit a phone from
// left to right and from right to left.

/** The name of the product is the same in every language. */
const BRAND = 'Sprocket telemetry'
const german = new Set(listTexts(LANGUAGE_TEXTS['de']).map(({ text }) => text))
/** English texts that are not German too, as patterns. Texts without a word of three letters, such as "5 s", are in every language. */
const ENGLISH = listTexts(LANGUAGE_TEXTS['en'])
  .filter(({ text }) => !german.has(text) && /\p{L}{3}/u.test(text.replaceAll(/\b70\d\b/g, '')))
  .map(({ text }) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/70\d/g, '.+')}$`))

/** Returns the texts of a page: visible ones, labels, titles and placeholders, also those of closed parts. Names and code are in no language. */
const readTexts = async (page: Page): Promise<string[]> => {
  const texts: string[] = await page.evaluate(`(() => {
    const found = [document.title]
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('noscript, script, .name, code, #audit-key')) found.push(walker.currentNode.data)
    for (const element of document.querySelectorAll('*'))
      for (const name of ['aria-label', 'title', 'placeholder', 'data-label', 'data-empty']) found.push(element.getAttribute(name) ?? '')
    return found
  })()`)
  return texts
    .flatMap((text) => text.split(' · '))
    .map((text) => text.trim())
    .filter((text) => text !== '' && text !== BRAND)
}

const findEnglish = (texts: string[]) => texts.filter((text) => ENGLISH.some((pattern) => pattern.test(text)))
const readOverflow = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
const readRoot = (page: Page) => page.evaluate<string[]>('[document.documentElement.lang, document.documentElement.dir]')
const setRightToLeft = (page: Page) => page.evaluate(`document.documentElement.dir = 'rtl'`)

/** The pages with their German headings, and a German button that opens a form. */
const PAGES: [path: string, heading: string, button?: string][] = [
  ['/', 'Werke', 'Werk hinzufügen…'],
  ['/factory/1', 'Werk 1'],
  ['/?tv', ''],
  ['/?sprockets', 'Kettenräder', 'Kettenradtyp hinzufügen'],
  ['/?keys', 'API-Schlüssel', 'Schlüssel anlegen'],
  ['/?organisation', 'Organisation'],
  ['/?audit', 'Audit-Protokoll'],
  ['/factory/nope', 'Seite nicht gefunden'],
]

describePages('the language of the browser', ({ server, openBlank, close }) => {
  /** Opens a page with an admin key. The banner then has a time, whatever its language. */
  const openAs = async (locale: string, path: string, width = 1280) => {
    const window = await openBlank({ locale, viewport: { width, height: 900 } })
    await window.page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await window.page.goto(path)
    await window.page.locator('.standing:not(.warn) .age').filter({ hasText: /\d/ }).waitFor()
    return window
  }

  test.each(PAGES)('%s is German in a German browser, without an English text', async (path, heading, button) => {
    const { page, faults } = await openAs('de-DE', path)
    expect(await readRoot(page)).toEqual(['de', 'ltr'])
    if (heading !== '') expect(await page.locator('h1').textContent()).toBe(heading)
    if (path === '/factory/1') await page.locator('details.reasons').waitFor()
    for (const details of await page.locator('details').all())
      await details.evaluate((element) => ((element as unknown as { open: boolean }).open = true))
    if (path === '/factory/1') await page.getByText('Schichtplan speichern').waitFor()
    if (button !== undefined) {
      await page.getByRole('button', { name: button }).click()
      await page.locator('form.editor').waitFor()
    }
    const texts = await readTexts(page)
    expect(findEnglish(texts)).toEqual([])
    expect(texts.some((text) => german.has(text))).toBe(true)
    expect(faults).toEqual([])
    for (const width of [390, 800, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      await expect.poll(() => readOverflow(page), { message: `${width} px wide` }).toBeLessThanOrEqual(0)
    }
    await close(page)
  })

  test.each([
    ['/', 390, 844],
    ['/', 1280, 800],
    ['/?tv', 1920, 1080],
    ['/?tv', 3840, 2160],
  ])('German texts fit their tiles at %s on a screen of %i px by %i px', async (path, width, height) => {
    const { page } = await openBlank({ locale: 'de-DE', viewport: { width, height } })
    await routeSummaries(page, 12)
    await page.goto(path)
    await page.locator('.tile, .figure:visible').first().waitFor()
    await page.getByText('Rückstand').first().waitFor()
    const overflowing = `[...document.querySelectorAll('.tile, .wall-tile')].filter((tile) =>
      tile.scrollWidth > tile.clientWidth + 1 || tile.scrollHeight > tile.clientHeight + 1).map((tile) => tile.textContent)`
    await expect.poll(() => page.evaluate(overflowing)).toEqual([])
    await close(page)
  })

  test('dates, numbers and the time of day are German in a German browser', async () => {
    const { page } = await openAs('de-DE', '/factory/1?range=newest')
    await page
      .locator('#chart-words')
      .filter({ hasText: /Messwerte von \d\d\.\d\d\.\d{4}, \d\d:\d\d bis/ })
      .waitFor()
    await page
      .locator('.tile .big')
      .filter({ hasText: /^\d+,\d\s%$/ })
      .first()
      .waitFor()
    expect(await readTexts(page)).not.toContainEqual(expect.stringMatching(/\d\s?[AP]M\b/))
    await close(page)
  })

  test('an American browser has English texts with its order of dates and 12 hours', async () => {
    const { page } = await openAs('en-US', '/factory/1?range=newest')
    expect(await readRoot(page)).toEqual(['en', 'ltr'])
    await page
      .locator('#chart-words')
      .filter({ hasText: /readings from [A-Z][a-z]{2} \d+, \d{4}, \d\d:\d\d [AP]M to/ })
      .waitFor()
    await close(page)
  })

  test('an English browser loads no German', async () => {
    const { page } = await openBlank()
    const scripts: string[] = []
    page.on('request', (request) => scripts.push(request.url()))
    await page.goto('/')
    await page.getByRole('heading', { name: 'Factories' }).waitFor()
    expect(scripts.filter((url) => /\/assets\/de-/.test(url))).toEqual([])
    await close(page)
  })

  test('a German browser that cannot load German shows English', async () => {
    const { page } = await openBlank({ locale: 'de-DE' })
    await page.route('**/assets/de-*', (route) => route.abort())
    await page.goto('/')
    await page.getByRole('heading', { name: 'Factories' }).waitFor()
    expect(await readRoot(page)).toEqual(['en', 'ltr'])
    await close(page)
  })

  test.each(PAGES)('%s is English in an Arabic browser, and fits a phone in both directions', async (path) => {
    const { page, faults } = await openAs('ar', path, 390)
    expect(await readRoot(page)).toEqual(['en', 'ltr'])
    expect(findEnglish(await readTexts(page)).length).toBeGreaterThan(0)
    await expect.poll(() => readOverflow(page)).toBeLessThanOrEqual(0)
    await setRightToLeft(page)
    await expect.poll(() => readOverflow(page)).toBeLessThanOrEqual(0)
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      const outside = `[...document.querySelectorAll('h1, main button, main a, .standing')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect()
        return width > 0 && !element.closest('.scroll, table, dialog') && (left < -1 || right > innerWidth + 1)
      }).map((element) => element.outerHTML)`
      await expect.poll(() => page.evaluate(outside), { message: `${width} px wide` }).toEqual([])
    }
    expect(faults).toEqual([])
    await close(page)
  })

  test('the time of a chart runs from left to right in a language that is written from right to left', async () => {
    const { page } = await openAs('en-GB', '/factory/1')
    await page.locator('.chart canvas').waitFor()
    await page.locator('.timeline .track').waitFor()
    const readPlace = () =>
      page.evaluate<number[]>(`(() => {
        const plot = document.querySelector('.u-over').getBoundingClientRect()
        const track = document.querySelector('.timeline .track').getBoundingClientRect()
        const states = [...document.querySelectorAll('.timeline .states > span')].map((state) => state.getBoundingClientRect().left)
        return [Math.round(plot.left - track.left), Math.round(plot.width - track.width), Math.round(states.at(-1) - states[0])]
      })()`)
    const [, , length] = await readPlace()
    await setRightToLeft(page)
    await expect.poll(readPlace).toEqual([0, 0, length])
    await close(page)
  })
})
