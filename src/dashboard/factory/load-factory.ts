import { ApiError } from '../../client/client.ts'
import type { Reads } from '../../client/operations.ts'
import type { Resolution } from '../../schemas/resolutions.ts'
import type { Api } from '../api.ts'
import type { ChartData } from '../chart-summary.ts'
import type { Series } from '../series.ts'
import type { Range } from '../view-url.ts'

export type Summary = Reads['/api/factory/{id}/summary']
export type Profile = Reads['/api/factory/{id}/profile']

/** The data of the page of a factory. An unchanged part is the same object as before, so sections compare parts by identity. */
export interface FactoryData {
  summary: Summary
  profile: Profile
  /** The content of the chart, and its range. */
  chart: ChartData & { range: Range }
}

/** Maximum number of points of a chart: about the number that a screen can resolve. */
const MAX_POINTS = 2_000

/** Converts a range to query parameters. */
const toQuery = (range: Range) =>
  'from' in range ? { from: range.from, to: range.to, points: MAX_POINTS } : range.last === undefined ? {} : { last: range.last }

/** Converts a response to the content of the chart. */
const toChartData = (range: Range, series: Series, headers: Headers, zone: string, { last_day }: Summary): FactoryData['chart'] => {
  const resolution = (headers.get('X-Resolution') as Resolution | null) ?? 'raw'
  const isDay = 'last' in range && range.last === 'day'
  const isSample =
    resolution === 'raw' && ('from' in range ? series.time.length >= MAX_POINTS : isDay && last_day.readings > series.time.length)
  const isCut = 'from' in range && /rel="next"/.test(headers.get('Link') ?? '')
  return { range, series, resolution, zone, isSample, isCut, total: isSample && isDay ? last_day : undefined }
}

/** True if the factory does not exist, or if the key may not read it. */
export const isAbsent = (error: unknown): boolean => error instanceof ApiError && error.status === 404

/** Creates a function that loads the data of a factory over a range. */
export const createFactoryLoader = (api: Api, id: number) => {
  let loaded: FactoryData | undefined
  return async (range: Range, signal: AbortSignal): Promise<FactoryData> => {
    const [summary, profile, data] = await Promise.all([
      api.client.get('/api/factory/{id}/summary', { id }, { signal }),
      api.client.get('/api/factory/{id}/profile', { id }, { signal }),
      api.client.get('/api/factory/{id}/chart-data', { id, ...toQuery(range) }, { signal }),
    ])
    const zone = profile.data.time_zone
    const isSame = !data.changed && loaded?.chart.zone === zone && loaded.chart.range === range
    const chart = isSame ? loaded!.chart : toChartData(range, data.data, data.headers, zone, summary.data)
    loaded = { summary: summary.data, profile: profile.data, chart }
    return loaded
  }
}
