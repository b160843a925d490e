import type { Stored } from './series-model.ts'
import { elapsedOf } from './shift-model.ts'
import type { ModelShift } from './shift-model.ts'
import type { ModelStop } from './stop-model.ts'

/** The reference model of OEE and of stops by reason, as the guides define them. */

/** The reasons of the organisation, which the test must send, by their category. */
export const CATEGORIES = { changeover: 'planned', jam: 'unplanned', idle: 'no-demand' } as const
type Code = keyof typeof CATEGORIES

const MEMBERS = { planned: 'planned_seconds', unplanned: 'unplanned_seconds', 'no-demand': 'no_demand_seconds' } as const

/** The stops of a factory, and the seconds without data of each shift. */
export interface ModelStops {
  stops: ModelStop[]
  noData: Map<ModelShift, number>
}

const codeOf = ({ annotation }: ModelStop) => (annotation ? (annotation.reason as Code) : null)
const sumOf = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)

/** Returns the seconds of shifts in which the machine stood still or sent no data. */
export const stopSecondsOf = (shifts: ModelShift[], { stops, noData }: ModelStops) => {
  const seconds = { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 }
  for (const shift of shifts) seconds.no_data_seconds += noData.get(shift) ?? 0
  for (const stop of stops.filter(({ shift }) => shifts.includes(shift))) {
    const code = codeOf(stop)
    seconds[code ? MEMBERS[CATEGORIES[code]] : 'unexplained_seconds'] += stop.planned_seconds
  }
  return seconds
}

/** Returns the scrap of readings, and the production of those that have it; null if none has. */
export const qualityOf = (readings: Stored[]) => {
  const inspected = readings.filter(({ scrap }) => scrap !== undefined)
  if (inspected.length === 0) return { scrap: null, inspected: null }
  return { scrap: sumOf(inspected.map(({ scrap }) => scrap!)), inspected: sumOf(inspected.map(({ actual }) => actual!)) }
}

/** Returns the members of OEE of some shifts together. */
export const oeeOf = (shifts: ModelShift[], all: Stored[], stops: ModelStops, idealPerHour: number | null) => {
  const newest = all.at(-1)?.time ?? -Infinity
  const readings = all.filter(({ time }) => shifts.some(({ from, to }) => from <= time && time < to))
  const known = readings.filter(({ actual }) => actual !== null)
  const actual = known.length === 0 ? null : sumOf(known.map((reading) => reading.actual!))
  const { scrap, inspected } = qualityOf(readings)
  const planned = sumOf(shifts.map((shift) => elapsedOf(shift, newest)))
  const seconds = stopSecondsOf(shifts, stops)
  const busy = planned - seconds.planned_seconds - seconds.no_demand_seconds - seconds.no_data_seconds
  const run = busy - seconds.unplanned_seconds - seconds.unexplained_seconds
  const availability = busy > 0 ? run / busy : null
  const performance = actual !== null && idealPerHour !== null && run > 0 ? actual / ((idealPerHour * run) / 3_600) : null
  const quality = scrap !== null && inspected > 0 ? (inspected - scrap) / inspected : null
  const oee = availability === null || performance === null || quality === null ? null : availability * performance * quality
  const factors = { availability, performance, quality, oee }
  return { planned_seconds: planned, run_seconds: run, stops: seconds, actual, scrap, inspected, factors }
}

/** Returns an OEE report of groups of shifts as the API shows it. */
export const oeeReportOf = (
  groups: ModelShift[][],
  all: Stored[],
  stops: ModelStops,
  { idealPerHour, isByDay }: { idealPerHour: number | null; isByDay: boolean },
) => {
  const inputsOf = (shifts: ModelShift[]) => {
    const { factors, ...inputs } = oeeOf(shifts, all, stops, idealPerHour)
    return { ...inputs, ...factors }
  }
  const items = groups.map((group) => ({
    date: group[0]!.date,
    name: isByDay ? null : group[0]!.name,
    from: group[0]!.from,
    to: group.at(-1)!.to,
    ...inputsOf(group),
  }))
  return { items, total: inputsOf(groups.flat()) }
}

/** Returns stops by reason as the API shows them: the reason with the most seconds first, then by code, then none. */
export const paretoOf = (stops: ModelStop[]) => {
  const all = sumOf(stops.map((stop) => stop.planned_seconds))
  const rows = [null, ...(Object.keys(CATEGORIES).toSorted() as Code[])].flatMap((code) => {
    const ofReason = stops.filter((stop) => codeOf(stop) === code)
    const seconds = sumOf(ofReason.map((stop) => stop.planned_seconds))
    return ofReason.length === 0 ? [] : [{ code, count: ofReason.length, seconds }]
  })
  const sorted = rows.toSorted((a, b) => b.seconds - a.seconds)
  return {
    seconds: all,
    reasons: sorted.map(({ code, count, seconds }, index) => ({
      reason: code,
      name: code,
      category: code && CATEGORIES[code],
      count,
      seconds,
      share: seconds / all,
      cumulative_share: sumOf(sorted.slice(0, index + 1).map((row) => row.seconds)) / all,
    })),
  }
}
