import { createMiddleware } from 'hono/factory'
import type { Isolate, RequestIsolate } from '../runtime/isolate.ts'
import { LIGHT_ROWS } from '../db/pending-queries.ts'
import type { AppContext, AppEnv } from './app-env.ts'
import { measureIsolate } from './measured-isolate.ts'
import type { MeasuredIsolate } from './measured-isolate.ts'
import { getKeyPk, spendAllowance } from './rate-limit.ts'

/**
 * Builds the isolate as one request uses it: its queries and KV calls are measured, spend the allowances of the client, and wait in its
 * queue. The client is known only after authentication, so its key is read when a query needs it.
 */
const buildRequestIsolate = (c: AppContext, isolate: Isolate): RequestIsolate & MeasuredIsolate => {
  const measured = measureIsolate(isolate)
  return {
    ...measured,
    request: {
      get queue() {
        return getKeyPk(c) === null ? 'anonymous' : 'read'
      },
      pay: (rows) => spendAllowance(isolate, rows > LIGHT_ROWS ? 'large' : 'database', getKeyPk(c), c.req.raw),
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    },
  }
}

/**
 * Sets the isolate of the request. It is the only middleware that gets the isolate itself, so that no handler can send a query that is not
 * measured or not paid for.
 */
export const requestIsolate = (isolate: Isolate) =>
  createMiddleware<AppEnv>(async function requestIsolate(c, next) {
    c.set('isolate', buildRequestIsolate(c, isolate))
    await next()
  })
