import { invalidQueryParam } from '../errors.ts'
import { chartQuery } from '../documents/chart.ts'
import type { Format } from '../documents/chart-format.ts'
import { LIST_FORMAT } from '../documents/csv.ts'
import type { ListFormat } from '../documents/csv.ts'
import { oneOf } from '../documents/query-params.ts'
import { DAY_SECONDS, MAX_TIME, MIN_TIME } from '../local-time/time-zones.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { CHART_READINGS } from '../queries/chart-columns.ts'
import { MAX_RANGE_POINTS } from '../queries/ranges.ts'
import type { PresetRange } from '../queries/ranges.ts'
import { CHART_RESOLUTIONS } from '../schemas/resolutions.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { parseInstant, SEND_INSTANT } from '../schemas/timestamp.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { chooseMediaType } from './media-types.ts'
import { parseParam } from './query-params.ts'

/** Requested bounds of a series, in Unix seconds. */
interface RequestedSpan {
  from: number | undefined
  to: number | undefined
}

/** The requested range of a series. */
export interface RequestedRange extends RequestedSpan {
  limit: number
  resolution: Resolution
  points: number | undefined
}

/** The requested range of the sums of shifts. */
export interface RequestedShifts extends RequestedSpan {
  limit: number
  resolution: 'shift'
}

/** Parses a bound as Unix seconds. A fraction rounds up, so that `[from, to)` contains the same whole seconds. */
const parseBound = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^-?\d+$/.test(text)) {
    const detail = describeWrongUnit(Number(text))
    if (detail !== undefined || !Number.isSafeInteger(Number(text))) throw invalidQueryParam(name, detail ?? SEND_INSTANT)
    return Number(text)
  }
  // A query turns the plus sign of an offset into a space.
  const instant = parseInstant(text.trim().replace(/ (?=\d\d:\d\d$)/, '+'))
  if (!instant) throw invalidQueryParam(name, SEND_INSTANT)
  return instant.seconds + (instant.isWhole ? 0 : 1)
}

/** Parses a query parameter as a whole number between two bounds; undefined if it is absent. */
export const parseInteger = (name: string, text: string | undefined, min: number, max: number): number | undefined => {
  if (text === undefined) return undefined
  if (!/^(0|[1-9]\d{0,8})$/.test(text) || Number(text) < min || Number(text) > max)
    throw invalidQueryParam(name, `Invalid value. Send a whole number from ${min} to ${formatNumber(max)}.`)
  return Number(text)
}

/** True if Accept prefers CSV to JSON. */
export const prefersCsv = (accepted: string | null | undefined): boolean =>
  chooseMediaType(accepted, ['application/json', 'text/csv']) === 'text/csv'

/** Returns the format of a chart: the query parameter, else the preference of Accept, else JSON in columns. */
export const parseFormat = (c: AppContext): Format => {
  const named = parseParam(c, 'format', chartQuery.format)
  return named ?? (prefersCsv(c.req.header('Accept')) ? 'csv' : 'columns')
}

/** Returns the format of a list: the query parameter, else the preference of Accept, else JSON. */
export const parseListFormat = (c: AppContext): ListFormat =>
  parseParam(c, 'format', LIST_FORMAT) ?? (prefersCsv(c.req.header('Accept')) ? 'csv' : 'json')

/** Parses the query parameters `from` and `to` as Unix seconds. */
export const parseSpan = (c: AppContext): RequestedSpan => {
  const { from, to } = c.req.query()
  const span = { from: parseBound('from', from), to: parseBound('to', to) }
  if (span.from !== undefined && span.to !== undefined && span.from >= span.to)
    throw invalidQueryParam('to', 'Empty range. Send a `to` after `from`.')
  return span
}

/** Parses `from` and `to` as a range of at most `maxDays` days; undefined if both are absent. */
export const parseDays = (c: AppContext, maxDays: number = LIMITS.shiftDays): { from: number; to: number } | undefined => {
  const { from, to } = parseSpan(c)
  if (from === undefined && to === undefined) return undefined
  if (from === undefined) throw invalidQueryParam('from', 'Missing. Send `from` and `to`.')
  if (to === undefined) throw invalidQueryParam('to', 'Missing. Send `from` and `to`.')
  if (to - from > maxDays * DAY_SECONDS) throw invalidQueryParam('to', `Range too long. Send a range of at most ${maxDays} days.`)
  return { from, to }
}

/** Parses the query parameter `last`, a preset range. It can be combined only with `format` and `fields`. */
export const parseLast = (c: AppContext): PresetRange | undefined => {
  const query = c.req.query()
  const preset = parseParam(c, 'last', chartQuery.last)
  const other = RANGE_NAMES.find((name) => name in query)
  if (preset !== undefined && other !== undefined) throw invalidQueryParam(other, 'Cannot be combined with `last`. Omit one of them.')
  return preset
}

const RESOLUTION = oneOf(CHART_RESOLUTIONS)
const RANGE_NAMES = ['from', 'to', 'limit', 'resolution', 'points'] as const

/** Parses the query parameters of a range; undefined if there are none. */
export const parseRange = (c: AppContext): RequestedRange | RequestedShifts | undefined => {
  const query = c.req.query()
  if (!RANGE_NAMES.some((name) => name in query)) return undefined
  if ('points' in query && 'limit' in query) throw invalidQueryParam('limit', 'Cannot be combined with `points`. Omit `limit`.')
  const span = { ...parseSpan(c), limit: parseInteger('limit', query['limit'], 1, MAX_RANGE_POINTS) ?? CHART_READINGS }
  const resolution = parseParam(c, 'resolution', RESOLUTION) ?? 'raw'
  const points = parseInteger('points', query['points'], 3, LIMITS.points)
  if (resolution !== 'shift') return { ...span, resolution, points }
  if (points !== undefined) throw invalidQueryParam('points', 'Cannot be combined with `resolution=shift`. Omit one of them.')
  return { ...span, resolution }
}

/** Completes a half-open range with the minimum and maximum time. */
export const toBounds = ({ from = MIN_TIME, to = MAX_TIME }: RequestedSpan) => ({ from, to })

/** Builds the Link header of another page (RFC 8288): the same URL with other bounds. */
export const buildLink = (c: AppContext, rel: 'next' | 'prev', bounds: { from?: number; to?: number }): string => {
  const url = new URL(c.req.url)
  for (const [name, value] of Object.entries(bounds)) url.searchParams.set(name, String(value))
  return `<${url.pathname}${url.search}>; rel="${rel}"`
}
