import type { Payload, Isolate } from '../runtime/isolate.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { addTime } from '../middleware/request-metrics.ts'

/**
 * Answers that are made from the database for one address, kept in memory for MEMORY_SECONDS, so that repeating a question
 * costs nothing. They are as old as documents in memory may be, and end with the next commit of this isolate to the
 * organisation, so that a client on one isolate reads its own writes.
 */

/** Maximum weight of all answers kept, and the longest address that one is kept for. */
const BYTES_MOST = 8 * 1024 ** 2
const URL_CHARACTERS = 512
/** Weight of an answer beside its body: address, headers, and the map's own. */
const OVERHEAD_BYTES = 2_048
/** Headers that a question to the database finds out. */
const FOUND_HEADERS = ['Link', 'X-Resolution']

/** Returns the name of the answer to a request: who may see it, and what was asked for. Undefined for one that is not kept. */
export const responseKey = (c: AppContext, mediaType = ''): string | undefined => {
  const { organisation, factories } = c.get('identity')
  const { url } = c.req.raw
  return factories === null && url.length <= URL_CHARACTERS ? `${organisation} ${mediaType} ${url}` : undefined
}

/** Returns the answer that was given lately, and sets its headers. */
export const getRecentResponse = ({ memory, clock }: Isolate, c: AppContext, name: string): Payload | undefined => {
  const recent = memory.recent.get(name)
  if (!recent || recent.until <= clock.now() || recent.commit !== memory.commits.get(c.get('identity').organisation)) return undefined
  for (const [header, value] of recent.headers) c.header(header, value)
  addTime(c.get('meter'), 'memory', 0)
  return recent
}

/**
 * Keeps an answer.
 * @param commit the latest commit of this isolate when the question was asked: a later one may not be in the answer
 */
export const setRecentResponse = (isolate: Isolate, c: AppContext, name: string, { body, etag }: Payload, commit: number | undefined) => {
  const { memory, clock, config } = isolate
  const until = clock.now() + config.memoryMs
  const weight = body.byteLength + OVERHEAD_BYTES
  if (config.memoryMs === 0 || weight > BYTES_MOST) return
  const headers = FOUND_HEADERS.flatMap((header): [string, string][] => {
    const value = c.res.headers.get(header)
    return value === null ? [] : [[header, value]]
  })
  forget(isolate, name)
  memory.recent.set(name, { body, etag, headers, commit, until })
  memory.recentBytes += weight
  for (const oldest of memory.recent.keys()) {
    if (memory.recentBytes <= BYTES_MOST) break
    forget(isolate, oldest)
  }
}

const forget = ({ memory }: Isolate, name: string) => {
  const held = memory.recent.get(name)
  if (!held) return
  memory.recent.delete(name)
  memory.recentBytes -= held.body.byteLength + OVERHEAD_BYTES
}
