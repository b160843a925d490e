import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { measureHeap } from './heap.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { describePages } from './visit.ts'

// Promise: a page that stays open for days does not grow: its memory, elements and listeners are the same after many refreshes.

const REFRESHES = 60
/** Refreshes after which all code has run and all caches are filled. */
const WARM_UP = 20
/** Bytes by which the data of scripts may differ. A leak of 700 bytes in each refresh is larger. */
const MAX_GROWTH_BYTES = 40_000

describePages('a page that stays open', ({ server, openBlank, close }) => {
  let id: number
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Weimar')
  })

  test.each([
    ['the overview', () => '/', '.spark'],
    ['the page of a factory', () => `/factory/${id}`, '.board-hours tbody tr'],
    // One factory, because the pages of several have different numbers of tiles.
    ['the wall', () => `/factory/${id}?tv`, '.wall-tile'],
  ])(`%s does not grow in ${REFRESHES} refreshes`, async (_, path, part) => {
    const device = createClient({ base: server.base, key: server.key })
    const { page, faults } = await openBlank()
    await page.clock.install({ time: (NEWEST + 40) * 1000 })
    // A key has larger limits than an address, which the tests share.
    await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(server.key)})`)
    await page.goto(path())
    await page.locator(part).first().waitFor()
    /** Refreshes the page. Each fifth time, the newest reading has changed, so that the page is drawn again. */
    const refresh = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        if (n % 5 === 0) await device.send('POST /api/factory/{id}/chart-data', { id }, { time: NEWEST, actual: n % 2 })
        await page.clock.fastForward(15_000)
        await page
          .locator('.age')
          .filter({ hasText: /^Checked [0-4] s ago/ })
          .waitFor()
      }
      await page.waitForLoadState('networkidle')
    }
    await refresh(WARM_UP)
    const before = await measureHeap(page)
    await refresh(REFRESHES)
    const after = await measureHeap(page)
    expect(after.nodes, 'nodes').toBeLessThanOrEqual(before.nodes + 20)
    expect(after.listeners, 'listeners').toBeLessThanOrEqual(before.listeners + 5)
    expect(after.objectBytes, 'objects').toBeLessThanOrEqual(before.objectBytes + MAX_GROWTH_BYTES)
    expect(faults).toEqual([])
    await close(page)
  })
})
