import { hasNextPage } from '../api/next-page.ts'
import type { ReadingApi } from '../api/reading-api.ts'
import { listHours } from './hour-rows.ts'
import type { PeriodPoint, Span } from './hour-rows.ts'

/** Maximum number of readings that a response holds. An hour has fewer, because each second has at most one. */
const MAX_READINGS = 5_000
const HOUR = 3_600

/** The figures of the board. */
const FIELDS = 'actual,goal,scrap'

/** Returns the part of a period between the first and the last full local hour. */
const findFullHours = (period: Span, zone: string): Span => {
  const hours = listHours(period, zone)
  const [first, last] = [hours[0]!, hours.at(-1)!]
  const isFull = ({ from, to }: Span) => to - from === HOUR
  return { from: isFull(first) ? first.from : first.to, to: isFull(last) ? last.to : last.from }
}

/**
 * Loads the readings of a period. If it has more than 5,000, its full hours are sums. An hour that a border cuts stays readings, because
 * its sum contains readings outside the period.
 */
export const loadPeriodPoints = async (
  api: ReadingApi,
  id: number,
  period: Span,
  zone: string,
  signal: AbortSignal,
): Promise<PeriodPoint[]> => {
  const read = async ({ from, to }: Span, query: { limit: number } | { resolution: 'hour' }) => {
    const { data, headers } = await api.client.get('/api/factory/{id}/chart-data', { id, from, to, fields: FIELDS, ...query }, { signal })
    const points = data.time.map((time, n) => ({
      time,
      actual: data.sprocket_production_actual![n]!,
      goal: data.sprocket_production_goal![n]!,
      scrap: data.sprocket_production_scrap?.[n] ?? null,
      readings: data.readings?.[n] ?? 1,
    }))
    return { points, isCut: hasNextPage(headers) }
  }
  const { points, isCut } = await read(period, { limit: MAX_READINGS })
  if (!isCut) return points
  const full = findFullHours(period, zone)
  const others = await Promise.all([
    ...(full.from < full.to ? [read(full, { resolution: 'hour' })] : []),
    ...(full.to < period.to ? [read({ from: full.to, to: period.to }, { limit: MAX_READINGS })] : []),
  ])
  return [...points.filter(({ time }) => time < full.from), ...others.flatMap((other) => other.points)]
}
