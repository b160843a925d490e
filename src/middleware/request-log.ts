import { createMiddleware } from 'hono/factory'
import type { Identity } from '../auth/identity-cache.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { admitLine } from '../runtime/log.ts'
import { redactKeys } from '../schemas/redaction.ts'
import type { AppEnv } from './app-env.ts'
import { ERRORS } from '../errors.ts'
import { isSafeMethod } from './rate-limit.ts'
import { serverTiming, elapsed } from './request-metrics.ts'
import type { RequestMetrics, Spent } from './request-metrics.ts'
import { clientInfo } from './client-info.ts'

const CLIENT_CLOSED_STATUS = ERRORS['client-closed-request'].status

/** The values of a log line that are not part of the request or the response. */
export interface LogRecord {
  requestId: string
  route: string | null
  identity: Identity | undefined
  metrics: RequestMetrics
  spent: Spent
  ms: number
}

/** True for a random sample of the successful reads. `LOG_SAMPLE` is its share. */
export const isSampled = ({ config }: Isolate): boolean => Math.random() < config.logSample

/**
 * Writes one line of JSON for a request: route, status, duration, usage, and client. The user agent is the only header in it. It
 * contains neither the query string nor the body.
 */
export const logRequest = (
  isolate: Isolate,
  request: Request,
  { status, headers }: Response,
  { requestId, route, identity, metrics, spent, ms }: LogRecord,
): void => {
  const { userAgent, country } = clientInfo(request)
  const admitted = status < 400 ? {} : admitLine(isolate, status < 500 ? 'rejections' : 'failures')
  if (!admitted) return
  const line = {
    request_id: requestId,
    method: request.method,
    route,
    status,
    ms,
    spent,
    cache: headers.get('Cache-Status'),
    d1: { queries: metrics.queries, rows_read: metrics.rowsRead, rows_written: metrics.rowsWritten },
    kv: { reads: metrics.kvReads, writes: metrics.kvWrites },
    organisation: identity?.slug ?? null,
    key: identity?.keyId ?? null,
    user_agent: userAgent,
    country,
    ...admitted,
  }
  isolate.log(redactKeys(JSON.stringify(line)))
}

/** True for a request that is logged only if it is in the sample: a successful read, or a client that disconnected. */
const isSampledOnly = (status: number, method: string): boolean => (status < 400 && isSafeMethod(method)) || status === CLIENT_CLOSED_STATUS

/**
 * Logs every write, as many errors as log.ts admits, and a sample of the successful reads, because a line costs more than such a read.
 * Also sends the durations as Server-Timing. For a streamed body they end with its first byte.
 */
export const requestLog = createMiddleware<AppEnv>(async function requestLog(c, next) {
  const isolate = c.get('isolate')
  const begun = isolate.clock.now()
  await next()
  const now = isolate.clock.now()
  const spent = elapsed(isolate.usage, now)
  c.res.headers.set('Server-Timing', serverTiming(spent, now - begun))
  if (isSampledOnly(c.res.status, c.req.method) && !isSampled(isolate)) return
  const identity = c.get('identity') as Identity | undefined
  const route = (c.get('route') as string | undefined) ?? null
  logRequest(isolate, c.req.raw, c.res, { requestId: c.get('requestId'), route, identity, metrics: isolate.usage, spent, ms: now - begun })
})
