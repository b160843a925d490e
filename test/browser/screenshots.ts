import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { browserPath, launch, openWindow, settled } from './browser.ts'
import { makePlants } from './plants.ts'
import { serveSeed } from './served.ts'

/** `npm run screenshots`: pictures of the pages. The README shows two of them; git does not keep those under more/. */

const target = join(import.meta.dirname, 'screenshots')

if (browserPath === undefined) {
  console.error('There is no Chromium on this machine; set CHROMIUM to one.')
  process.exit(1)
}
const [server, browser] = await Promise.all([serveSeed(), launch()])
try {
  await mkdir(join(target, 'more'), { recursive: true })
  const plant = await makePlants(server.base, server.key, 12)
  const take = async (name: string, path: string, colorScheme: 'light' | 'dark', width: number, height: number) => {
    const { page } = await openWindow(browser, server.base, { colorScheme, viewport: { width, height } })
    await page.goto(path)
    await (path.startsWith('/docs') ? page.locator('h1').waitFor() : settled(page))
    if (path === '/') await page.locator('.spark').nth(5).waitFor()
    await page.screenshot({ path: join(target, `${name}.png`) })
    await page.context().close()
    console.log(join('test/browser/screenshots', `${name}.png`))
  }
  await take('overview', '/', 'light', 1100, 640)
  await take('factory', `/?factory=${plant}&range=day`, 'dark', 1100, 760)
  await take('more/overview-phone', '/', 'dark', 390, 844)
  await take('more/overview-wall', '/', 'dark', 2560, 1440)
  await take('more/factory-phone', `/?factory=${plant}&range=week`, 'light', 390, 844)
  await take('more/factory-year', `/?factory=${plant}&range=year`, 'light', 1280, 900)
  await take('more/reference', '/docs/reference', 'light', 1280, 900)
} finally {
  await browser.close()
  await server.stop()
}
