import type { Identity } from '../auth/identity-cache.ts'
import type { MemoryEntry } from '../cache/memory-store.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { getUnconditionalFromKv, getUnconditional } from '../cache/read.ts'
import type { CacheStatus, ReadConditions } from '../cache/read.ts'
import { isRecentlyRecorded } from '../auth/key-usage.ts'
import type { App, ReadNotes, SentPayload } from '../middleware/app-env.ts'
import { parseToken } from '../auth/api-key.ts'
import { getKeyHash } from '../auth/key-hash-cache.ts'
import { BOOKMARK_HEADER } from '../middleware/common-headers.ts'
import { hasLongHeader } from '../middleware/length-limits.ts'
import { findExhausted } from '../middleware/rate-limit.ts'
import { createMetrics, serverTiming, addTime } from '../middleware/request-metrics.ts'
import { getCachedIdentity, PUBLIC } from '../auth/identity-cache.ts'
import { chooseRequestId } from '../middleware/request-id.ts'
import { isSampled, logRequest } from '../middleware/request-log.ts'
import { isLocalException } from '../middleware/https.ts'
import { parseIfNoneMatch } from './conditions.ts'
import { prefersCsv } from './range-params.ts'

/**
 * Wraps the router in the fast path. A plain read of a cached document gets the headers that the router has sent before with the same
 * payload. Every other request goes to the router, including errors, for which only the router builds responses. Router, middleware and headers
 * take longer than the rest of such a read. The notes tell the router what the fast path has done, and the fast path what the router sent.
 */
export const withCachedRead = (isolate: Isolate, route: App['fetch']): App['fetch'] => {
  return async (request, _env, context) => {
    const notes: ReadNotes = { isCounted: false, kvLookup: undefined, sent: undefined }
    const cachedRead = matchCachedRead(isolate, request)
    const fastResponse = cachedRead && (await respondFromCache(isolate, request, cachedRead, notes))
    if (fastResponse) return fastResponse
    const response = await route(request, { notes }, context)
    if (cachedRead && notes.sent) storeResponse(isolate, request, cachedRead.name, notes.sent, response)
    return response
  }
}

/** A request that the fast path may serve. */
interface CachedReadRequest {
  identity: Identity
  /** Key of the stored response: whether the client sent a key, its organisation, and the URL. All unlimited keys of it get the same response. */
  name: string
  /** The condition If-None-Match. */
  hasETag: ReadConditions['hasETag']
  /** The request id that the client sent. */
  sentId: string | null
}

/** The responses to a payload: `whole` with status 200 and `unchanged` with status 304, both without the bytes. */
export interface StoredResponse extends SentPayload {
  whole: Response
  unchanged: Response
}

/** Stored responses by `CachedReadRequest.name`. */
export const createResponses = () => new Map<string, StoredResponse>()

/** Maximum number of stored responses. Each has a URL of up to `URL_CHARACTERS` and about 2 KB of headers, 3 MB in total. */
const MAX_RESPONSES = 1_000
/** The duration of a read from memory, as responses and the log show it. */
const MEMORY_MS = 0
/** Maximum length of a URL on the fast path. The longest URL of a cached document has about 100 characters. */
const URL_CHARACTERS = 512

const matchCachedRead = (isolate: Isolate, { method, url, headers }: Request): CachedReadRequest | undefined => {
  if (method !== 'GET' || url.length > URL_CHARACTERS || headers.has(BOOKMARK_HEADER) || headers.has('Want-Repr-Digest')) return undefined
  const accepted = headers.get('Accept')
  const authorization = headers.get('Authorization')
  const ifNoneMatch = headers.get('If-None-Match')
  const sentId = headers.get('X-Request-Id')
  if (hasLongHeader(headers)) return undefined
  // A client that prefers CSV may get another response for the same URL.
  if (prefersCsv(accepted)) return undefined
  const token = authorization === null ? undefined : parseToken(authorization)
  if (authorization !== null && token === undefined) return undefined
  const client = token === undefined ? PUBLIC : getKeyHash(isolate, token)
  const identity = client === undefined ? undefined : getCachedIdentity(isolate, client)
  if (!identity || identity.factories !== null || (identity.keyPk !== null && !isRecentlyRecorded(isolate, identity.keyPk)))
    return undefined
  return {
    identity,
    sentId,
    hasETag: parseIfNoneMatch(ifNoneMatch),
    name: `${identity.keyPk === null ? PUBLIC : 'key'} ${identity.organisationPk} ${url}`,
  }
}

