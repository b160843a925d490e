import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh, styleOf, watch } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: the dashboard is small, fresh, and honest about missing data and lost connections.

/** Maximum gzipped size of all responses of the first view. */
const FIRST_VIEW_BYTES = 60_000

describePages('the dashboard', ({ server, open, openBlank, enterKey, close }) => {
  test('the first view of the dashboard is small, and served only from cache entries', async () => {
    const first = await open('/')
    await first.page.locator('.spark').nth(2).waitFor()
    await close(first.page)
    // Entries are put after the response to the first reader.
    let answers: { path: string; bytes: number; status: string | undefined }[] = []
    await expect
      .poll(
        async () => {
          const { page } = await openBlank()
          const sizes: Promise<(typeof answers)[number]>[] = []
          page.on('response', (response) => {
            const { 'cache-status': status } = response.headers()
            sizes.push(response.body().then((body) => ({ path: new URL(response.url()).pathname, bytes: gzipSync(body).length, status })))
          })
          await page.goto('/')
          await page.locator('.spark').nth(2).waitFor()
          await page.waitForLoadState('networkidle')
          answers = await Promise.all(sizes)
          await close(page)
          return answers.filter(({ path, status }) => path.startsWith('/api/') && !status?.endsWith('; hit'))
        },
        { timeout: 30_000, interval: 500 },
      )
      .toEqual([])
    expect(answers.filter(({ path }) => path.startsWith('/api/')).length).toBeGreaterThanOrEqual(4)
    expect(answers.reduce((total, { bytes }) => total + bytes, 0)).toBeLessThan(FIRST_VIEW_BYTES)
  })

  test('a refresh of the dashboard sends entity tags and gets 304', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    await page.goto('/')
    await page.locator('.spark').nth(2).waitFor()
    const again = page.waitForResponse((response) => response.url().endsWith('/api/summary'))
    await page.clock.fastForward(15_000)
    expect((await again).status()).toBe(304)
    await close(page)
  })

  test('a factory without recent readings is shown as silent, not as zero', async () => {
    const { page } = await open('/')
    const row = page.getByRole('row').filter({ hasText: 'Factory 1' })
    expect(await row.textContent()).toMatch(/○ no data.*no data for [\d,]+ days/)
    await createClient({ base: server.base, key: server.key }).send('POST /api/factories', {}, { name: 'Not yet built' })
    await page.reload()
    const empty = await page.getByRole('row').filter({ hasText: 'Not yet built' }).textContent()
    expect(empty).toContain('no data yet')
    expect(empty).not.toMatch(/\d/)
    await close(page)
  })

  test('a write in one tab is shown in another tab at once', async () => {
    const { page: writer } = await open('/factory/2')
    const { page: reader } = watch(await writer.context().newPage(), server.base)
    await reader.goto('/')
    await waitUntilFresh(reader)
    await enterKey(writer)
    await writer.getByText('Add a reading, change name').click()
    const form = writer.getByRole('form', { name: 'Add a reading' })
    await form.getByLabel('Made').fill('41')
    await form.getByLabel('Planned').fill('40')
    await form.getByRole('button', { name: 'Add' }).click()
    await form.getByText('Added.').waitFor()
    await reader.getByRole('row').filter({ hasText: 'Factory 2' }).filter({ hasText: 'just now' }).waitFor({ timeout: 5_000 })
    await writer.locator('.headline').filter({ hasText: 'made 41, planned 40' }).waitFor({ timeout: 5_000 })
    await close(writer)
  })

  test.each([
    ['/factory/0', '.headline', 'made 37, planned 38'],
    ['/', 'tbody tr', 'Factory 0'],
  ])('a reading of a device is shown on %s after the next refresh', async (path, place, text) => {
    const { page } = await openBlank()
    await page.clock.install()
    await page.goto(path)
    await waitUntilFresh(page)
    const before = await page
      .locator(place)
      .filter({ hasText: text })
      .textContent({ timeout: 1_000 })
      .catch(() => 'not there')
    const device = createClient({ base: server.base, key: server.key })
    const reading = { factory: 0, time: Math.floor(Date.now() / 1000), actual: 37, goal: 38 }
    await device.send('POST /api/readings', {}, { readings: [reading] })
    await page.clock.fastForward(15_000)
    await expect.poll(() => page.locator(place).filter({ hasText: text }).textContent()).not.toBe(before)
    await close(page)
  })

  test('a correction that conflicts with another one shows both, and the user decides', async () => {
    const { page, faults } = await open('/factory/1?range=newest')
    await enterKey(page)
    await page.getByText('Data as a table').click()
    await page.getByRole('button', { name: 'Correct the reading of 21 Jan 2021, 05:12' }).click()
    const form = page.getByRole('form', { name: /Correct the reading/ })
    await form.getByLabel('Made').fill('29')
    const other = createClient({ base: server.base, key: server.key })
    await other.send('PUT /api/factory/{id}/chart-data/{time}', { id: 1, time: 1611205958 }, { actual: 77 })
    await form.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert').filter({ hasText: 'Conflicting change' })
    expect(await alert.getByRole('row').filter({ hasText: 'Made' }).textContent()).toBe('Made7729')
    expect((await other.get('/api/factory/{id}/chart-data/{time}', { id: 1, time: 1611205958 })).data.actual).toBe(77)
    await alert.getByRole('button', { name: 'Keep my values' }).click()
    await form.getByText('Saved.').waitFor()
    await expect
      .poll(async () => (await other.get('/api/factory/{id}/chart-data/{time}', { id: 1, time: 1611205958 })).data.actual)
      .toBe(29)
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close(page)
  })

  test('an engineer adds a sprocket type', async () => {
    const { page } = await open('/?sprockets')
    await enterKey(page)
    await page.getByRole('button', { name: 'Add a sprocket type' }).click()
    for (const [label, value] of [
      ['Teeth', '12'],
      ['Pitch diameter', '7.5'],
      ['Outside diameter', '8'],
      ['Pitch', '0'],
    ] as const)
      await page.getByLabel(label, { exact: true }).fill(value)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('pitch: Too small. Send a number greater than 0').waitFor()
    await page.getByLabel('Pitch', { exact: true }).fill('2')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText(/^Added as sprocket \d+\.$/).waitFor()
    await page.getByRole('row').filter({ hasText: '7.5' }).waitFor()
    await close(page)
  })

  test('an invalid key is rejected before it is stored', async () => {
    const { page } = await open('/')
    await page.getByRole('button', { name: 'Enter a key' }).click()
    await page.getByLabel('Key', { exact: true }).fill('nonsense')
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByRole('alert').filter({ hasText: 'API key' }).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await close(page)
  })

  test.each([
    ['an ellipsis', 'spk_0123…'],
    ['a zero-width space', 'spk_0123\u200b4567'],
  ])('a key with %s is rejected, and the dialog says that keys have no such character', async (_, key) => {
    const { page } = await open('/')
    await page.getByRole('button', { name: 'Enter a key' }).click()
    await page.getByLabel('Key', { exact: true }).fill(key)
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByRole('alert').filter({ hasText: 'This text has a character that keys do not have.' }).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await close(page)
  })

  test('the key is stored in its tab only', async () => {
    const { page } = await open('/')
    await enterKey(page)
    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, ''])
    const other = await page.context().newPage()
    await other.goto('/')
    await other.getByRole('button', { name: 'Enter a key' }).waitFor()
    await close(page)
  })

  test('the dashboard keeps its data offline, says so, and continues afterwards', async () => {
    const { page } = await open('/')
    const context = page.context()
    await context.setOffline(true)
    const standing = page.locator('.standing')
    await standing.filter({ hasText: /Offline\. Checked \d+ s ago/ }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'Factory 1' }).count()).toBe(1)
    await context.setOffline(false)
    await waitUntilFresh(page)
    await close(page)
  })

  test('the dashboard shows the age of its data while the server does not answer', async () => {
    const { page } = await openBlank()
    await page.clock.install()
    await page.goto('/')
    await waitUntilFresh(page)
    await page.route('**/api/**', (route) => route.abort())
    await expect
      .poll(
        async () => {
          await page.clock.fastForward(20_000)
          return page.locator('.standing').textContent()
        },
        { timeout: 30_000 },
      )
      .toMatch(/⚠ The server does not respond\. Trying again\. Checked \d+ (s|min) ago/)
    await page.unroute('**/api/**')
    await page.clock.fastForward(120_000)
    await waitUntilFresh(page)
    await close(page)
  })

  test('every view of the dashboard has a URL, and going back works', async () => {
    const { page } = await open('/factory/1')
    await page.getByRole('link', { name: 'week' }).click()
    await page.getByRole('heading', { name: 'The last 7 days' }).waitFor()
    expect(page.url()).toBe(`${server.base}/factory/1?range=week`)
    await page.getByRole('link', { name: 'newest' }).click()
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await waitUntilFresh(page)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await page.getByRole('heading', { name: /^21 Jan 2021.* to 21 Jan 2021/ }).waitFor()
    const address = page.url()
    expect(address).toMatch(/factory\/1\?from=\d+&to=\d+$/)
    await page.goBack()
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await page.goto(address)
    await page.getByRole('heading', { name: /^21 Jan 2021.* to 21 Jan 2021/ }).waitFor()
    await close(page)
  })

  test('an absent factory has its own message', async () => {
    const { page } = await openBlank()
    await page.goto('/factory/999')
    await page.getByRole('heading', { name: 'There is no factory 999' }).waitFor()
    await close(page)
  })

  test('the dashboard has no transitions if the user prefers reduced motion', async () => {
    const { page } = await open('/', { reducedMotion: 'reduce' })
    expect(await styleOf(page.locator('.meter .fill').first(), 'transitionDuration')).toBe('0s')
    await close(page)
  })
})
