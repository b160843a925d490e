import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../runtime/isolate.ts'
import { admitLine } from '../runtime/log.ts'
import { redactKeys } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'
import { ERRORS } from '../errors.ts'
import { isSafeMethod } from './rate-limit.ts'
import { createMetrics, serverTiming, elapsed } from './request-metrics.ts'
import type { RequestMetrics, Spent } from './request-metrics.ts'
import { clientInfo } from './client-info.ts'

const HUNG_UP = ERRORS['client-closed-request'].status

/** What a line says of a request beside what the request and its answer say themselves. */
interface Facts {
  requestId: string
  route: string | null
  identity: Identity | undefined
  meter: RequestMetrics
  spent: Spent
  ms: number
}

/** Whether a read that went well is one of those that are written down. */
export const isSampled = ({ config }: Isolate): boolean => Math.random() < config.logSample

/**
 * Writes one line of JSON for a request: what it was, how it was answered, what that took, and who asked from where. Nothing of
 * the query, the headers or the body is in it but the user agent.
 */
export const logRequest = (
  isolate: Isolate,
  request: Request,
  { status, headers }: Response,
  { requestId, route, identity, meter, spent, ms }: Facts,
): void => {
  const { userAgent, country } = clientInfo(request)
  const admitted = status < 400 ? {} : admitLine(isolate, status < 500 ? 'refusals' : 'failures')
  if (!admitted) return
  const line = {
    request_id: requestId,
    method: request.method,
    route,
    status,
    ms,
    spent,
    cache: headers.get('Cache-Status'),
    d1: { queries: meter.queries, rows_read: meter.rowsRead, rows_written: meter.rowsWritten },
    kv: { reads: meter.kvReads, writes: meter.kvWrites },
    organisation: identity?.slug ?? null,
    key: identity?.keyId ?? null,
    user_agent: userAgent,
    country,
    ...admitted,
  }
  isolate.log(redactKeys(JSON.stringify(line)))
}

/** True for a request whose line is written only as often as LOG_SAMPLE says: a read that went well, or a client that hung up. */
const isSampledOnly = (status: number, method: string): boolean => (status < 400 && isSafeMethod(method)) || status === HUNG_UP

/**
 * Writes a line for every write, for refusals and failures as many as log.ts admits, and for a sample of the reads that went
 * well, because a line costs more than such a read. What a request took goes out with its answer as well, as Server-Timing: of a body that is streamed, what it took to begin.
 */
export const requestLog = (isolate: Isolate) =>
  createMiddleware<AppEnv>(async function requestLog(c, next) {
    const begun = isolate.clock.now()
    const meter = createMetrics()
    c.set('meter', meter)
    await next()
    const now = isolate.clock.now()
    const spent = elapsed(meter, now)
    c.res.headers.set('Server-Timing', serverTiming(spent, now - begun))
    if (isSampledOnly(c.res.status, c.req.method) && !isSampled(isolate)) return
    const identity = c.get('identity') as Identity | undefined
    const route = (c.get('route') as string | undefined) ?? null
    logRequest(isolate, c.req.raw, c.res, { requestId: c.get('requestId'), route, identity, meter, spent, ms: now - begun })
  })
