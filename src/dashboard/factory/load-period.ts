import type { ReadingApi } from '../api/reading-api.ts'
import { hasNextPage } from '../api/next-page.ts'
import type { PeriodSeries } from './hour-rows.ts'

/** Maximum number of readings that a response holds. */
const MAX_READINGS = 5_000

/** The figures of the board. */
const FIELDS = 'actual,goal,scrap'

/** Loads the readings of a period, or the sums of its hours if it has more than 5,000 readings. */
export const loadPeriodSeries = async (
  api: ReadingApi,
  span: { id: number; from: number; to: number },
  signal: AbortSignal,
): Promise<PeriodSeries> => {
  const read = (query: Record<string, string | number>) =>
    api.client.get('/api/factory/{id}/chart-data', { ...span, fields: FIELDS, ...query }, { signal })
  const single = await read({ limit: MAX_READINGS })
  const { data } = hasNextPage(single.headers) ? await read({ resolution: 'hour' }) : single
  return {
    time: data.time,
    actual: data.sprocket_production_actual,
    goal: data.sprocket_production_goal,
    scrap: data.sprocket_production_scrap ?? data.time.map(() => null),
    readings: data.readings,
  }
}
