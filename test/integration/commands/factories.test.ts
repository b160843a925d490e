import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: only a change of the time zone of a factory sums its days again, and those of no other factory.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const DAY = 86_400
/** Creates a factory with readings on three days, and returns its path. */
const create = async () => {
  const chart_data = { time: [0, DAY, 2 * DAY], sprocket_production_actual: [1, 1, 1] }
  return (await harness.engineer.post('/api/factories', { time_zone: 'UTC', chart_data })).headers.get('Location')!
}
/** Marks the stored sums of every day, and returns a function that lists the factories whose sums are still marked. */
const markDays = async () => {
  await env.DB.prepare('update daily_sums set readings = 99').run()
  return async () =>
    (
      await env.DB.prepare(`select distinct '/api/factory/' || factory_id as path from series
        where exists (select 1 from daily_sums where series_pk = series.pk and readings = 99) order by 1`).all<{ path: string }>()
    ).results.map(({ path }) => path)
}

test('PATCH of a time zone sums the days of that factory again, and a later PATCH with the same zone sums none', async () => {
  const [moved, other] = [await create(), await create()]
  const listMarked = await markDays()
  const before = await listMarked()
  expect(before).toEqual(expect.arrayContaining([moved, other]))
  expect((await harness.engineer.patch(moved, { time_zone: 'Asia/Tokyo' })).status).toBe(200)
  expect(await listMarked()).toEqual(before.filter((path) => path !== moved))
  await markDays()
  expect((await harness.engineer.patch(moved, { time_zone: 'Asia/Tokyo', name: 'North' })).status).toBe(200)
  expect(await listMarked()).toEqual(before)
})
