import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { putReasons } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: a time in the hour that occurs twice when clocks go back stays the same in a form whose user does not change it.

/** 02:00 in Berlin on 26 October 2025, after the clocks were set back. That hour occurs twice, and this is its second time. */
const SECOND = Date.UTC(2025, 9, 26, 1) / 1000
const MINUTE = 60

describePages('the hour that occurs twice', ({ server, openBlank, close }) => {
  const api = createClient({ base: server.base, key: server.key })
  let id: number
  beforeAll(async () => {
    const { data } = await api.send('POST /api/factories', {}, { name: 'Plant Suhl', time_zone: 'Europe/Berlin' })
    id = data.factory.id
    await putReasons(api)
    const readings = Array.from({ length: 120 }, (_, n) => ({
      time: SECOND + (n - 60) * MINUTE,
      actual: n >= 70 && n < 90 ? 0 : 3,
      goal: 3,
    }))
    await api.send('POST /api/factory/{id}/chart-data', { id }, { readings })
  })
  const openFactory = async (query = '') => {
    const { page } = await openBlank({ viewport: { width: 1440, height: 900 } })
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(`/factory/${id}${query}`)
    await waitUntilFresh(page)
    return page
  }
  const listAnnotations = async () => {
    const { data } = await api.get('/api/factory/{id}/stop-annotations', { id, from: SECOND - 3600, to: SECOND + 3600 })
    return data.annotations.map(({ from, to, note }) => [(from - SECOND) / MINUTE, ((to ?? NaN) - SECOND) / MINUTE, note])
  }
  const form = (page: Page) => page.getByRole('dialog').getByRole('form')

  test('a stop keeps its times when it gets a reason, a note, and when it is split', async () => {
    const page = await openFactory()
    await page.getByRole('button', { name: 'Give a reason: stop 02:10 to 02:30' }).click()
    await form(page).getByLabel('Reason').selectOption('Jam')
    await form(page).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await listAnnotations()).toEqual([[10, 30, null]])
    await page.getByRole('button', { name: 'Change: stop 02:10 to 02:30' }).click()
    await form(page).getByLabel('Note').fill('Belt')
    await page.getByRole('button', { name: 'Split' }).click()
    await form(page).getByRole('button', { name: 'Save' }).click()
    await form(page)
      .getByRole('heading', { name: /02:20 to 02:30$/ })
      .waitFor()
    expect(await listAnnotations()).toEqual([[10, 20, 'Belt']])
    await close(page)
  })

  test('the range of the chart stays the same when it is shown again', async () => {
    const range = `?from=${SECOND + 5 * MINUTE}&to=${SECOND + 50 * MINUTE}`
    const page = await openFactory(range)
    await expect.poll(() => page.locator('#from').inputValue()).toMatch(/T02:05/)
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await waitUntilFresh(page)
    expect(new URL(page.url()).search).toBe(range)
    await close(page)
  })
})
