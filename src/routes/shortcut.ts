import type { Identity, Isolate, Ready } from '../isolate.ts'
import { recallPlain } from '../cache/read.ts'
import { isNoted } from '../commands/use.ts'
import type { App } from '../middleware/context.ts'
import { recallHash } from '../middleware/hashes.ts'
import { BOOKMARK_HEADER } from '../middleware/headers.ts'
import { spenderOf } from '../middleware/limits.ts'
import { newMeter, spend } from '../middleware/meter.ts'
import { recallNow } from '../middleware/remember.ts'
import { isSampled, writeLine } from '../middleware/request-log.ts'
import { isNear } from '../middleware/secure.ts'

/**
 * The short way of reads from memory. What the general way has answered from memory is answered again with the same headers,
 * as long as memory has the same payload, nothing about the request is special, and nothing is to be looked up or noted for
 * whoever asks. Whatever is not as plain as that goes the general way: refusals are worded there alone. It is worth having
 * because a router, a dozen middlewares and as many headers take longer than everything else of such a read.
 */
export const withShortcut = (isolate: Isolate, general: App['fetch']): App['fetch'] => {
  return async (request, env, context) => {
    const plain = plainOf(isolate, request)
    const again = plain && (await answerAgain(isolate, request, plain))
    if (again) return again
    const response = await general(request, env, context)
    if (plain) keepReady(isolate, request, plain, response)
    return response
  }
}

/** Who asks, and the name under which the answer to just this is kept: its address, and those who are answered alike. */
interface Plain {
  identity: Identity
  name: string
}

/** Answers kept at once. One weighs little more than its headers. */
const READY_MOST = 1_000

const plainOf = (isolate: Isolate, { method, url, headers }: Request): Plain | undefined => {
  if (method !== 'GET' || headers.has(BOOKMARK_HEADER) || headers.has('Want-Repr-Digest')) return undefined
  // Whoever likes CSV, by its name or as some text, may be answered otherwise than the address alone says.
  if (/csv|text\/\*/i.test(headers.get('Accept') ?? '')) return undefined
  const header = headers.get('Authorization')
  // Another scheme is good for some routes alone.
  if (header !== null && !header.startsWith('Bearer ')) return undefined
  const name = header === null ? 'public' : recallHash(isolate, header)
  const identity = name === undefined ? undefined : recallNow(isolate, name)
  if (!identity || identity.factories !== null || (identity.key !== null && !isNoted(isolate, identity.key))) return undefined
  return { identity, name: `${identity.key === null ? 'public' : identity.organisation} ${url}` }
}

/** A sane id that the client sent, as Hono's requestId has it, or a new one. */
const requestIdOf = (sent: string | null): string =>
  sent === null || sent === '' || sent.length > 100 || /[^\w\-=]/.test(sent) ? crypto.randomUUID() : sent

/** Spends what limits.ts spends on such a read. A limiter that refuses or fails is asked again on the general way, which knows what to say. */
const isAllowed = async (isolate: Isolate, { key }: Identity, request: Request, hasBody: boolean): Promise<boolean> => {
  const who = { key: spenderOf(key, request) }
  try {
    return (await isolate.readLimit.limit(who)).success && (!hasBody || (await isolate.bodyLimit.limit(who)).success)
  } catch {
    return false
  }
}

const answerAgain = async (isolate: Isolate, request: Request, { identity, name }: Plain): Promise<Response | undefined> => {
  const ready = isolate.memory.ready.get(name)
  const kept = ready && recallPlain(isolate, ready.path)
  if (!kept || kept.label.etag !== ready.etag) return undefined
  const known = request.headers.get('If-None-Match')
  if (known === null ? kept.body === undefined : known !== ready.etag) return undefined
  if (!(await isAllowed(isolate, identity, request, known === null))) return undefined
  const response = known === null ? new Response(kept.body, ready.whole) : new Response(null, ready.unchanged)
  const requestId = requestIdOf(request.headers.get('X-Request-Id'))
  response.headers.set('X-Request-Id', requestId)
  if (isSampled(isolate)) writeReady(isolate, request, response, ready, identity, requestId)
  return response
}

const writeReady = (isolate: Isolate, request: Request, response: Response, { route }: Ready, identity: Identity, requestId: string) => {
  const meter = newMeter()
  spend(meter, 'memory', 0)
  writeLine(isolate, request, response, { requestId, route, identity, meter, spent: meter.spent, ms: 0 })
}

/** Keeps the headers of an answer from memory that used nothing else. */
const keepReady = (isolate: Isolate, request: Request, { name }: Plain, { status, headers }: Response): void => {
  const { ready, servedFrom } = isolate.memory
  const from = servedFrom.get(request)
  if (status !== 200 || !from || headers.get('Server-Timing') !== 'memory;dur=0') return
  // By a name of its own, a deployed one is called over https or by a neighbour, whom nothing is to be said about staying.
  if (!headers.has('Strict-Transport-Security') && !isNear(new URL(request.url).hostname)) return
  const whole = new Response(null, { headers })
  whole.headers.delete('X-Request-Id')
  const unchanged = new Response(null, { status: 304, headers: whole.headers })
  unchanged.headers.delete('Content-Type')
  if (ready.size >= READY_MOST) ready.clear()
  ready.set(name, { ...from, etag: headers.get('ETag')!, whole, unchanged })
}
