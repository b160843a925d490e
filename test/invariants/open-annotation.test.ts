import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/local-time/time-zones.ts'
import { rowsOfShifts, rowsOfStops } from '../../src/queries/shifts.ts'
import { OPEN_SECONDS } from '../../src/queries/stop-annotations.ts'
import { annotate, REASONS } from '../support/annotations.ts'
import { createUsage } from '../support/binding-usage.ts'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'

// Promise: a read of stops or shifts reads at most the rows that its rate limit assumes, also after weeks of an open annotation.

const HOUR = 3_600
const FROM = 400_000 * HOUR
const shift = { name: 'Day', days: [...WEEKDAYS], start: '06:10', end: '06:10', breaks: [] }

test('a read after an open annotation of 65 days stays within the assumed rows', async () => {
  const { harness, usedBy } = await createUsage()
  await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  expect(
    (await harness.engineer.put(`${path}/schedule`, { versions: [{ valid_from: '2010-01-01', shifts: [shift] }], exceptions: [] })).status,
  ).toBe(200)
  const readings = Array.from({ length: OPEN_SECONDS / HOUR }, (_, hour) =>
    [1, 2, 1_800].map((second) => ({ time: FROM + hour * HOUR + second, actual: hour === 0 ? 1 : 0 })),
  )
  expect((await harness.operator.post(`${path}/chart-data`, { readings: readings.flat() })).status).toBe(200)
  await annotate(harness, path, FROM + HOUR, null)
  const to = FROM + OPEN_SECONDS
  const span = (seconds: number) => `?from=${to - seconds}&to=${to}`
  const reads: [path: string, most: number][] = [
    [`/states${span(DAY_SECONDS)}`, rowsOfStops(DAY_SECONDS)],
    [`/stops${span(DAY_SECONDS)}`, rowsOfStops(DAY_SECONDS)],
    [`/stops`, rowsOfStops(7 * DAY_SECONDS)],
    [`/shifts${span(DAY_SECONDS)}`, rowsOfShifts(DAY_SECONDS)],
    [`/oee${span(DAY_SECONDS)}`, rowsOfShifts(DAY_SECONDS)],
  ]
  for (const [name, most] of reads) {
    const { status, rowsRead } = await usedBy(() => harness.viewer.get(path + name))
    expect([name, status]).toEqual([name, 200])
    expect(rowsRead, name).toBeGreaterThan(OPEN_SECONDS / HOUR)
    expect(rowsRead, name).toBeLessThanOrEqual(most)
  }
})
