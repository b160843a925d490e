/**
 * Builds and parses the paths of cache entries. A path is the primary key of the organisation and the canonical request path.
 * The KV key is the version and the path: `3/7/api/factories?cursor=20`. No other module builds either.
 */

import type { Params, QueryParams } from './query-params.ts'

/**
 * The payload version. Increment it when the format of a payload or of the entry metadata changes, or a migration changes a figure: older
 * entries count as missing.
 */
export const PAYLOAD_VERSION = 6
/** The path of a cached document in OpenAPI notation, and its query parameters in alphabetical order. */
export interface PathTemplate {
  readonly path: string
  readonly query?: QueryParams
}

/** Builds the canonical path of a document. It omits parameters with their default value. */
export const buildPath = (organisationPk: number, { path, query }: PathTemplate, params: Params): string => {
  const base = `${organisationPk}${params.id === undefined ? path : path.replace('{id}', String(params.id))}`
  // Shortcut: most documents have no parameters, and every write builds a dozen paths.
  if (query === undefined) return base
  let built = base
  for (const name of Object.keys(query)) {
    const value = params[name]
    if (value !== undefined && value !== query[name]!.default) built += `${built === base ? '?' : '&'}${name}=${value}`
  }
  return built
}

export const kvKey = (path: string, version: number): string => `${version}/${path}`

/** Parses a KV key. Returns undefined for a key of another format. */
export const parseKvKey = (key: string): { version: number; path: string } | undefined => {
  const match = /^(\d+)\/(\d+\/.+)$/.exec(key)
  return match ? { version: Number(match[1]), path: match[2]! } : undefined
}

/** Returns the organisation (primary key) with which a path begins. */
export const parseOrganisation = (path: string): number => Number.parseInt(path, 10)

/** Parses a path: the organisation, the path in OpenAPI notation, the id in it, and the text of the query. */
export const parsePath = (
  path: string,
): { organisationPk: number; template: string; id: number | undefined; query: string | undefined } => {
  const [base, query] = path.split('?') as [string, string?]
  const id = /^\d+\/api\/[\w-]+\/(\d+)/.exec(base)?.[1]
  const address = base.slice(base.indexOf('/'))
  return {
    organisationPk: parseOrganisation(path),
    template: id === undefined ? address : address.replace(`/${id}`, '/{id}'),
    id: id === undefined ? undefined : Number(id),
    query,
  }
}

/** A half-open range of paths in byte order: from the first, up to but not including the second. */
export type PathRange = [from: string, below: string]

/** Returns the range of one path: '!' sorts before every character that a path contains. */
export const exactRange = (path: string): PathRange => [path, `${path}!`]

/** Returns the range of a path with any parameters: '@' is the character after '?'. */
export const anyParamsRange = (path: string): PathRange => [path, `${path}@`]

/**
 * Returns the range of all paths that begin like this one up to its id, with any id: ':' is the character after '9'. undefined for a path
 * without an id.
 */
export const anyIdRange = (path: string): PathRange | undefined => {
  const start = /^\d+\/api\/[\w-]+\/(?=\d)/.exec(path)?.[0]
  return start === undefined ? undefined : [start, `${start}:`]
}

/**
 * Joins the ranges of documents that follow each other and have the same id in their path: no other path lies between them. Fewer ranges
 * are searched in fewer rows.
 * @param ofDocuments the ranges of each document, in order of path
 */
export const joinRanges = (ofDocuments: readonly PathRange[][]): PathRange[] => {
  const joined: PathRange[] = []
  let previous = new Map<string, PathRange>()
  for (const ranges of ofDocuments) {
    const current = new Map<string, PathRange>()
    for (const [from, below] of ranges) {
      const resource = /^\d+\/api\/[\w-]+\/\d+/.exec(from)?.[0]
      const last = resource === undefined ? undefined : previous.get(resource)
      const range: PathRange = last ?? [from, below]
      if (last) last[1] = below
      else joined.push(range)
      if (resource !== undefined) current.set(resource, range)
    }
    previous = current
  }
  return joined
}

/** Returns the range of all paths of an organisation: '0' is the character after '/'. */
export const organisationRange = (organisationPk: number): PathRange => [`${organisationPk}/`, `${organisationPk}0`]
