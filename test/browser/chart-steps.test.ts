import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: the chart of a day draws each known hour up to its end, reads only known hours, and fits its paper.

const HOUR = 3600
const DAY_START = Date.UTC(2026, 3, 7) / 1000

/** Returns true if the canvas has the blue of actual at this hour of the day, anywhere in its height. */
const isDrawnAt = (page: Page, hour: number) =>
  page.evaluate<boolean>(`(() => {
    const canvas = document.querySelector('.chart canvas')
    const over = document.querySelector('.u-over')
    const x = Math.round(((over.offsetLeft + (over.clientWidth * ${hour}) / 24) * canvas.width) / canvas.clientWidth)
    const { data } = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height)
    return Array.from({ length: canvas.height }, (_, n) => data.slice(4 * n, 4 * n + 4)).some(([red, , blue, opacity]) => opacity === 255 && blue - red > 100)
  })()`)

describePages('the chart of a day', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    const client = createClient({ base: server.base, key: server.key })
    const { data } = await client.send('POST /api/factories', {}, { name: 'Plant with gaps', time_zone: 'UTC' })
    id = data.factory.id
    const readings = [2, 5, 7].map((hour) => ({ time: DAY_START + hour * HOUR + 1_800, actual: 10 + hour, goal: 20 }))
    await client.send('POST /api/factory/{id}/chart-data', { id }, { readings })
  })
  const openDay = async () => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
    await page.clock.setFixedTime((DAY_START + 7.6 * HOUR) * 1000)
    await page.goto(`/factory/${id}?range=day`)
    await waitUntilFresh(page)
    await page.locator('.board-hours tbody tr').first().waitFor()
    return { page, faults }
  }

  test('the chart draws an hour before an hour without data', async () => {
    const { page } = await openDay()
    await expect.poll(() => isDrawnAt(page, 2.5)).toBe(true)
    expect(await Promise.all([1.5, 2.9, 3.5, 5.5, 6.5, 7.2].map((hour) => isDrawnAt(page, hour)))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ])
    await close(page)
  })

  test('the arrow keys read each hour once, and none that the chart inserts', async () => {
    const { page } = await openDay()
    await page.locator('.chart').focus()
    await page.keyboard.press('Home')
    const read: string[] = []
    for (let n = 0; n < 7; n += 1) {
      await page.keyboard.press('ArrowRight')
      read.push(
        /(\d\d:\d\d) \(UTC\): made ([–\d]+)/
          .exec((await page.locator('.readout').textContent())!)!
          .slice(1, 3)
          .join(' '),
      )
    }
    expect(read).toEqual(['01:00 –', '02:00 12', '03:00 –', '04:00 –', '05:00 15', '06:00 –', '07:00 17'])
    await close(page)
  })

  test('the printed chart has the width of its paper, with the timeline on its axis', async () => {
    const { page, faults } = await openDay()
    await page.evaluate(`matchMedia('print').addEventListener('change', ({ matches }) => queueMicrotask(() => {
      const rectOf = (selector) => document.querySelector(selector).getBoundingClientRect()
      const [box, plot, over, track] = ['.chart', '.u-wrap', '.u-over', '.track'].map(rectOf)
      globalThis[matches ? 'printed' : 'restored'] = [plot.width - box.width, track.left - over.left, track.width - over.width, box.width].map(Math.round)
    }))`)
    await page.pdf({ format: 'A4' })
    const [printed, restored] = await page.evaluate<number[][]>('[globalThis.printed, globalThis.restored]')
    expect(printed!.slice(0, 3)).toEqual([0, 0, 0])
    expect(printed![3]).toBeLessThan(800)
    expect(restored!.slice(0, 3)).toEqual([0, 0, 0])
    expect(restored![3]).toBeGreaterThan(1_000)
    expect(faults).toEqual([])
    await close(page)
  })
})
