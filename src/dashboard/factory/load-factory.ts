import { ApiError } from '../../client/client.ts'
import type { Reads } from '../../client/operations.ts'
import { LIMITS } from '../../schemas/limits.ts'
import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import type { Resolution } from '../../schemas/resolutions.ts'
import { mayManageCatalogues } from '../api/key-access.ts'
import type { ReadingApi } from '../api/reading-api.ts'
import type { ChartData } from '../chart/chart-summary.ts'
import { hasNextPage } from '../api/next-page.ts'
import type { Range } from '../page/view-url.ts'
import { computeHourRows } from './hour-rows.ts'
import type { HourRow, State, Stop } from './hour-rows.ts'
import { loadAnalysis } from './load-analysis.ts'
import type { Analysis } from './load-analysis.ts'
import { loadFactoryBase } from './load-base.ts'
import type { FactoryBase } from './load-base.ts'
import { loadPeriodPoints } from './load-period.ts'
import { findPeriod } from './period.ts'
import type { Calendar, Period, Shift } from './period.ts'

export type Summary = FactoryBase['summary']
export type Profile = FactoryBase['profile']
export type Reason = Reads['/api/stop-reasons']['reasons'][number]

/** The content of the chart, and its range. A period has its hours; the last one is drawn up to the newest reading. */
export type RangeChart = ChartData & { range: Range; period: Period | undefined; rows?: HourRow[]; until: number }

/** The data of a range. An unchanged range keeps its object, so sections compare parts by identity. */
interface RangeData extends Analysis {
  period: Period | undefined
  chart: RangeChart
  /** The hours, the states and the stops of a period; undefined for another range. */
  rows: HourRow[] | undefined
  states: State[] | undefined
  stops: Stop[] | undefined
  reasons: Reason[]
}

/** The data of the page of a factory. */
export interface FactoryData extends FactoryBase, RangeData {
  zone: string
  calendar: Calendar
  /** The role of the key; a viewer without a key. */
  role: Role
  mayClassify: boolean
  mayEditReasons: boolean
}

/** Maximum number of points of a chart: about the number that a screen can resolve. */
const MAX_POINTS = 2_000
/** Shifts are read this many days before and after a range, so that its neighbours are known, also over a holiday. */
const NEIGHBOUR_SECONDS = 10 * 86_400
/** The shifts of a range that is too long to be a period. It is one object, because an unchanged range has the same shifts. */
const NO_SHIFTS: Shift[] = []

/** True if the factory does not exist, or if the key may not read it. */
export const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.status === 404

/** Converts a range that is no period to query parameters. */
const toQuery = (range: Range) => {
  if ('from' in range) return { from: range.from, to: range.to, points: MAX_POINTS }
  return range.last === 'newest' ? {} : { last: range.last }
}

/** Converts the hours of a period to the content of the chart. Hours that have not begun have no point. */
const toPeriodChart = (range: Range, period: Period, rows: HourRow[], { zone, latest }: Calendar): RangeChart => {
  const known = rows.filter(({ isFuture }) => !isFuture)
  const series = {
    time: known.map(({ from }) => from),
    sprocket_production_actual: known.map(({ made }) => made),
    sprocket_production_goal: known.map(({ due }) => due),
  }
  return { range, period, rows, until: latest + 1, series, resolution: 'hour', zone, isSample: false, isCut: false }
}

/**
 * Creates a function that loads the data of a factory over a range. It reads the range again if the summary or the data has changed.
 * @param first the data that the first call uses
 */
