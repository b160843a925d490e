/**
 * Builds and parses the paths of cache entries. A path is the primary key of the organisation and the canonical request path.
 * The KV key is the version and the path: `3/7/api/factories?cursor=20`. No other module builds either.
 */

import type { Isolate } from '../runtime/isolate.ts'

/** The payload version. Increment it when the format of a payload or of the entry metadata changes: older entries count as missing. */
export const PAYLOAD_VERSION = 4
/** Versions per cache epoch: more than there are payload versions. */
const VERSIONS_PER_EPOCH = 1_000

/** Returns the version of the entries that an isolate puts and serves: its known cache epoch and the payload version. */
export const cacheVersion = ({ memory }: Isolate): number => memory.epoch * VERSIONS_PER_EPOCH + PAYLOAD_VERSION

/** Parameters of a path. Members with default values are absent, in the path too. */
export interface Params {
  /** Factory or sprocket id. */
  id?: number
  /** First id of a page of a list. */
  cursor?: number
  /** False for a list of factories without `chart_data`. */
  chartData?: boolean
  /** Format of a chart; the default is columns. */
  format?: 'rows' | 'csv'
  /** Preset range that ends with the newest reading; the default is the newest readings. */
  last?: 'day' | 'week' | 'month' | 'year'
}

/** Builds the canonical path of a document, with its parameters in alphabetical order. */
export const buildPath = (organisation: number, route: string, { id, cursor, chartData, format, last }: Params): string => {
  const base = `${organisation}${id === undefined ? route : route.replace('{id}', String(id))}`
  // Shortcut: most paths have no query, and every write builds a dozen paths.
  if (chartData !== false && !cursor && !format && !last) return base
  const values = { chart_data: chartData === false && 'false', cursor, format, last }
  const query = Object.entries(values).flatMap(([name, value]) => (value ? [`${name}=${value}`] : []))
  return `${base}?${query.join('&')}`
}

export const kvKey = (path: string, version: number): string => `${version}/${path}`

/** Parses a KV key. Returns undefined for a key of another format. */
export const parseKvKey = (key: string): { version: number; path: string } | undefined => {
  const match = /^(\d+)\/(\d+\/.+)$/.exec(key)
  return match ? { version: Number(match[1]), path: match[2]! } : undefined
}

/** Parses a path: primary key of the organisation, route without parameters, and parameters. */
export const parsePath = (path: string) => {
  const [base, query] = path.split('?') as [string, string?]
  const slash = base.indexOf('/')
  return { organisation: Number(base.slice(0, slash)), route: base.slice(slash), query: new URLSearchParams(query) }
}

/** A half-open range of paths in byte order: from the first, up to but not including the second. */
export type PathRange = [from: string, below: string]

/** Returns the range of one path: '!' sorts before every character that a path contains. */
export const exactRange = (path: string): PathRange => [path, `${path}!`]

/** Returns the range of a path with any parameters: '@' is the character after '?'. */
export const anyParamsRange = (path: string): PathRange => [path, `${path}@`]

/** Returns the range of all paths of an organisation: '0' is the character after '/'. */
export const organisationRange = (organisation: number): PathRange => [`${organisation}/`, `${organisation}0`]
