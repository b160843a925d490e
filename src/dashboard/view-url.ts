/** What the page shows, as its address says; so every view can be linked to. */

export const RANGES = ['day', 'week', 'month', 'year'] as const
export type Last = (typeof RANGES)[number]

/** A range of a chart: the newest readings, a stretch that the newest reading ends, or any. Bounds are Unix seconds. */
export type Range = { last: Last | undefined } | { from: number; to: number }

export type View = { show: 'overview' } | { show: 'sprockets' } | { show: 'factory'; id: number; range: Range }

const whole = (text: string | null): number | undefined => (text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined)

const rangeOf = (query: URLSearchParams): Range => {
  const [from, to] = [whole(query.get('from')), whole(query.get('to'))]
  if (from !== undefined && to !== undefined && from < to) return { from, to }
  return { last: RANGES.find((range) => range === query.get('range')) }
}

/** The view that an address names; what it does not understand is the overview. */
export const viewOf = ({ search }: { search: string }): View => {
  const query = new URLSearchParams(search)
  const id = whole(query.get('factory'))
  if (id !== undefined && id >= 0) return { show: 'factory', id, range: rangeOf(query) }
  return { show: query.has('sprockets') ? 'sprockets' : 'overview' }
}

export const addressOf = (view: View): string => {
  if (view.show === 'overview') return '/'
  if (view.show === 'sprockets') return '/?sprockets'
  const { id, range } = view
  if ('from' in range) return `/?factory=${id}&from=${range.from}&to=${range.to}`
  return `/?factory=${id}${range.last === undefined ? '' : `&range=${range.last}`}`
}
