import type { Api } from '../api/api.ts'
import { fromLocal, moveLocalDays, toLocal } from '../values/time-zone.ts'
import { computeHourRows } from './hour-rows.ts'
import { loadPeriodPoints } from './load-period.ts'
import type { RangeChart } from './load-factory.ts'

/** Returns the same local time a number of days earlier. */
const moveBack = (seconds: number, days: number, zone: string): number => fromLocal(moveLocalDays(toLocal(seconds, zone), -days), zone)!

/** Loads the production of the hours that are a number of days before those of a chart. An hour that clocks skip has none. */
export const loadGhost = async (api: Api, id: number, { period, series, zone }: RangeChart, days: number, signal: AbortSignal) => {
  const span = { from: moveBack(period!.from, days, zone), to: moveBack(period!.to, days, zone) }
  const points = await loadPeriodPoints(api, id, span, zone, signal)
  const rows = computeHourRows({ ...span, shift: undefined }, zone, { points, states: [], stops: [], latest: span.to })
  const made = new Map(rows.map((row) => [row.from, row.made]))
  return series.time.map((time) => made.get(moveBack(time, days, zone)) ?? null)
}
