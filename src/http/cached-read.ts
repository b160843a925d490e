import type { Identity, Isolate, MemoryEntry, CachedResponse } from '../runtime/isolate.ts'
import { getUnconditionalFromKv, getUnconditional } from '../cache/read.ts'
import type { CacheStatus } from '../cache/read.ts'
import { isRecentlyRecorded } from '../auth/key-usage.ts'
import type { App } from '../middleware/app-env.ts'
import { getKeyHash } from '../auth/key-hash-cache.ts'
import { BOOKMARK_HEADER } from '../middleware/common-headers.ts'
import { isWithinLimit } from '../middleware/length-limits.ts'
import { findExhausted } from '../middleware/rate-limit.ts'
import type { Allowance } from '../middleware/rate-limit.ts'
import { createMetrics, serverTiming, addTime } from '../middleware/request-metrics.ts'
import { getCachedIdentity } from '../auth/identity-cache.ts'
import { chooseRequestId } from '../middleware/request-id.ts'
import { isSampled, logRequest } from '../middleware/request-log.ts'
import type { LogRecord } from '../middleware/request-log.ts'
import { isLocalNetwork } from '../middleware/https.ts'
import { chooseMediaType } from './media-types.ts'
import { CHART_TYPES } from './range-params.ts'

/**
 * Wraps the router in the fast path. A plain read of a cached document gets the headers that the router has sent before with the same
 * payload. Every other request goes to the router, including errors, which only the router words. Router, middleware and headers
 * take longer than the rest of such a read.
 */
export const withCachedRead = (isolate: Isolate, route: App['fetch']): App['fetch'] => {
  return async (request, env, context) => {
    const cachedRead = matchCachedRead(isolate, request)
    const fastResponse = cachedRead && (await respondFromFastPath(isolate, request, cachedRead))
    if (fastResponse) return fastResponse
    const response = await route(request, env, context)
    if (cachedRead) storeResponse(isolate, request, cachedRead, response)
    return response
  }
}

/** A request that the fast path may serve. */
interface CachedReadRequest {
  identity: Identity
  /** Key of the stored response: the URL, and the organisation, whose unlimited keys all get the same response. */
  name: string
  /** The request id that the client sent. */
  sentId: string | null
}

/** Maximum number of stored responses. Each has a URL of up to `URL_CHARACTERS` and about 2 KB of headers, 3 MB in total. */
const MAX_RESPONSES = 1_000
/** Maximum length of a URL on the fast path. The longest URL of a cached document has about 100 characters. */
const URL_CHARACTERS = 512

const matchCachedRead = (isolate: Isolate, { method, url, headers }: Request): CachedReadRequest | undefined => {
  if (method !== 'GET' || url.length > URL_CHARACTERS || headers.has(BOOKMARK_HEADER) || headers.has('Want-Repr-Digest')) return undefined
  const accepted = headers.get('Accept')
  // A client that prefers CSV may get another response for the same URL.
  if (!isWithinLimit(accepted) || chooseMediaType(accepted, CHART_TYPES) !== 'application/json') return undefined
  const header = headers.get('Authorization')
  // Other schemes are valid on some routes only, and all keys have the same length.
  if (header !== null && (!header.startsWith(SCHEME) || header.length > HEADER_CHARACTERS)) return undefined
  const name = header === null ? 'public' : getKeyHash(isolate, header.slice(SCHEME.length))
  const identity = name === undefined ? undefined : getCachedIdentity(isolate, name)
  if (!identity || identity.factories !== null || (identity.key !== null && !isRecentlyRecorded(isolate, identity.key))) return undefined
  const sentId = headers.get('X-Request-Id')
  if (!isWithinLimit(sentId)) return undefined
  return { identity, sentId, name: `${identity.key === null ? 'public' : identity.organisation} ${url}` }
}

const SCHEME = 'Bearer '
const HEADER_CHARACTERS = 64

/** Spends one request of an allowance. True if it is not exhausted; otherwise the router spends it again and words the error. */
const isAllowed = async (isolate: Isolate, allowance: Allowance, { key }: Identity, request: Request): Promise<boolean> =>
  (await findExhausted(isolate, allowance, key, request)) === undefined

