import { ApiError } from '../../client/client.ts'
import type { Reads } from '../../client/operations.ts'
import type { ReadingApi } from '../api/reading-api.ts'
import type { Range } from '../page/view-url.ts'
import type { Period } from './period.ts'

export type Oee = Reads['/api/factory/{id}/oee']['total']
export type Pareto = Reads['/api/factory/{id}/stops/pareto']

/** OEE and the stops by reason of a range; undefined for a range that is too long or has too many stops. */
export interface Analysis {
  oee: Oee | undefined
  pareto: Pareto | undefined
}

const DAY = 86_400
/** Maximum number of days of a range of shifts and stops. */
const MAX_DAYS = 66
const DAYS: Partial<Record<string, number>> = { week: 7, month: 30 }

/** Returns the span of time of a range that ends with the newest reading or is a period; undefined if it is unknown or too long. */
const findSpan = (range: Range, period: Period | undefined, latest: number) => {
  if (period) return { from: period.from, to: period.to }
  if ('from' in range) return range.to - range.from <= MAX_DAYS * DAY ? range : undefined
  const days = DAYS[range.last ?? '']
  return days === undefined ? undefined : { from: latest + 1 - days * DAY, to: latest + 1 }
}

/** Returns undefined if the API refuses the range, which leaves out a part of the page. */
const ignoreRefusal = (error: unknown): undefined => {
  if (!(error instanceof ApiError) || error.status !== 400) throw error
}

/**
 * Loads OEE and the stops by reason. Without a schedule, OEE covers the local days that begin in the range. The total of days is that of
 * their shifts, and there are fewer days than a response may have items.
 */
export const loadAnalysis = async (
  api: ReadingApi,
  { id, range, period, latest }: { id: number; range: Range; period: Period | undefined; latest: number },
  signal: AbortSignal,
): Promise<Analysis> => {
  const span = findSpan(range, period, latest)
  if (!span) return { oee: undefined, pareto: undefined }
  const query = { id, from: span.from, to: span.to }
  const [oee, pareto] = await Promise.all([
    api.client.get('/api/factory/{id}/oee', { ...query, resolution: 'day' }, { signal }).catch(ignoreRefusal),
    api.client.get('/api/factory/{id}/stops/pareto', query, { signal }).catch(ignoreRefusal),
  ])
  return { oee: oee?.data.total, pareto: pareto?.data }
}
