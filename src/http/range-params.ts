import { FORMATS } from '../documents/chart-format.ts'
import type { Format } from '../documents/chart-format.ts'
import { MAX_TIME, MIN_TIME } from '../rollups/time-zones.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { CHART_READINGS } from '../queries/chart-columns.ts'
import { PRESET_RANGES, MAX_RANGE_POINTS } from '../queries/ranges.ts'
import type { PresetRange, Resolution } from '../queries/ranges.ts'
import { LIMITS } from '../schemas/limits.ts'
import { parseInstant, SEND_INSTANT } from '../schemas/timestamp.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { chooseMediaType } from './media-types.ts'
import { invalidQueryParam } from './path-params.ts'

/** What part of a series a request asks for. */
export interface RangeAsked {
  from: number | undefined
  to: number | undefined
  limit: number
  resolution: Resolution
  points: number | undefined
}

/** Returns a bound in Unix seconds. A fraction rounds up, so that `[from, to)` holds the same whole seconds. */
const parseBound = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) {
    const detail = describeWrongUnit(Number(text))
    if (detail !== undefined) throw invalidQueryParam(name, detail)
    return Number(text)
  }
  // A query turns the plus sign of an offset into a space.
  const instant = parseInstant(text.trim().replace(/ (?=\d\d:\d\d$)/, '+'))
  if (!instant) throw invalidQueryParam(name, SEND_INSTANT)
  return instant.seconds + (instant.isWhole ? 0 : 1)
}

const wholeOf = (name: string, text: string | undefined, least: number, most: number): number | undefined => {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > most)
    throw invalidQueryParam(name, `A whole number from ${least} to ${most}.`)
  return Number(text)
}

/** A parameter that names one of several. */
export const oneOf = <T extends string>(name: string, text: string | undefined, all: readonly T[]): T | undefined => {
  if (text !== undefined && !all.includes(text as T)) throw invalidQueryParam(name, `One of ${all.join(', ')}.`)
  return text as T | undefined
}

/** The media types of charts. */
export const CHART_TYPES = ['application/json', 'text/csv'] as const

/** The format that is asked for: the parameter, else what Accept likes best; JSON in columns if neither says. */
export const formatOf = (c: AppContext): Format => {
  const named = oneOf('format', c.req.query('format'), FORMATS)
  return named ?? (chooseMediaType(c.req.header('Accept'), CHART_TYPES) === 'text/csv' ? 'csv' : 'columns')
}

/** Returns the query's `from` and `to`, Unix seconds. */
export const spanOf = (c: AppContext): Pick<RangeAsked, 'from' | 'to'> => {
  const { from, to } = c.req.query()
  const span = { from: parseBound('from', from), to: parseBound('to', to) }
  if (span.from !== undefined && span.to !== undefined && span.from >= span.to)
    throw invalidQueryParam('to', '`from` must lie before `to`.')
  return span
}

/** One of the commonest ranges, if the query names one; nothing can be asked of it beside a format. */
export const lastOf = (c: AppContext): PresetRange | undefined => {
  const { format: _, last, ...more } = c.req.query()
  const named = oneOf('last', last, Object.keys(PRESET_RANGES) as PresetRange[])
  const other = RANGE_NAMES.find((name) => name in more)
  if (named !== undefined && other !== undefined) throw invalidQueryParam(other, `\`last\` is a range already, at a resolution of its own.`)
  return named
}

const RANGE_NAMES = ['from', 'to', 'limit', 'resolution', 'points'] as const

/** What the query asks for; undefined where it asks for nothing but the default view. */
export const rangeOf = (c: AppContext): RangeAsked | undefined => {
  const query = c.req.query()
  if (!RANGE_NAMES.some((name) => name in query)) return undefined
  if ('points' in query && 'limit' in query) throw invalidQueryParam('limit', '`points` bounds the answer already. Leave `limit` out.')
  return {
    ...spanOf(c),
    limit: wholeOf('limit', query['limit'], 1, MAX_RANGE_POINTS) ?? CHART_READINGS,
    resolution: oneOf('resolution', query['resolution'], ['raw', 'hour', 'day']) ?? 'raw',
    points: wholeOf('points', query['points'], 3, LIMITS.points),
  }
}

/** The query's half-open range. */
export const boundsOf = ({ from = MIN_TIME, to = MAX_TIME }: Pick<RangeAsked, 'from' | 'to'>) => ({ from, to })

/** A link to another page (RFC 8288): the same address with other bounds. */
export const linkTo = (c: AppContext, rel: 'next' | 'prev', bounds: { from?: number; to?: number }): string => {
  const url = new URL(c.req.url)
  for (const [name, value] of Object.entries(bounds)) url.searchParams.set(name, String(value))
  return `<${url.pathname}${url.search}>; rel="${rel}"`
}
