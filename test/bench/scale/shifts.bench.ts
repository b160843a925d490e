import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { expect, test } from 'vitest'
import { rebuildDays } from '../../../src/local-time/days.ts'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { copyChunks } from '../../support/copied-chunks.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { addFactory, measure, table } from './measure.ts'
import type { Line } from './measure.ts'

// Measures how the cost of shifts, stops and OEE depends on the number of readings, and on the borders of shifts.

const HOUR = 3_600

/** Sends the readings of an hour with a stop of ten minutes, and copies its chunk into the hours before. */
const fill = async (harness: Harness, id: number, readings: number, perHour: number) => {
  const start = Math.floor(harness.clock.now() / 1_000 / HOUR) * HOUR - 48 * HOUR
  const step = HOUR / perHour
  const hour = Array.from({ length: perHour }, (_, n) => ({ time: start + n * step, actual: n * step < 600 ? 0 : 3, goal: 3, scrap: 0 }))
  expect((await harness.operator.post(`/api/factory/${id}/chart-data`, { readings: hour })).status).toBe(200)
  const series = `(select series_pk from factories where organisation_pk = 1 and id = ${id})`
  await env.DB.prepare(copyChunks(Math.ceil(readings / perHour) - 1, -HOUR, `series_pk = ${series} and start = ${start}`)).run()
  const factory = sql`(select series_pk, time_zone from factories where organisation_pk = 1 and id = ${id})`
  for (const statement of rebuildDays(drizzle(env.DB), factory)) await (statement as unknown as Promise<unknown>)
}

/** Returns a schedule of three shifts a day that start at a minute of their hour. */
const scheduleAt = (minute: string) => {
  const starts = ['06', '14', '22'].map((hour) => `${hour}:${minute}`)
  const shifts = starts.map((start, index) => ({ name: start, days: [...WEEKDAYS], start, end: starts[(index + 1) % 3]! }))
  return { versions: [{ valid_from: '2000-01-01', shifts }], exceptions: [] }
}

const VIEWS = [
  '/summary',
  '/shifts?last=day',
  '/shifts?last=week',
  '/shifts?last=month',
  '/stops',
  '/stops/pareto',
  '/oee?last=month',
  '/chart-data?resolution=shift',
]

/** Returns the rows read by each view, and prints all that is measured. */
const measureViews = async (title: string, readings: number, perHour: number, minute: string): Promise<Map<string, number>> => {
  const harness = await createHarness()
  const id = await addFactory(harness)
  await fill(harness, id, readings, perHour)
  expect((await harness.engineer.put(`/api/factory/${id}/schedule`, scheduleAt(minute))).status).toBe(200)
  await harness.drain()
  const lines: Line[] = []
  for (const view of VIEWS)
    lines.push(await measure(harness, `GET …${view} from D1`, (here) => here.viewer.get(`/api/factory/${id}${view}`), true))
  lines.push(await measure(harness, 'GET /api/stops/pareto', (here) => here.viewer.get('/api/stops/pareto'), true))
  console.log(table(title, lines))
  return new Map(lines.map(({ label, rowsRead }) => [label, rowsRead]))
}

test('the cost of shifts and stops does not depend on the length of the series', async () => {
  const few = await measureViews('100,000 readings, one a minute, shifts at full hours', 100_000, 60, '00')
  const many = await measureViews('5,000,000 readings, one a minute, shifts at full hours', 5_000_000, 60, '00')
  for (const [label, rows] of few) expect(many.get(label), label).toBeLessThanOrEqual(1.2 * rows)
})

test('the cost of shifts and stops hardly depends on the step between readings, or on the borders of shifts', async () => {
  const minutes = await measureViews('100,000 readings, one a minute, shifts within a quarter', 100_000, 60, '10')
  const seconds = await measureViews('5,000,000 readings, one a second, shifts at full hours', 5_000_000, 3_600, '00')
  const split = await measureViews('5,000,000 readings, one a second, shifts within a quarter', 5_000_000, 3_600, '10')
  for (const [label, rows] of seconds) {
    expect(rows, label).toBeLessThanOrEqual(1.2 * minutes.get(label)!)
    expect(split.get(label), label).toBeLessThanOrEqual(2.2 * rows)
  }
})
