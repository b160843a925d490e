import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: the chart of the dashboard can be moved and zoomed with mouse, wheel, keyboard and touch, and its URL names the range.

/** The readings of the seed's second factory: 20 minutes. */
const [FIRST, LAST] = [1611204818, 1611205958]

/** Returns the range in the URL. */
const rangeOf = (page: Page): [number, number] => {
  const query = new URL(page.url()).searchParams
  return [Number(query.get('from')), Number(query.get('to'))]
}
const widthOf = ([from, to]: [number, number]) => to - from

/** Runs an action, and waits until the URL names another range and the page shows it. */
const rangeAfter = async (page: Page, act: () => Promise<unknown>): Promise<[number, number]> => {
  const before = page.url()
  await act()
  await page.waitForURL((url) => url.href !== before && url.searchParams.has('from'))
  await waitUntilFresh(page)
  return rangeOf(page)
}

describePages('the chart', ({ open, enterKey, close }) => {
  let page: Page
  let middle: { x: number; y: number }
  let width: number

  const openChart = async (path: string, touch = false) => {
    ;({ page } = await open(path, touch ? { hasTouch: true, viewport: { width: 360, height: 740 } } : {}))
    await page.locator('.u-over').scrollIntoViewIfNeeded()
    const box = (await page.locator('.u-over').boundingBox())!
    middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    width = box.width
  }
  const drag = async (from: number, to: number) => {
    await page.mouse.move(middle.x + from, middle.y)
    await page.mouse.down()
    await page.mouse.move(middle.x + (from + to) / 2, middle.y + 5, { steps: 3 })
    await page.mouse.move(middle.x + to, middle.y, { steps: 3 })
    await page.mouse.up()
  }

  test('dragging in the chart zooms into the dragged range', async () => {
    await openChart('/factory/1?range=newest')
    const [from, to] = await rangeAfter(page, () => drag(0, width / 4))
    expect(from).toBeCloseTo((FIRST + LAST) / 2, -2)
    expect(to - from).toBeCloseTo((LAST - FIRST) / 4, -2)
    await page.getByRole('heading', { name: /^21 Jan 2021, 05:03 to 21 Jan 2021, 05:0\d \(UTC\)$/ }).waitFor()
    await close(page)
  })

  test('dragging in the chart with Shift or the middle button moves the range, and the data stays under the pointer', async () => {
    const [from, to] = [FIRST + 300, FIRST + 900]
    await openChart(`/factory/1?from=${from}&to=${to}`)
    await page.keyboard.down('Shift')
    const earlier = await rangeAfter(page, () => drag(0, width / 2))
    await page.keyboard.up('Shift')
    expect(Math.abs(earlier[0] - (from - 300))).toBeLessThan(10)
    expect(Math.abs(widthOf(earlier) - 600)).toBeLessThanOrEqual(2)
    await page.mouse.move(middle.x, middle.y)
    const later = await rangeAfter(page, async () => {
      await page.mouse.down({ button: 'middle' })
      await page.mouse.move(middle.x - width / 2, middle.y, { steps: 4 })
      await page.mouse.up({ button: 'middle' })
    })
    expect(Math.abs(later[0] - from)).toBeLessThan(15)
    await close(page)
  })

  test('the wheel zooms the chart with Ctrl at the pointer, moves it sideways, and otherwise scrolls the page', async () => {
    await openChart('/factory/1?range=newest')
    await page.mouse.move(middle.x, middle.y)
    await page.keyboard.down('Control')
    const closer = await rangeAfter(page, () => page.mouse.wheel(0, -300))
    await page.keyboard.up('Control')
    expect(widthOf(closer)).toBeLessThan((LAST - FIRST) * 0.6)
    expect((closer[0] + closer[1]) / 2).toBeCloseTo((FIRST + LAST) / 2, -2)
    const moved = await rangeAfter(page, () => page.mouse.wheel(200, 0))
    expect(moved[0]).toBeGreaterThan(closer[0])
    expect(Math.abs(widthOf(moved) - widthOf(closer))).toBeLessThanOrEqual(2)
    const address = page.url()
    await page.mouse.wheel(0, 120)
    await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(0)
    expect(page.url()).toBe(address)
    await close(page)
  })

  test('keys move, zoom and reset the chart, and the focus stays on it', async () => {
    await openChart('/factory/1?range=newest')
    await page.locator('.chart').focus()
    const closer = await rangeAfter(page, () => page.keyboard.press('+'))
    expect(widthOf(closer)).toBeCloseTo((LAST - FIRST) / 2, -1)
    const earlier = await rangeAfter(page, () => page.keyboard.press('Shift+ArrowLeft'))
    expect(Math.abs(closer[0] - earlier[0] - widthOf(closer) / 4)).toBeLessThanOrEqual(2)
    const wider = await rangeAfter(page, () => page.keyboard.press('-'))
    expect(widthOf(wider)).toBeGreaterThan(widthOf(earlier) * 1.9)
    expect(await page.evaluate('document.activeElement.classList.contains("chart")')).toBe(true)
    // Changes of the range replace each other in the history, so that going back leads to the former view.
    await page.goBack()
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await waitUntilFresh(page)
    await rangeAfter(page, () => page.keyboard.press('+'))
    await page.keyboard.press('0')
    await page.waitForURL((url) => !url.searchParams.has('from'))
    await page.getByRole('heading', { name: 'The newest readings' }).waitFor()
    await close(page)
  })

  test('a button or a double click resets the zoom of the chart to the last chosen range', async () => {
    await openChart('/factory/1?range=day')
    const reset = page.getByRole('button', { name: 'Reset the zoom' })
    expect(await reset.isDisabled()).toBe(true)
    await rangeAfter(page, () => page.getByRole('button', { name: 'Zoom in' }).click())
    await reset.click()
    await page.waitForURL(/\/factory\/1\?range=day$/)
    await waitUntilFresh(page)
    await rangeAfter(page, () => page.getByRole('button', { name: 'Earlier' }).click())
    await page.mouse.dblclick(middle.x, middle.y)
    await page.waitForURL(/\/factory\/1\?range=day$/)
    await close(page)
  })

  test('one finger moves the chart, two fingers zoom it', async () => {
    const [from, to] = [FIRST + 300, FIRST + 900]
    await openChart(`/factory/1?from=${from}&to=${to}`, true)
    const session = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x: middle.x + x, y: middle.y, id })) })
    const earlier = await rangeAfter(page, async () => {
      await touch('touchStart', 0)
      for (let n = 1; n <= 4; n += 1) await touch('touchMove', (n * width) / 8)
      await touch('touchEnd')
    })
    expect(Math.abs(earlier[0] - (from - 300))).toBeLessThan(30)
    expect(Math.abs(widthOf(earlier) - 600)).toBeLessThanOrEqual(2)
    const closer = await rangeAfter(page, async () => {
      await touch('touchStart', -20, 20)
      for (let n = 1; n <= 4; n += 1) await touch('touchMove', -20 - n * 10, 20 + n * 10)
      await touch('touchEnd')
    })
    expect(widthOf(closer)).toBeGreaterThan(150)
    expect(widthOf(closer)).toBeLessThan(260)
    await close(page)
  })

  test('a range without data is shown as empty, and can be left', async () => {
    await openChart(`/factory/1?from=${LAST + 10_000}&to=${LAST + 20_000}`)
    await page.getByText('There is no data in this range.').waitFor()
    const back = await rangeAfter(page, () => page.getByRole('button', { name: 'Earlier' }).click())
    expect(back[0]).toBe(LAST + 5_000)
    await close(page)
  })

  test('a reading in a former range can be corrected if the chart shows single readings', async () => {
    const { page, faults } = await open(`/factory/1?from=${FIRST}&to=${FIRST + 120}`)
    await page.getByText('Data as a table').click()
    const rows = page.getByRole('region', { name: 'Every point of the chart' }).locator('tbody tr')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await rows.getByRole('button').count()).toBe(0)
    await enterKey(page)
    await rows.getByRole('button', { name: 'Correct the reading of 21 Jan 2021, 04:53' }).click()
    expect(
      await page
        .getByRole('form', { name: /Correct the reading/ })
        .getByLabel('Made')
        .inputValue(),
    ).toBe('32')
    expect(faults).toEqual([])
    await close(page)
  })
})
