import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { createImportTools } from './import-tools.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: an operator imports a CSV file, sees how it is understood, and an import that stops continues where it stopped.

/** A file of a spreadsheet: local times of Berlin with a time that occurs twice, a figure with a separator, and an empty cell. */
const SHEET = [
  'Zeit;Ist;Soll;Halle',
  '07.04.2025 06:00;31;30;A',
  '07.04.2025 06:01;;30;A',
  '26.10.2025 02:30;30;30;A',
  '07.04.2025 06:03;1.200;30;A',
  '13.04.2025 06:04;29;30;A',
].join('\r\n')

/** A file with readings of every minute. */
const buildSeries = (count: number) =>
  ['time,actual', ...Array.from({ length: count }, (_, n) => `${1743984000 + 60 * n},${n % 40}`)].join('\n')

describePages('the import of readings', (visit) => {
  const { api, getId, openImport, openPanel, choose, status, preview } = createImportTools(visit)
  const { server, close } = visit

  test('is not shown to a viewer, and is shown to an operator whose key is limited to the factory', async () => {
    const { data: viewer } = await api().send('POST /api/keys', {}, { name: 'Screen', role: 'viewer' })
    const { data: operator } = await api().send('POST /api/keys', {}, { name: 'Line', role: 'operator', factories: [getId()] })
    for (const [key, count] of [
      [viewer.key, 0],
      [operator.key, 1],
    ] as const) {
      const { page } = await openImport({}, key)
      await page.getByRole('heading', { name: 'Plant Jena' }).waitFor()
      await expect.poll(() => page.getByText('Import readings from a CSV file').count()).toBe(count)
      await close(page)
    }
  })

  test('shows how the lines are understood, sends them, and saves the refused ones', async () => {
    const { page, faults } = await openImport()
    await openPanel(page)
    await choose(page, SHEET)
    await preview(page).first().waitFor()
    expect(await page.getByLabel('Column: Made').locator('option:checked').textContent()).toBe('Ist')
    expect(await page.getByLabel('Format of times').inputValue()).toBe('day-month')
    expect(await page.getByLabel('Time zone of the file').inputValue()).toBe('Europe/Berlin')
    expect(await preview(page).nth(0).locator('td').allTextContents()).toEqual([
      '07.04.2025 06:00',
      '2025-04-07T06:00:00+02:00',
      '31',
      '30',
      'unchanged',
    ])
    expect(await preview(page).nth(1).locator('td').nth(2).textContent()).toBe('cleared')
    expect(await page.locator('.import .preview p[role=status]').textContent()).toBe(
      '5 lines: 3 readings, 2 refused. First time: line 2 “07.04.2025 06:00” is 2025-04-07T06:00:00+02:00. ' +
        'Last time: line 6 “13.04.2025 06:04” is 2025-04-13T06:04:00+02:00, in Europe/Berlin.',
    )
    const refused = page.locator('.refused tbody tr')
    expect(await refused.allTextContents()).toEqual([
      expect.stringMatching(/^4ZeitThis time occurs twice in Europe\/Berlin/),
      expect.stringMatching(/^5IstNot a count/),
    ])
    await page.getByRole('button', { name: 'Send 3 readings' }).click()
    await status(page).filter({ hasText: 'Done: 3 readings new or changed, 0 already stored, 2 refused.' }).waitFor()
    const { data } = await api().get('/api/factory/{id}/chart-data', { id: getId() })
    expect(data).toMatchObject({
      time: [1743998400, 1743998460, 1744517040],
      sprocket_production_actual: [31, null, 29],
      sprocket_production_goal: [30, 30, 30],
    })
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save refused lines' }).click()
    const lines = String(await readFile(await (await download).path())).split('\r\n')
    expect(lines[0]).toBe('Zeit,Ist,Soll,Halle,line,problem')
    expect(lines[2]).toMatch(/^07\.04\.2025 06:03,1\.200,30,A,5,"?Ist: Not a count/)
    // The page shows the readings without a reload.
    await page.locator('.headline').filter({ hasText: 'made 29, planned 30' }).waitFor()
    await choose(page, SHEET)
    await page.getByRole('button', { name: 'Send 3 readings' }).click()
    await status(page).filter({ hasText: 'Done: 0 readings new or changed, 3 already stored' }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })

  test('continues after a failed request and a closed tab, with the same keys, and sends no reading twice', async () => {
    const file = buildSeries(12_000)
    const { page } = await openImport()
    const keys: string[] = []
    let isBroken = true
    const intercept = (of: Page) =>
      of.context().route('**/chart-data', async (route, request) => {
        if (request.method() !== 'POST') return route.continue()
        keys.push(request.headers()['idempotency-key']!)
        if (keys.length < 2 || !isBroken) return route.continue()
        // The API applies the part, but its response is lost.
        await route.fetch()
        return route.abort()
      })
    await intercept(page)
    await openPanel(page)
    await choose(page, file)
    await page.getByRole('button', { name: 'Send 12,000 readings' }).click()
    await status(page)
      .filter({ hasText: 'The server does not respond. Try again. The first 5,000 readings are sent already. Continue here' })
      .waitFor()
    expect(new Set(keys).size).toBe(2)
    const second = await page.context().newPage()
    await page.close()
    isBroken = false
    await second.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await second.goto(`/factory/${getId()}`)
    await waitUntilFresh(second)
    await openPanel(second)
    await choose(second, file, 'renamed.csv')
    await second.getByText('The first 5,000 readings are sent already.').waitFor()
    await second.getByRole('button', { name: 'Continue: send 7,000 readings' }).click()
    await status(second).filter({ hasText: 'Done: 12,000 readings new or changed, 0 already stored, 0 refused.' }).waitFor()
    expect(new Set(keys).size).toBe(3)
    await choose(second, file)
    await second.getByRole('button', { name: 'Send 12,000 readings' }).waitFor()
    await close(second)
  })

  test('can be cancelled and started again', async () => {
    const { page } = await openImport()
    let count = 0
    let release = () => {}
    await page.context().route('**/chart-data', async (route, request) => {
      if (request.method() === 'POST' && (count += 1) === 2) await new Promise<void>((resolve) => (release = resolve))
      await route.continue().catch(() => {})
    })
    await openPanel(page)
    await choose(page, buildSeries(5_001))
    await page.getByRole('button', { name: 'Send 5,001 readings' }).focus()
    await page.keyboard.press('Enter')
    await status(page).filter({ hasText: 'Sent 5,000 of 5,001 readings.' }).waitFor()
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('1')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel')
    await page.keyboard.press('Enter')
    await status(page).filter({ hasText: 'Cancelled. The first 5,000 readings are sent already.' }).waitFor()
    release()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Continue: send 1 reading')
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.getByRole('button', { name: 'Send 5,001 readings' }).click()
    await status(page).filter({ hasText: /^Done/ }).waitFor()
    await close(page)
  })

  test('asks for the file again after the key has changed, because it may belong to another organisation', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Second admin', role: 'admin' })
    const { page } = await openImport()
    await openPanel(page)
    await choose(page, buildSeries(2))
    await page.getByRole('button', { name: 'Send 2 readings' }).waitFor()
    await page.getByRole('button', { name: /^Key …/ }).click()
    await page.getByLabel('Key', { exact: true }).fill(data.key)
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByRole('button', { name: `Key …${data.key.slice(-4)}` }).waitFor()
    await page.getByRole('button', { name: 'Send 2 readings' }).click()
    await status(page).filter({ hasText: 'The API key has changed. Choose the file again.' }).waitFor()
    expect((await api().get('/api/factory/{id}/chart-data', { id: getId() })).data.time).toEqual([])
    await choose(page, buildSeries(2))
    await page.getByRole('button', { name: 'Send 2 readings' }).click()
    await status(page).filter({ hasText: /^Done/ }).waitFor()
    await close(page)
  })

  test('lists readings that the API refuses with their lines', async () => {
    await api().send('POST /api/factory/{id}/chart-data', { id: getId() }, { time: 1743984060, actual: 9, scrap: 5 })
    const { page } = await openImport()
    await openPanel(page)
    await choose(page, 'time,actual\n\n1743984000,4\n1743984060,4\n')
    await page.getByRole('button', { name: 'Send 2 readings' }).click()
    await status(page).filter({ hasText: 'Done: 1 reading new or changed, 0 already stored, 1 refused.' }).waitFor()
    expect(await page.locator('.refused tbody tr').allTextContents()).toEqual([
      '4actualLess than the scrap of the reading, which is 5. Send scrap with it, at most 4.',
    ])
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test('is accessible, and fits a phone and a wide screen', async () => {
      const { page, faults } = await openImport({ colorScheme })
      await openPanel(page)
      await choose(page, SHEET)
      await preview(page).first().waitFor()
      expect(await axeFaults(page, ['.import'])).toEqual([])
      for (const width of [390, 1440, 3840]) {
        await page.setViewportSize({ width, height: 900 })
        // A chart takes its new size after the next frame.
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth'), { message: `${width} px wide` })
          .toBeLessThanOrEqual(0)
      }
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
