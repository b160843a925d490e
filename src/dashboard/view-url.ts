/** Converts between views and URLs, so that every view has a link. */

export const RANGES = ['day', 'week', 'month', 'year'] as const
export type Last = (typeof RANGES)[number]

/** A range of a chart: the newest readings, an interval that ends with the newest reading, or any interval in Unix seconds. */
export type Range = { last: Last | undefined } | { from: number; to: number }

export type View = { show: 'overview' } | { show: 'sprockets' } | { show: 'factory'; id: number; range: Range }

const parseInteger = (text: string | null): number | undefined => (text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined)

const parseRange = (query: URLSearchParams): Range => {
  const [from, to] = [parseInteger(query.get('from')), parseInteger(query.get('to'))]
  if (from !== undefined && to !== undefined && from < to) return { from, to }
  return { last: RANGES.find((range) => range === query.get('range')) }
}

/** Returns the view of a URL. An unknown URL is the overview. */
export const parseView = ({ search }: { search: string }): View => {
  const query = new URLSearchParams(search)
  const id = parseInteger(query.get('factory'))
  if (id !== undefined && id >= 0) return { show: 'factory', id, range: parseRange(query) }
  return { show: query.has('sprockets') ? 'sprockets' : 'overview' }
}

export const formatViewUrl = (view: View): string => {
  if (view.show === 'overview') return '/'
  if (view.show === 'sprockets') return '/?sprockets'
  const { id, range } = view
  if ('from' in range) return `/?factory=${id}&from=${range.from}&to=${range.to}`
  return `/?factory=${id}${range.last === undefined ? '' : `&range=${range.last}`}`
}
