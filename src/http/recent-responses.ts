import type { Payload } from '../cache/assemble.ts'
import { latestCommitTo } from '../cache/recent-commits.ts'
import { epochStateOf } from '../runtime/state.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { addTime } from '../middleware/request-metrics.ts'

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

/** A response from the database for one URL, with the latest commit that the isolate knew at the time of the request. */
export interface RecentResponse extends Payload {
  headers: [name: string, value: string][]
  commit: number | undefined
  until: number
}

/** Recent responses by key, oldest first, and their total size. */
export const createRecentResponses = () => ({ entries: new Map<string, RecentResponse>(), bytes: 0 })
type RecentResponses = ReturnType<typeof createRecentResponses>

/** Returns the key of the response to a request; undefined if the response is not cached. */
export const responseKey = (c: AppContext, mediaType = ''): string | undefined => {
  const { organisationPk, factories } = c.get('identity')
  const { url } = c.req.raw
  return factories === null && url.length <= URL_CHARACTERS ? `${organisationPk} ${mediaType} ${url}` : undefined
}

/** Returns the recent response with this key, if any, and sets its headers. */
export const getRecentResponse = (c: AppContext, name: string): Payload | undefined => {
  const isolate = c.get('isolate')
  const recent = epochStateOf(isolate, createRecentResponses).entries.get(name)
  if (!recent || recent.until <= isolate.clock.now()) return undefined
  if (recent.commit !== latestCommitTo(isolate, c.get('identity').organisationPk)) return undefined
  for (const [header, value] of recent.headers) c.header(header, value)
  addTime(isolate.usage, 'memory', 0)
  return recent
}

/**
 * Stores a response.
 * @param commit the latest commit of this isolate before the query. A later commit may not be in the response
 */
export const setRecentResponse = (c: AppContext, name: string, { body, etag }: Payload, commit: number | undefined) => {
  const { clock, config } = c.get('isolate')
  const until = clock.now() + config.memoryMs
  const weight = body.byteLength + OVERHEAD_BYTES
  if (config.memoryMs === 0 || weight > MAX_BYTES) return
  const headers = QUERY_HEADERS.flatMap((header): [string, string][] => {
    const value = c.res.headers.get(header)
    return value === null ? [] : [[header, value]]
  })
  const responses = epochStateOf(c.get('isolate'), createRecentResponses)
  deleteResponse(responses, name)
  responses.entries.set(name, { body, etag, headers, commit, until })
  responses.bytes += weight
  for (const oldest of responses.entries.keys()) {
    if (responses.bytes <= MAX_BYTES) break
    deleteResponse(responses, oldest)
  }
}

const deleteResponse = (responses: RecentResponses, name: string) => {
  const recent = responses.entries.get(name)
  if (!recent) return
  responses.entries.delete(name)
  responses.bytes -= recent.body.byteLength + OVERHEAD_BYTES
}
