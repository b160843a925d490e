import type { Payload } from '../cache/assemble.ts'
import { cacheVersion } from '../cache/epoch.ts'
import { countCommitsTo } from '../cache/recent-commits.ts'
import { createSizedMap, setSized } from '../runtime/sized-map.ts'
import { getEpochState } from '../runtime/state.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { addTime } from '../middleware/request-metrics.ts'
import { pickHeaders } from './stored-headers.ts'
import type { StoredHeaders } from './stored-headers.ts'

/**
 * Memory cache of responses that are not cached documents, such as an arbitrary range of a series. A response is kept for
 * `MEMORY_SECONDS`, so that a repeated read needs no query. The next commit of this isolate to the organisation invalidates it, so that
 * a client on one isolate reads its own writes.
 */

/** Maximum size of all responses, and maximum length of their URLs. */
const MAX_BYTES = 8 * 1024 ** 2
const URL_CHARACTERS = 512
/** Estimated size of a response without its body: URL, headers, and the map entry. */
const OVERHEAD_BYTES = 2_048
/** Headers that the query determines. */
const QUERY_HEADERS = ['Link', 'X-Resolution']

/** A response from the database for one URL, with the number of commits of the isolate to the organisation before the query. */
export interface RecentResponse extends Payload {
  headers: StoredHeaders
  commits: number
  until: number
}

/** Recent responses by key. */
export const createRecentResponses = () => createSizedMap<RecentResponse>(MAX_BYTES, ({ body }) => body.byteLength + OVERHEAD_BYTES)

/**
 * Returns the key of the response to a request; undefined if the response is not cached. A new cache epoch may begin during the query, so
 * the key contains the one before it.
 */
export const responseKey = (c: AppContext, mediaType = ''): string | undefined => {
  const { organisationPk, factories } = c.get('identity')
  const { url } = c.req.raw
  if (factories !== null || url.length > URL_CHARACTERS) return undefined
  return `${cacheVersion(c.get('isolate'))} ${organisationPk} ${mediaType} ${url}`
}

/** Returns the recent response with this key, if any, and sets its headers. */
export const getRecentResponse = (c: AppContext, name: string): Payload | undefined => {
  const isolate = c.get('isolate')
  const recent = getEpochState(isolate, createRecentResponses).entries.get(name)
  if (!recent || recent.until <= isolate.clock.now()) return undefined
  if (recent.commits !== countCommitsTo(isolate, c.get('identity').organisationPk)) return undefined
  for (const [header, value] of recent.headers) c.header(header, value)
  addTime(isolate.usage, 'memory', 0)
  return recent
}

/**
 * Stores a response.
 * @param commits the number of commits of this isolate before the query. A later commit may not be in the response
 */
export const setRecentResponse = (c: AppContext, name: string, { body, etag }: Payload, commits: number) => {
  const isolate = c.get('isolate')
  const { memoryMs } = isolate.config
  if (memoryMs === 0) return
  const headers = pickHeaders(c.res.headers, QUERY_HEADERS)
  setSized(getEpochState(isolate, createRecentResponses), name, { body, etag, headers, commits, until: isolate.clock.now() + memoryMs })
}
