import { expect, test } from 'vitest'
import { ApiError } from '../../../../src/client/client.ts'
import { loadFactoryBase } from '../../../../src/dashboard/factory/load-base.ts'
import { createFactoryLoader } from '../../../../src/dashboard/factory/load-factory.ts'
import type { Stop } from '../../../../src/dashboard/factory/hour-rows.ts'
import type { Range } from '../../../../src/dashboard/page/view-url.ts'
import { sumKnown } from '../../../../src/dashboard/values/sum-known.ts'
import { createFakeApi } from './fake-api.ts'
import type { Answers } from './fake-api.ts'

// Promise: the page of a factory requests only the data that it shows, and requests it again only after a change.

const DAY = 86_400
const at = (hour: number) => Date.UTC(2026, 3, 7, 0) / 1000 + hour * 3600
const SUMMARY = { data: { latest: { time: at(11), actual: 3, goal: 3 }, last_day: {}, shift: null } }
const PROFILE = { data: { time_zone: 'UTC' } }
const SHIFTS = { data: { shifts: [] } }
const SERIES = { data: { time: [at(1)], sprocket_production_actual: [3], sprocket_production_goal: [3] } }

/** The responses for a factory with a schedule. */
const ANSWERS: Answers = {
  '/api/factory/{id}/summary': () => SUMMARY,
  '/api/factory/{id}/profile': () => PROFILE,
  '/api/factory/{id}/shifts': () => SHIFTS,
  '/api/factory/{id}/chart-data': () => SERIES,
  '/api/factory/{id}/oee': () => ({ data: { total: { oee: 0.8 } } }),
  '/api/factory/{id}/stops/pareto': () => ({ data: { seconds: 0, reasons: [] } }),
  '/api/factory/{id}/states': () => ({ data: { states: [] } }),
  '/api/factory/{id}/stops': () => ({ data: { stops: [] } }),
  '/api/stop-reasons': () => ({ data: { reasons: [] } }),
}

/** Creates the loader of a factory that shows a range. */
const createLoader = (answers: Answers = {}) => {
  const { api, queriesOf } = createFakeApi({ ...ANSWERS, ...answers })
  const loadFactory = createFactoryLoader(api, 3, loadFactoryBase(api, 3))
  return { load: (range: Range) => loadFactory(range, new AbortController().signal, () => {}), queriesOf }
}

test.each([
  ['a day', DAY],
  ['11 days', 11 * DAY],
])('createFactoryLoader reads %s once while nothing changes', async (_, seconds) => {
  const { load, queriesOf } = createLoader()
  const range = { from: at(0), to: at(0) + seconds }
  const first = await load(range)
  expect((await load(range)).chart).toBe(first.chart)
  expect(queriesOf('/api/factory/{id}/chart-data')).toHaveLength(1)
})

test('createFactoryLoader asks for OEE by day, because a long range may have more shifts than a response', async () => {
  const { load, queriesOf } = createLoader()
  expect((await load({ from: at(0), to: at(0) + 60 * DAY })).oee).toEqual({ oee: 0.8 })
  expect(queriesOf('/api/factory/{id}/oee')).toMatchObject([{ resolution: 'day' }])
})

test('createFactoryLoader leaves out the analysis that the API refuses, and fails for any other error', async () => {
  const fail = (status: number) => () => {
    throw new ApiError(new Response(null, { status }), { detail: 'More than 100,000 changes of state.' })
  }
  const loadWith = (status: number) =>
    createLoader({ '/api/factory/{id}/oee': fail(status), '/api/factory/{id}/stops/pareto': fail(status) }).load({ last: 'month' })
  expect(await loadWith(400)).toMatchObject({ oee: undefined, pareto: undefined, chart: { series: SERIES.data } })
  await expect(loadWith(503)).rejects.toThrow('More than')
})

test('createFactoryLoader has the stops of the night shift in which a day begins, from all pages', async () => {
  const stop = (from: number, to: number | null) => ({ from: at(from), to: to && at(to), seconds: 3600 * ((to ?? 11) - from) }) as Stop
  const [early, across, late, open] = [stop(-1.5, -1), stop(-0.5, 0.5), stop(8, 9), stop(10, null)]
  const { load, queriesOf } = createLoader({
    '/api/factory/{id}/shifts': () => ({ data: { shifts: [{ from: at(-2), to: at(6), target: null }] } }),
    '/api/factory/{id}/stops': ({ to }) =>
      to === at(24) ? { data: { stops: [open, late] }, headers: { Link: '</?to=8>; rel="next"' } } : { data: { stops: [across, early] } },
  })
  const { stops, rows } = await load({ from: at(0), to: at(24) })
  expect(stops).toEqual([open, late, across])
  expect(rows![0]!.stops).toEqual([{ stop: across, seconds: 1_800 }])
  expect(queriesOf('/api/factory/{id}/stops')[0]).toMatchObject({ from: at(-2), to: at(24) })
})

test('createFactoryLoader keeps the exact plan of each hour, so that the hours add up to the target of the shift', async () => {
  const shift = { from: at(6), to: at(12), target: 1_000, planned_seconds: 6 * 3_600 }
  const { load } = createLoader({
    '/api/factory/{id}/summary': () => ({ data: { ...SUMMARY.data, latest: { time: at(12), actual: 3, goal: 3 } } }),
    '/api/factory/{id}/shifts': () => ({ data: { shifts: [shift] } }),
  })
  const { chart } = await load({ from: at(6), to: at(12) })
  expect(Math.round(sumKnown(chart.series.sprocket_production_goal)!)).toBe(1_000)
})