const respondFromFastPath = async (isolate: Isolate, request: Request, cachedRead: CachedReadRequest): Promise<Response | undefined> => {
  const stored = isolate.memory.responses.get(cachedRead.name)
  const clientETag = request.headers.get('If-None-Match')
  if (!stored || (clientETag !== null && clientETag !== stored.etag)) return undefined
  const entry = getUnconditional(isolate, stored.path)
  if (entry && (clientETag !== null || entry.body !== undefined)) {
    if (entry.metadata.etag !== stored.etag || !(await isAllowed(isolate, 'read', cachedRead.identity, request))) return undefined
    return buildResponse(isolate, request, cachedRead, stored, clientETag === null ? entry.body : undefined)
  }
  return respondFromKv(isolate, request, cachedRead, stored, clientETag)
}

/** Responds from KV. If the entry is not usable as it is, the router continues with the result of this lookup. */
const respondFromKv = async (
  isolate: Isolate,
  request: Request,
  cachedRead: CachedReadRequest,
  stored: CachedResponse,
  clientETag: string | null,
) => {
  if (!(await isAllowed(isolate, 'read', cachedRead.identity, request))) return undefined
  const begun = isolate.clock.now()
  const { lookup, isServable } = await getUnconditionalFromKv(
    isolate,
    stored.path,
    clientETag === null ? undefined : (etag) => etag === clientETag,
  )
  const ms = isolate.clock.now() - begun
  if (isServable && lookup.entry?.metadata.etag === stored.etag)
    return buildResponse(isolate, request, cachedRead, stored, lookup.entry.body, ms)
  isolate.memory.kvLookups.set(request, { found: lookup, ms })
  return undefined
}

/**
 * Builds the response from a stored one: 200 with a body, or 304 without.
 * @param kvMs duration of the KV read; undefined for a payload from memory
 */
const buildResponse = async (
  isolate: Isolate,
  request: Request,
  { identity, sentId }: CachedReadRequest,
  stored: CachedResponse,
  body: MemoryEntry['body'],
  kvMs?: number,
): Promise<Response | undefined> => {
  if (body && !(await isAllowed(isolate, 'body', identity, request))) return undefined
  const response = body ? new Response(body, stored.whole) : new Response(null, stored.unchanged)
  const requestId = chooseRequestId(sentId)
  response.headers.set('X-Request-Id', requestId)
  if (kvMs !== undefined) {
    response.headers.set('Cache-Status', 'kv; hit' satisfies CacheStatus)
    response.headers.set('Server-Timing', serverTiming({ kv: kvMs }, kvMs))
  }
  if (isSampled(isolate)) logCachedRead(isolate, request, response, { route: stored.route, identity, requestId }, kvMs)
  return response
}

const logCachedRead = (
  isolate: Isolate,
  request: Request,
  response: Response,
  record: Pick<LogRecord, 'route' | 'identity' | 'requestId'>,
  kvMs: number | undefined,
) => {
  const metrics = { ...createMetrics(), kvReads: kvMs === undefined ? 0 : 1 }
  addTime(metrics, kvMs === undefined ? 'memory' : 'kv', kvMs ?? 0)
  logRequest(isolate, request, response, { ...record, metrics, spent: metrics.spent, ms: kvMs ?? 0 })
}

/** Stores the headers of a response that used only memory or KV, with the values for a payload from memory. */
const storeResponse = (isolate: Isolate, request: Request, { name }: CachedReadRequest, { status, headers }: Response): void => {
  const { responses, servedFrom } = isolate.memory
  const source = servedFrom.get(request)
  if (status !== 200 || !source || !/^(memory|kv);dur=\d+$/.test(headers.get('Server-Timing')!)) return
  // A response under a public host name without HSTS was for a client on the local network, and must not be sent to others.
  if (!headers.has('Strict-Transport-Security') && !isLocalNetwork(new URL(request.url).hostname)) return
  const whole = new Response(null, { headers })
  whole.headers.delete('X-Request-Id')
  whole.headers.set('Cache-Status', 'memory; hit' satisfies CacheStatus)
  whole.headers.set('Server-Timing', 'memory;dur=0')
  const unchanged = new Response(null, { status: 304, headers: whole.headers })
  unchanged.headers.delete('Content-Type')
  if (responses.size >= MAX_RESPONSES) responses.clear()
  responses.set(name, { ...source, etag: headers.get('ETag')!, whole, unchanged })
}
