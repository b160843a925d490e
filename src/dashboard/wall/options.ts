import { formatBands, parseBands } from '../values/bands.ts'
import type { Bands } from '../values/bands.ts'

/** The choices for a wall. They are in its address. */
export interface WallOptions {
  /** The only factory that is shown; undefined for all. */
  id: number | undefined
  bands: Bands | undefined
  /** Seconds for which a page is shown, if there are several; undefined for the default. */
  pageSeconds: number | undefined
}

const PAGE_SECONDS = { min: 5, max: 600 }

/** Parses the query of a wall, such as `tv&seconds=20&bands=98,90`. */
export const parseWallOptions = (id: number | undefined, query: URLSearchParams): WallOptions => {
  const seconds = query.get('seconds') ?? ''
  const pageSeconds = /^\d{1,3}$/.test(seconds) ? Math.min(PAGE_SECONDS.max, Math.max(PAGE_SECONDS.min, Number(seconds))) : undefined
  return { id, bands: parseBands(query.get('bands')), pageSeconds }
}

export const formatWallOptions = ({ id, bands, pageSeconds }: WallOptions): string => {
  const query = [
    'tv',
    ...(pageSeconds === undefined ? [] : [`seconds=${pageSeconds}`]),
    ...(bands === undefined ? [] : [`bands=${formatBands(bands)}`]),
  ]
  return `${id === undefined ? '/' : `/factory/${id}`}?${query.join('&')}`
}
