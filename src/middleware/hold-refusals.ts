import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../runtime/isolate.ts'
import type { AppEnv } from './app-env.ts'

/** Refusals for too many requests: of the client, and of all together. */
const REFUSALS = new Set([429, 503])
/** How long a refusal is held back. Waiting costs no processor time. */
const HOLD_MS = 1_000
/** Maximum number of refusals held back at once; further ones are sent immediately. One holds a few KB. */
const HELD_MOST = 1_000

/**
 * Holds back the refusal of a client without a valid key. A client that asks again as soon as it is answered would otherwise
 * occupy the isolate with refusals, which delays everyone else's writes.
 */
export const holdRefusals = (isolate: Isolate) =>
  createMiddleware<AppEnv>(async function holdRefusals(c, next) {
    await next()
    if (!REFUSALS.has(c.res.status) || (c.get('identity') as Identity | undefined)?.key != null) return
    const { heldUntil } = isolate.memory
    const now = isolate.clock.now()
    // By time and not by count: a request whose client hangs up ends without a word.
    while (heldUntil.length > 0 && heldUntil[0]! <= now) heldUntil.shift()
    if (heldUntil.length >= HELD_MOST) return
    heldUntil.push(now + HOLD_MS)
    await isolate.clock.sleep(HOLD_MS)
  })
