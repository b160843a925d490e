import { UNNAMED } from '../schedule/stored-schedule.ts'
import { sumByReason } from '../stops/pareto.ts'
import type { Reasons } from '../stops/reasons.ts'
import type { Stop } from '../stops/stop.ts'
import type { ListFormat } from './csv.ts'
import { renderStopsCsv } from './production-csv.ts'

/** Returns a stop as the API shows it. */
export const toStopJson = ({ from, to, planned_seconds, isOpen, annotation, shift: { date, name } }: Stop) => ({
  from,
  to: isOpen ? null : to,
  seconds: to - from,
  planned_seconds,
  reason: annotation?.reason ?? null,
  annotation: annotation?.id ?? null,
  note: annotation?.note ?? null,
  shift: name === UNNAMED ? null : { date, name },
})

/** Renders a page of stops. */
export const renderStops = (page: readonly Stop[], format: ListFormat): string => {
  const stops = page.map(toStopJson)
  return format === 'csv' ? renderStopsCsv(stops) : JSON.stringify({ stops })
}

/** Renders stops by reason, with the share of each in all stops and the share up to it. */
export const renderPareto = (stops: Iterable<Stop>, reasons: Reasons): string => {
  const totals = sumByReason(stops, reasons)
  const all = totals.reduce((sum, { seconds }) => sum + seconds, 0)
  let cumulated = 0
  const rows = totals.map(({ reason, count, seconds }) => {
    cumulated += seconds
    return {
      reason: reason?.code ?? null,
      name: reason?.name ?? null,
      category: reason?.category ?? null,
      count,
      seconds,
      share: seconds / all,
      cumulative_share: cumulated / all,
    }
  })
  return JSON.stringify({ seconds: all, reasons: rows })
}
