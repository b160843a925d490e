import { formatBands, parseBands } from '../values/bands.ts'
import type { Bands } from '../values/bands.ts'
import { STATES } from '../values/state.ts'
import type { State } from '../values/state.ts'

/** The orders of the overview. */
export const SORTS = ['attainment', 'gap', 'name', 'made', 'latest'] as const
export type Sort = (typeof SORTS)[number]

/** The choices of a reader of the overview. They are in its address, so that it can be shared. */
export interface OverviewOptions {
  search: string
  sort: Sort
  /** The only state that is shown; undefined for all. */
  state: State | undefined
  isCompact: boolean
  /** Undefined for the bands of this browser. */
  bands: Bands | undefined
}

export const DEFAULT_OPTIONS: OverviewOptions = { search: '', sort: 'attainment', state: undefined, isCompact: false, bands: undefined }
/** A longer text is no name. */
const MAX_SEARCH = 100

export const parseOptions = (query: URLSearchParams): OverviewOptions => ({
  search: (query.get('search') ?? '').slice(0, MAX_SEARCH),
  sort: SORTS.find((sort) => sort === query.get('sort')) ?? DEFAULT_OPTIONS.sort,
  state: STATES.find((state) => state === query.get('state')),
  isCompact: query.get('density') === 'compact',
  bands: parseBands(query.get('bands')),
})

/** Returns the query of an address, with a leading `?` unless every option is the default. */
export const formatOptions = ({ search, sort, state, isCompact, bands }: OverviewOptions): string => {
  const query = new URLSearchParams({
    ...(search !== '' && { search }),
    ...(sort !== DEFAULT_OPTIONS.sort && { sort }),
    ...(state !== undefined && { state }),
    ...(isCompact && { density: 'compact' }),
    ...(bands !== undefined && { bands: formatBands(bands) }),
  })
  return query.size ? `?${query}` : ''
}
