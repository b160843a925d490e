import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { readCommandLine } from '../../src/cli/options.ts'
import { browserPath, launch, openWindow, waitUntilFresh } from './browser.ts'
import { BUSY } from './large-fixture.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { serve } from './served.ts'
import { routeSummaries } from './summary-fixture.ts'

/** `npm run screenshots` takes pictures of the pages. The README shows three of them. Git ignores those under more/. */

await readCommandLine({ command: 'npm run screenshots', usage: '(no options)', options: {} })

const target = join(import.meta.dirname, 'screenshots')

if (browserPath === undefined) {
  console.error('No Chromium found. Set CHROMIUM to the path of one.')
  process.exit(1)
}
const [server, browser] = await Promise.all([serve(97), launch()])
try {
  await mkdir(join(target, 'more'), { recursive: true })
  const take = async (
    name: string,
    path: string,
    colorScheme: 'light' | 'dark',
    width: number,
    height: number,
    time?: Date,
    prepare?: (page: Page) => Promise<void>,
  ) => {
    const { page } = await openWindow(browser, server.base, { colorScheme, viewport: { width, height } })
    if (time) await page.clock.setFixedTime(time)
    const isWall = path.includes('?tv')
    // The data of the large fixture has no shifts.
    if (isWall) await routeSummaries(page, 12)
    await page.goto(path)
    await (path.startsWith('/docs') || path === '/nope' ? page.locator('h1').waitFor() : waitUntilFresh(page))
    if (isWall) await page.locator('.figure:visible').first().waitFor()
    if (path === '/') await page.locator('.spark').nth(1).waitFor()
    await prepare?.(page)
    await page.screenshot({ path: join(target, `${name}.png`) })
    await page.context().close()
    console.log(join('test/browser/screenshots', `${name}.png`))
  }
  const enterKey = async (page: Page) => {
    await page.evaluate(`sessionStorage.setItem('sprocket-key', '${server.key}')`)
    await page.reload()
    await waitUntilFresh(page)
  }
  const openSchedule = async (page: Page) => {
    await page.getByText('Schedule', { exact: true }).click()
    await page.locator('.week-picture .shift').first().waitFor()
    await page.locator('.week').scrollIntoViewIfNeeded()
  }
  await take('overview', '/', 'light', 1280, 720)
  const plant = await addPlant(server)
  const plantTime = new Date((NEWEST + 40) * 1000)
  await take('factory', `/factory/${plant}`, 'dark', 1100, 1000, plantTime)
  await take('more/factory-week', `/factory/${BUSY + 1}?range=week`, 'dark', 1100, 760)
  await take('more/shift', `/factory/${plant}`, 'light', 1440, 1500, plantTime)
  await take('more/shift-dark', `/factory/${plant}`, 'dark', 1440, 1500, plantTime)
  await take('more/shift-phone', `/factory/${plant}`, 'light', 390, 2400, plantTime)
  await take('more/schedule', `/factory/${plant}`, 'light', 1440, 1200, plantTime, openSchedule)
  await take('more/schedule-phone', `/factory/${plant}`, 'dark', 390, 1200, plantTime, openSchedule)
  await take('more/keys', '/?keys', 'light', 1440, 900, undefined, enterKey)
  await take('more/keys-phone', '/?keys', 'dark', 390, 844, undefined, enterKey)
  await take('more/organisation', '/?organisation', 'light', 1440, 900, undefined, enterKey)
  await take('more/audit', '/?audit', 'dark', 1440, 900, undefined, enterKey)
  await take('more/overview-phone', '/', 'dark', 390, 844)
  await take('more/overview-4k', '/', 'dark', 3840, 2160)
  await take('more/overview-compact', '/?density=compact&sort=name', 'dark', 1920, 1080)
  await take('wall', '/?tv', 'dark', 1920, 1080)
  await take('more/wall-4k', '/?tv', 'light', 3840, 2160)
  await take('more/wall-phone', '/?tv', 'dark', 390, 844)
  await take('more/wall-of-one', '/factory/5?tv', 'dark', 1920, 1080)
  await take('more/factory-phone', `/factory/${BUSY}?range=week`, 'light', 390, 844)
  await take('more/factory-year', `/factory/${BUSY}?range=year`, 'light', 1280, 900)
  await take('more/sprockets', '/?sprockets', 'light', 1280, 800, undefined, enterKey)
  await take('more/new-factory', '/', 'light', 1280, 900, undefined, async (page) => {
    await enterKey(page)
    await page.getByRole('button', { name: 'Add a factory…' }).click()
    await page.locator('form.editor').waitFor()
  })
  await take('more/import', `/factory/${plant}`, 'light', 1280, 1200, plantTime, async (page) => {
    await enterKey(page)
    await page.locator('summary', { hasText: 'Import readings' }).click()
    const buffer = Buffer.from('Datum;Zeit;Ist\n07.04.2025;06:00;31\n07.04.2025;06:01;29\n07.04.2025;25:02;30\n')
    await page.getByLabel('CSV file').setInputFiles({ name: 'shift.csv', mimeType: 'text/csv', buffer })
    await page.locator('.import .preview tbody tr').first().waitFor()
    await page.locator('.import').scrollIntoViewIfNeeded()
  })
  await take('more/not-found', '/nope', 'light', 1280, 600)
  await take('more/guide', '/docs/shifts', 'light', 1280, 900)
  await take('more/reference', '/docs/reference', 'light', 1280, 900)
} finally {
  await browser.close()
  await server.stop()
}