export const createFactoryLoader = (api: ReadingApi, id: number, first: ReturnType<typeof loadFactoryBase>) => {
  let started: typeof first | undefined = first
  let loaded: { range: Range; key: unknown[]; data: RangeData } | undefined

  const loadShifts = async (range: Range, summary: Summary, signal: AbortSignal): Promise<Shift[] | undefined> => {
    if (!('shift' in summary)) return undefined
    const around = 'from' in range ? { from: range.from - NEIGHBOUR_SECONDS, to: range.to + NEIGHBOUR_SECONDS } : { last: 'week' }
    if ('from' in range && range.to - range.from > NEIGHBOUR_SECONDS) return NO_SHIFTS
    return (await api.client.get('/api/factory/{id}/shifts', { id, ...around }, { signal })).data.shifts
  }

  const loadChart = async (range: Range, { zone }: Calendar, signal: AbortSignal): Promise<RangeChart> => {
    const { data: series, headers } = await api.client.get('/api/factory/{id}/chart-data', { id, ...toQuery(range) }, { signal })
    const resolution = (headers.get('X-Resolution') as Resolution | null) ?? 'raw'
    const isSample = resolution === 'raw' && 'from' in range && series.time.length >= MAX_POINTS
    const isCut = 'from' in range && hasNextPage(headers)
    return { range, period: undefined, until: Infinity, series, resolution, zone, isSample, isCut }
  }

  /** Loads the stops with a part in a period, newest first. The API lists those that begin in a range, and ends each with its shift. */
  const loadStops = async (period: Period, { shifts = [] }: Calendar, signal: AbortSignal): Promise<Stop[]> => {
    const begun = shifts.find(({ from, to }) => from < period.from && to > period.from)
    const query = { id, from: begun?.from ?? period.from, to: period.to, limit: LIMITS.stops }
    const stops: Stop[] = []
    for await (const page of api.client.pages('/api/factory/{id}/stops', query, { signal })) stops.push(...page.stops)
    return stops.filter(({ from, seconds }) => from + seconds > period.from)
  }

  const loadRange = async (range: Range, calendar: Calendar, summary: Summary, signal: AbortSignal): Promise<RangeData> => {
    const period = findPeriod(range, calendar)
    const request = { id, range, period, latest: calendar.latest }
    if (!period) {
      const [chart, analysis] = await Promise.all([loadChart(range, calendar, signal), loadAnalysis(api, request, signal)])
      return { ...analysis, period, chart, rows: undefined, states: undefined, stops: undefined, reasons: [] }
    }
    const span = { id, from: period.from, to: period.to }
    const [analysis, points, states, stops, reasons] = await Promise.all([
      loadAnalysis(api, request, signal),
      loadPeriodPoints(api, id, period, calendar.zone, signal),
      api.client.get('/api/factory/{id}/states', span, { signal }),
      loadStops(period, calendar, signal),
      api.client.get('/api/stop-reasons', {}, { signal }),
    ])
    const data = { points, states: states.data.states, stops, latest: summary.latest?.time }
    const rows = computeHourRows(period, calendar.zone, data)
    const chart = toPeriodChart(range, period, rows, calendar)
    return { ...analysis, period, chart, rows, states: data.states, stops, reasons: reasons.data.reasons }
  }

  /** @param showBase called with the data that does not depend on the range, before the rest is loaded */
  return async (range: Range, signal: AbortSignal, showBase: (base: FactoryBase) => void): Promise<FactoryData> => {
    const { client } = api
    const loading = started ?? loadFactoryBase(api, id, signal)
    started = undefined
    const { access, base } = await loading
    const { summary, profile } = base
    if (!signal.aborted) showBase(base)
    const zone = profile.time_zone
    const shifts = await loadShifts(range, summary, signal)
    const latest = summary.latest?.time ?? Math.floor(Date.now() / 1000)
    const calendar = { zone, latest, shifts, current: summary.shift ?? undefined }
    const key = [range, summary, profile, shifts, client.bookmark]
    const isSame = loaded && key.every((part, n) => part === loaded!.key[n])
    if (!isSame) loaded = { range, key, data: await loadRange(range, calendar, summary, signal) }
    const { role } = access
    const permissions = { role, mayClassify: isAtLeast(role, 'operator'), mayEditReasons: mayManageCatalogues(access) }
    return { summary, profile, zone, calendar, ...permissions, ...loaded!.data }
  }
}
