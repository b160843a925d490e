import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import { addReadings } from '../../support/sizes.ts'

// Promise: the shifts of a month read at most the rows that the guide on capacity states, wherever their borders are.

test.each([
  ['full hours', '06:00', '14:00', 20_000],
  ['borders within a quarter', '06:10', '14:20', 28_000],
])('the shifts of a month with %s read a bounded number of rows', async (_, start, end, rows) => {
  const harness = await createHarness()
  await addReadings(1, 1_000, 1_700_000_000)
  const shift = { name: 'Early', days: [...WEEKDAYS], start, end }
  await harness.engineer.put('/api/factory/1/schedule', { versions: [{ valid_from: '1970-01-01', shifts: [shift] }], exceptions: [] })
  const counter = countBindings(env)
  const { viewer } = harness.elsewhere(newIsolate(harness.clock, counter.env))
  for (const path of ['shifts?last=month', 'oee?last=month', 'chart-data?resolution=shift']) {
    counter.take()
    expect((await viewer.get(`/api/factory/1/${path}`)).status).toBe(200)
    expect(counter.take().rowsRead, path).toBeLessThanOrEqual(rows)
  }
})
