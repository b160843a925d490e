/**
 * Where a copy is kept. The directory's `path` is the organisation's internal number and the canonical request path;
 * the KV key puts the version before it: `3/7/api/factories?cursor=20`. Built here and nowhere else.
 */

import type { Isolate } from '../runtime/isolate.ts'

/** The shape of the payloads. Raise it when a document's bytes or its label change their form: old copies are then never served. */
export const PAYLOAD_VERSION = 4
/** Epochs are this far apart in versions: there are never so many shapes. */
const EPOCH = 1_000

/** The version of the copies that an isolate makes and serves: the epoch it knows of, and the shape that its release gives them. */
export const cacheVersion = ({ memory }: Isolate): number => memory.epoch * EPOCH + PAYLOAD_VERSION

/** What may follow the path of a document. Absent members are the defaults and are left out of the key. */
export interface Params {
  /** Factory or sprocket id. */
  id?: number
  /** First id of a page of a list. */
  cursor?: number
  /** false for a list of factories without their series. */
  chartData?: boolean
  /** How a chart is written; columns if it does not say. */
  format?: 'rows' | 'csv'
  /** A range that the newest reading ends; without it the newest readings. */
  last?: 'day' | 'week' | 'month' | 'year'
}

/** The canonical path of a document of an organisation, parameters in alphabetical order. */
export const buildPath = (organisation: number, route: string, { id, cursor, chartData, format, last }: Params): string => {
  const place = `${organisation}${id === undefined ? route : route.replace('{id}', String(id))}`
  // Most have none, and every write asks for a dozen paths.
  if (chartData !== false && !cursor && !format && !last) return place
  const given = { chart_data: chartData === false && 'false', cursor, format, last }
  const query = Object.entries(given).flatMap(([name, value]) => (value ? [`${name}=${value}`] : []))
  return `${place}?${query.join('&')}`
}

/** The KV key of a path. */
export const kvKey = (path: string, version: number): string => `${version}/${path}`

/** The directory's columns of a KV key, or undefined where the key is none of ours. */
export const parseKvKey = (key: string): { version: number; path: string } | undefined => {
  const found = /^(\d+)\/(\d+\/.+)$/.exec(key)
  return found ? { version: Number(found[1]), path: found[2]! } : undefined
}

/** A path taken apart again: the organisation, the path without parameters, and the parameters. */
export const parsePath = (path: string) => {
  const [place, query] = path.split('?') as [string, string?]
  const slash = place.indexOf('/')
  return { organisation: Number(place.slice(0, slash)), route: place.slice(slash), query: new URLSearchParams(query) }
}

/** Paths from the first up to but not including the second, in the order of bytes. */
export type PathRange = [from: string, below: string]

/** One path alone: nothing that we build sorts between it and the bound, for '!' sorts before every character we use. */
export const exactRange = (path: string): PathRange => [path, `${path}!`]

/** A path with whatever parameters: '@' is the character after '?'. */
export const anyParamsRange = (path: string): PathRange => [path, `${path}@`]

/** Every path of an organisation: '0' is the character after '/'. */
export const organisationRange = (organisation: number): PathRange => [`${organisation}/`, `${organisation}0`]
