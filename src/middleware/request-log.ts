import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../isolate.ts'
import type { Door } from './context.ts'
import { newMeter, serverTiming, spentUntil } from './meter.ts'
import { originOf } from './origin.ts'

const isRead = (method: string) => ['GET', 'HEAD', 'OPTIONS'].includes(method)

/** A client may put its key where it does not belong, such as into its name or the request id. */
const withoutSecrets = (line: string) => line.replaceAll(/spk_\w+/g, 'spk_…')

/**
 * Writes one line of JSON for a request: what it was, how it was answered, what that took, and who asked from where. Writes,
 * refusals and failures are always written down; of reads that went well a sample, for a line costs more than such a read.
 * What it took goes out with every answer as well, as Server-Timing: of a body that is streamed, what it took to begin.
 * Nothing of the query, the headers or the body is in it but the user agent.
 */
export const requestLog = (isolate: Isolate) =>
  createMiddleware<Door>(async function requestLog(c, next) {
    const begun = isolate.clock.now()
    const meter = newMeter()
    c.set('meter', meter)
    await next()
    const now = isolate.clock.now()
    const spent = spentUntil(meter, now)
    const { status, headers } = c.res
    headers.set('Server-Timing', serverTiming(spent, now - begun))
    if (status < 400 && isRead(c.req.method) && Math.random() >= isolate.settings.logSample) return
    const identity = c.get('identity') as Identity | undefined
    const { userAgent, country } = originOf(c)
    const line = {
      request_id: c.get('requestId'),
      method: c.req.method,
      route: (c.get('route') as string | undefined) ?? null,
      status,
      ms: now - begun,
      spent,
      cache: headers.get('Cache-Status'),
      d1: { queries: meter.queries, rows_read: meter.rowsRead, rows_written: meter.rowsWritten },
      kv: { reads: meter.kvReads, writes: meter.kvWrites },
      organisation: identity?.slug ?? null,
      key: identity?.keyId ?? null,
      user_agent: userAgent,
      country,
    }
    isolate.log(withoutSecrets(JSON.stringify(line)))
  })
