import type { Page } from 'playwright-core'
import type { Reads } from '../../src/client/operations.ts'

// Summaries of any number of factories in every state, for pages that show them. The server does not have to store them.

type OrganisationSummary = Reads['/api/summary']
type Row = OrganisationSummary['factories'][number]
type Summary = Reads['/api/factory/{id}/summary']

const HOUR = 3600

const totalOf = (from: number, to: number, actual: number, goal: number, readings: number) => ({
  from,
  to,
  actual,
  goal,
  gap: actual - goal,
  attainment: actual / goal,
  readings,
  goal_readings: readings,
})

/** Builds the row of a factory. Five in a row have the five states. */
const buildRow = (id: number, now: number): Row => {
  const age = id % 5 === 3 ? 30 * HOUR : 30
  const actual = id % 5 === 1 ? 8_480 + (id % 7) : 10_100 + (id % 7)
  const time = now - age
  return {
    id,
    name: `Plant ${id + 1}`,
    latest: { time, actual: id % 5 === 2 ? 0 : 7, goal: 7 },
    last_day: totalOf(time - 86_399, time + 1, actual, 10_000, 1_440),
    shift: id % 5 === 4 ? null : { date: '2026-01-02', name: 'Early', attainment: actual / 10_000 },
  }
}

const buildSummary = (row: Row, now: number): Summary => {
  const start = now - (now % HOUR) - 24 * HOUR
  const hours = Array.from({ length: 25 }, (_, n) => {
    const share = n === 24 ? 0.5 : 1
    return totalOf(start + n * HOUR, start + (n + 1) * HOUR, Math.round(400 * share) + (n % 5), 410 * share, 60 * share)
  })
  const { last_day } = row
  const stops = { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 }
  const figures = { target: 12_000, expected: 9_876, forecast: 11_234, scrap: null, good: null, stops, oee: null, planned_seconds: 28_800 }
  const shift = row.shift && { ...last_day, ...row.shift, ...figures, from: now - HOUR, to: now + HOUR }
  return { id: row.id, name: row.name, latest: row.latest, window: last_day, last_hour: last_day, last_day, hours, shift } as Summary
}

/** The hours of the last two days of every factory, in UTC. Each has ten sprockets, the hours of yesterday eleven. */
const buildWeek = (now: number) => {
  const midnight = now - (now % (24 * HOUR))
  const time = Array.from({ length: Math.floor((now - midnight) / HOUR) + 25 }, (_, n) => midnight + (n - 24) * HOUR)
  const made = time.map((start) => (start < midnight ? 11 : 10))
  const readings = time.map(() => 60)
  return { sprocket_production_actual: made, sprocket_production_goal: made, time, readings, goal_readings: readings }
}

/** Answers the requests for summaries with those of this many factories. `change` changes the rows of each answer. */
export const routeSummaries = async (page: Page, count: number, change: (rows: Row[]) => Row[] = (rows) => rows): Promise<void> => {
  const now = Math.floor(Date.now() / 1000)
  const rows = () => change(Array.from({ length: count }, (_, id) => buildRow(id, now)))
  await page.route('**/api/summary', (route) => {
    const factories = rows()
    return route.fulfill({ json: { organisation: 'demo', factories, total: factories[0]?.last_day } })
  })
  await page.route('**/chart-data?*last=week*', (route) => route.fulfill({ json: buildWeek(now) }))
  await page.route(/\/api\/factory\/\d+\/profile$/, (route) => route.fulfill({ json: { time_zone: 'UTC' } }))
  await page.route(/\/api\/factory\/\d+\/summary$/, (route) => {
    const id = Number(/factory\/(\d+)/.exec(route.request().url())![1])
    return route.fulfill({
      json: buildSummary(
        rows().find((row) => row.id === id)!,
        now,
      ),
    })
  })
}
