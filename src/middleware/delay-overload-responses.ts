import { createMiddleware } from 'hono/factory'
import type { Identity } from '../auth/identity-cache.ts'
import { getState } from '../runtime/state.ts'
import type { AppEnv } from './app-env.ts'

/** Statuses of overload: of the client, and of the service. */
const OVERLOAD_STATUSES = new Set([429, 503])
/** Delay of an overload response. Waiting uses no processor time. */
const DELAY_MS = 1_000
/** Maximum number of responses delayed at once. Further ones are sent immediately. Each uses a few KB of memory. */
const MAX_DELAYED = 1_000

/** Times at which the delayed responses are sent, in order. */
export const createDelays = (): number[] => []

/**
 * Delays overload responses to clients without a valid key. A client that retries immediately would otherwise occupy the isolate with
 * rejections, which delays the writes of other clients.
 */
export const delayOverloadResponses = createMiddleware<AppEnv>(async function delayOverloadResponses(c, next) {
  await next()
  if (!OVERLOAD_STATUSES.has(c.res.status) || (c.get('identity') as Identity | undefined)?.keyPk != null) return
  const { clock } = c.get('isolate')
  const heldUntil = getState(c.get('isolate'), createDelays)
  const now = clock.now()
  // Counts by end time, because a request whose client disconnects ends without running code after the sleep.
  while (heldUntil.length > 0 && heldUntil[0]! <= now) heldUntil.shift()
  if (heldUntil.length >= MAX_DELAYED) return
  heldUntil.push(now + DELAY_MS)
  await clock.sleep(DELAY_MS)
})