/** Responds from memory or KV; undefined if the router must respond. It then continues with the notes. */
const respondFromCache = async (
  isolate: Isolate,
  request: Request,
  cachedRead: CachedReadRequest,
  notes: ReadNotes,
): Promise<Response | undefined> => {
  const stored = getState(isolate, createResponses).get(cachedRead.name)
  if (!stored) return undefined
  const hasPayload = cachedRead.hasETag?.(stored.etag)
  const entry = getUnconditional(isolate, stored.path)
  const isInMemory = entry !== undefined && (hasPayload || entry.body !== undefined)
  if (isInMemory && entry.metadata.etag !== stored.etag) return undefined
  // If the allowance is exhausted, the router builds the error.
  if (await findExhausted(isolate, 'read', cachedRead.identity.keyPk, request)) return undefined
  notes.isCounted = true
  if (isInMemory) return buildResponse(isolate, request, cachedRead, stored, hasPayload ? undefined : entry.body)
  const begun = isolate.clock.now()
  const { lookup, isServable } = await getUnconditionalFromKv(isolate, stored.path, cachedRead.hasETag)
  const ms = isolate.clock.now() - begun
  notes.kvLookup = { lookup, ms }
  if (!isServable || lookup.entry?.metadata.etag !== stored.etag) return undefined
  return buildResponse(isolate, request, cachedRead, stored, lookup.entry.body, ms)
}

/**
 * Builds the response from a stored one: 200 with a body, or 304 without.
 * @param kvMs duration of the KV read; undefined for a payload from memory
 */
const buildResponse = async (
  isolate: Isolate,
  request: Request,
  { identity, sentId }: CachedReadRequest,
  stored: StoredResponse,
  body: MemoryEntry['body'],
  kvMs?: number,
): Promise<Response | undefined> => {
  if (body && (await findExhausted(isolate, 'body', identity.keyPk, request))) return undefined
  const response = body ? new Response(body, stored.whole) : new Response(null, stored.unchanged)
  const requestId = chooseRequestId(sentId)
  response.headers.set('X-Request-Id', requestId)
  if (kvMs !== undefined) {
    response.headers.set('Cache-Status', 'kv; hit' satisfies CacheStatus)
    response.headers.set('Server-Timing', serverTiming({ kv: kvMs }, kvMs))
  }
  if (isSampled(isolate)) {
    const ms = kvMs ?? MEMORY_MS
    const metrics = { ...createMetrics(), kvReads: kvMs === undefined ? 0 : 1 }
    addTime(metrics, kvMs === undefined ? 'memory' : 'kv', ms)
    logRequest(isolate, request, response, { route: stored.route, identity, requestId, metrics, spent: metrics.spent, ms })
  }
  return response
}

/** Stores the headers of a response, with the values for a payload from memory. */
const storeResponse = (isolate: Isolate, request: Request, name: string, sent: SentPayload, { status, headers }: Response): void => {
  const responses = getState(isolate, createResponses)
  // The headers for a client on the local network differ, and must not be sent to others.
  if (status !== 200 || isLocalException(request)) return
  const whole = new Response(null, { headers })
  whole.headers.set('Cache-Status', 'memory; hit' satisfies CacheStatus)
  whole.headers.set('Server-Timing', serverTiming({ memory: MEMORY_MS }, MEMORY_MS))
  const unchanged = new Response(null, { status: 304, headers: whole.headers })
  unchanged.headers.delete('Content-Type')
  setBounded(responses, name, { ...sent, whole, unchanged }, MAX_RESPONSES)
}
