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
import { requestIdOf } from '../middleware/request-id.ts'
import { isSampled, logRequest } from '../middleware/request-log.ts'
import { isLocalNetwork } from '../middleware/https.ts'
import { chooseMediaType } from './media-types.ts'
import { CHART_TYPES } from './range-params.ts'

/**
 * The short way of reads from memory and KV. What the general way has answered from there is answered again with the same
 * headers, as long as there is the same payload, nothing about the request is special, and nothing is to be looked up or noted
 * for whoever asks. Whatever is not as plain as that goes the general way: refusals are worded there alone. It is worth having
 * because a router, a dozen middlewares and as many headers take longer than everything else of such a read.
 */
export const withCachedRead = (isolate: Isolate, general: App['fetch']): App['fetch'] => {
  return async (request, env, context) => {
    const plain = matchCachedRead(isolate, request)
    const again = plain && (await respondAgain(isolate, request, plain))
    if (again) return again
    const response = await general(request, env, context)
    if (plain) storeResponse(isolate, request, plain, response)
    return response
  }
}

/** Who asks, and the name under which the answer to just this is kept: its address, and those who are answered alike. */
interface CachedReadRequest {
  identity: Identity
  name: string
  /** The id that the client gave the request. */
  sentId: string | null
}

/** Maximum number of answers kept. One has an address of at most `URL_CHARACTERS` and some 2 KB of headers: 3 MB together. */
const READY_MOST = 1_000
/** Maximum length of an address whose answer is kept. The longest address of a cached document has about 100 characters. */
const URL_CHARACTERS = 512

const matchCachedRead = (isolate: Isolate, { method, url, headers }: Request): CachedReadRequest | undefined => {
  if (method !== 'GET' || url.length > URL_CHARACTERS || headers.has(BOOKMARK_HEADER) || headers.has('Want-Repr-Digest')) return undefined
  const accepted = headers.get('Accept')
  // A client that prefers CSV may be answered otherwise than the address alone says.
  if (!isWithinLimit(accepted) || chooseMediaType(accepted, CHART_TYPES) !== 'application/json') return undefined
  const header = headers.get('Authorization')
  // Another scheme is good for some routes alone, and a key has one length.
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

/** Spends an allowance. The general way spends it again for a request that is refused here, and words the refusal. */
const isAllowed = async (isolate: Isolate, allowance: Allowance, { key }: Identity, request: Request): Promise<boolean> =>
  (await findExhausted(isolate, allowance, key, request)) === undefined

const respondAgain = async (isolate: Isolate, request: Request, plain: CachedReadRequest): Promise<Response | undefined> => {
  const ready = isolate.memory.responses.get(plain.name)
  const known = request.headers.get('If-None-Match')
  if (!ready || (known !== null && known !== ready.etag)) return undefined
  const kept = getUnconditional(isolate, ready.path)
  if (kept && (known !== null || kept.body !== undefined)) {
    if (kept.metadata.etag !== ready.etag || !(await isAllowed(isolate, 'read', plain.identity, request))) return undefined
    return respondFromCache(isolate, request, plain, ready, known === null ? kept.body : undefined)
  }
  return answerFromKv(isolate, request, plain, ready, known)
}

/** The same from KV. Where that will not do, the general way goes on with what KV has told. */
const answerFromKv = async (isolate: Isolate, request: Request, plain: CachedReadRequest, ready: CachedResponse, known: string | null) => {
  if (!(await isAllowed(isolate, 'read', plain.identity, request))) return undefined
  const begun = isolate.clock.now()
  const { lookup, isServable } = await getUnconditionalFromKv(isolate, ready.path, known === null ? undefined : (etag) => etag === known)
  const ms = isolate.clock.now() - begun
  if (isServable && lookup.entry?.metadata.etag === ready.etag) return respondFromCache(isolate, request, plain, ready, lookup.entry.body, ms)
  isolate.memory.kvLookups.set(request, { found: lookup, ms })
  return undefined
}

/** Gives an answer out, with a body or as 304, from memory or in so many ms from KV. */
const respondFromCache = async (
  isolate: Isolate,
  request: Request,
  { identity, sentId }: CachedReadRequest,
  ready: CachedResponse,
  body: MemoryEntry['body'],
  kvMs?: number,
): Promise<Response | undefined> => {
  if (body && !(await isAllowed(isolate, 'body', identity, request))) return undefined
  const response = body ? new Response(body, ready.whole) : new Response(null, ready.unchanged)
  const requestId = requestIdOf(sentId)
  response.headers.set('X-Request-Id', requestId)
  if (kvMs !== undefined) {
    response.headers.set('Cache-Status', 'kv; hit' satisfies CacheStatus)
    response.headers.set('Server-Timing', serverTiming({ kv: kvMs }, kvMs))
  }
  if (isSampled(isolate)) writeGiven(isolate, request, response, { route: ready.route, identity, requestId, kvMs })
  return response
}

interface Given {
  route: string
  identity: Identity
  requestId: string
  kvMs: number | undefined
}

const writeGiven = (isolate: Isolate, request: Request, response: Response, { kvMs, ...given }: Given) => {
  const meter = { ...createMetrics(), kvReads: kvMs === undefined ? 0 : 1 }
  addTime(meter, kvMs === undefined ? 'memory' : 'kv', kvMs ?? 0)
  logRequest(isolate, request, response, { ...given, meter, spent: meter.spent, ms: kvMs ?? 0 })
}

/** Keeps the headers of an answer from memory or KV that used nothing else, as they are from memory. */
const storeResponse = (isolate: Isolate, request: Request, { name }: CachedReadRequest, { status, headers }: Response): void => {
  const { responses, servedFrom } = isolate.memory
  const from = servedFrom.get(request)
  if (status !== 200 || !from || !/^(memory|kv);dur=\d+$/.test(headers.get('Server-Timing')!)) return
  // By a name of its own, a deployed one is called over https or by a neighbour, whom nothing is to be said about staying.
  if (!headers.has('Strict-Transport-Security') && !isLocalNetwork(new URL(request.url).hostname)) return
  const whole = new Response(null, { headers })
  whole.headers.delete('X-Request-Id')
  whole.headers.set('Cache-Status', 'memory; hit' satisfies CacheStatus)
  whole.headers.set('Server-Timing', 'memory;dur=0')
  const unchanged = new Response(null, { status: 304, headers: whole.headers })
  unchanged.headers.delete('Content-Type')
  if (responses.size >= READY_MOST) responses.clear()
  responses.set(name, { ...from, etag: headers.get('ETag')!, whole, unchanged })
}
