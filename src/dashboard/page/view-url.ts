import { formatOptions, parseOptions } from '../overview/options.ts'
import type { OverviewOptions } from '../overview/options.ts'
import { formatWallOptions, parseWallOptions } from '../wall/options.ts'
import type { WallOptions } from '../wall/options.ts'
import { parseFactoryId, parseInteger } from './factory-address.ts'

/** Converts between views and URLs, so that every view has a link. */

export const RANGES = ['shift', 'day', 'week', 'month', 'year', 'newest'] as const
export type Last = (typeof RANGES)[number]

/**
 * A range of a chart: a shift, a day or another span up to the newest reading, the newest readings, or any interval in Unix seconds.
 * Without a name, it is the current shift, or the current day of a factory without a schedule.
 */
export type Range = { last: Last | undefined } | { from: number; to: number }

/** The pages of an admin. Each has the address `/?<name>`. */
export const ADMIN_PAGES = ['keys', 'organisation', 'audit'] as const
export type AdminPage = (typeof ADMIN_PAGES)[number]

export type View =
  | { show: 'overview'; options: OverviewOptions }
  | { show: 'sprockets' }
  | { show: AdminPage }
  | { show: 'factory'; id: number; range: Range }
  | { show: 'wall'; options: WallOptions }
  | { show: 'missing' }

type Address = Pick<URL, 'pathname' | 'search'>

const parseRange = (query: URLSearchParams): Range => {
  const [from, to] = [parseInteger(query.get('from')), parseInteger(query.get('to'))]
  if (from !== undefined && to !== undefined && from < to) return { from, to }
  return { last: RANGES.find((range) => range === query.get('range')) }
}

/** True if the path belongs to the dashboard, which then opens the address without loading a page. */
export const isDashboardPath = (pathname: string): boolean => pathname === '/' || pathname.startsWith('/factory/')

/** The path of a wall in a frame of another page. The Worker serves it, because the operator lists the origins that may frame it. */
const EMBED = /^\/embed(?=\/|$)/

/** Returns the view of a URL. An unknown query is the overview. */
export const parseView = ({ pathname: path, search }: Address): View => {
  const isEmbedded = EMBED.test(path)
  const pathname = path.replace(EMBED, '') || '/'
  const query = new URLSearchParams(search)
  const id = parseFactoryId(pathname, query)
  if ((isEmbedded || query.has('tv')) && (id !== undefined || pathname === '/'))
    return { show: 'wall', options: parseWallOptions(id, query) }
  if (id !== undefined) return { show: 'factory', id, range: parseRange(query) }
  if (pathname !== '/') return { show: 'missing' }
  const adminPage = ADMIN_PAGES.find((name) => query.has(name))
  if (adminPage) return { show: adminPage }
  return query.has('sprockets') ? { show: 'sprockets' } : { show: 'overview', options: parseOptions(query) }
}

/** Returns the current address of an older one, such as `/factory/3?range=day` of `/?factory=3&range=day`; undefined for a current one. */
export const findNewAddress = ({ pathname, search }: Address): string | undefined => {
  const query = new URLSearchParams(search)
  const id = parseFactoryId(pathname, query)
  if (id === undefined || pathname !== '/') return undefined
  query.delete('factory')
  return `/factory/${id}${query.size ? `?${query}` : ''}`
}

export const formatViewUrl = (view: Exclude<View, { show: 'missing' }>): string => {
  if (view.show === 'overview') return `/${formatOptions(view.options)}`
  if (view.show === 'wall') return formatWallOptions(view.options)
  if (view.show !== 'factory') return `/?${view.show}`
  const { id, range } = view
  if ('from' in range) return `/factory/${id}?from=${range.from}&to=${range.to}`
  return `/factory/${id}${range.last === undefined ? '' : `?range=${range.last}`}`
}
