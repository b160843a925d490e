import { expect, test } from 'vitest'
import { computeHourRows } from '../../../../src/dashboard/factory/hour-rows.ts'
import { loadPeriodPoints } from '../../../../src/dashboard/factory/load-period.ts'
import { createFakeApi } from './fake-api.ts'

// Promise: the board adds up every reading of a shift once, also if the shift has more readings than a response holds.

const at = (hour: number) => Date.UTC(2026, 3, 7, 0) / 1000 + hour * 3600

/** Creates the API of a factory with one reading of 1 made in each step of seconds, from 04:00 to 20:00. */
const createApi = (step: number) =>
  createFakeApi({
    '/api/factory/{id}/chart-data': ({ from, to, limit, resolution }) => {
      const size = resolution === 'hour' ? 3600 : step
      const first = Math.ceil(Math.max(Number(from), at(4)) / size) * size
      const all = Array.from({ length: Math.ceil((Math.min(Number(to), at(20)) - first) / size) }, (_, n) => first + n * size)
      const time = all.slice(0, Number(limit ?? 5_000))
      const made = time.map(() => size / step)
      const columns = { time, sprocket_production_actual: made, sprocket_production_goal: made }
      return {
        data: resolution === 'hour' ? { ...columns, readings: made } : columns,
        headers: time.length < all.length ? { Link: '</api>; rel="next"' } : {},
      }
    },
  })

test.each([
  ['few readings', 6.5, 14.5, 60, 1],
  ['many readings and cut hours', 6.5, 14.5, 5, 3],
  ['many readings and full hours', 6, 14, 5, 2],
  ['many readings and a cut first hour', 6.5, 14, 5, 2],
  ['many readings and a cut last hour', 6, 14.25, 5, 3],
  ['many readings and no full hour', 6.1, 7.9, 1, 2],
])('loadPeriodPoints has every reading of a shift with %s', async (_, start, end, step, requests) => {
  const { api, queriesOf } = createApi(step)
  const period = { from: at(start), to: at(end) }
  const points = await loadPeriodPoints(api, 3, period, 'UTC', new AbortController().signal)
  const rows = computeHourRows({ ...period, shift: undefined }, 'UTC', { points, states: [], stops: [], latest: at(20) })
  expect(rows.map(({ made }) => made)).toEqual(rows.map(({ from, to }) => (to - from) / step))
  expect(rows.every(({ missing }) => missing === undefined)).toBe(true)
  expect(queriesOf('/api/factory/{id}/chart-data')).toHaveLength(requests)
})
