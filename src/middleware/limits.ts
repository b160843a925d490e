import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../isolate.ts'
import { Problem } from '../errors.ts'
import { logError } from '../log.ts'
import type { Role } from '../schemas/roles.ts'
import type { Door } from './context.ts'
import { addressOf } from './failures.ts'
import { POLICIES } from './policies.ts'
import type { Policy } from './policies.ts'

/** Whether a method only asks (RFC 9110, section 9.2.1). */
export const isRead = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method)

const over = (policy: Policy) => {
  const { quota, seconds } = POLICIES[policy]
  return new Problem('too-many-requests', `The policy ${policy} allows ${quota} in ${seconds} seconds; wait, and go on more slowly.`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

/** Whose allowance a request is spent of: its key's, or without one its address's. */
export const spenderOf = (key: number | null, request: Request): string => (key === null ? `address ${addressOf(request)}` : `key ${key}`)

/**
 * Lets a request pass unless its key or address has had its share. A limiter that fails lets everything pass. The allowance
 * of bodies is spent when one is about to be sent, for only then is it known that there is one.
 * @param role least role that the route takes, none for an open one: that goes by address, for it asks nobody who they are
 * @throws Problem `too-many-requests`
 */
export const limits = (isolate: Isolate, role?: Role) => {
  const limiters = { read: isolate.readLimit, body: isolate.bodyLimit, write: isolate.writeLimit, admin: isolate.adminLimit }
  const spend = async (policies: (keyof typeof limiters)[], key: string) => {
    const results = await Promise.all(policies.map((policy) => limiters[policy].limit({ key }))).catch((error: unknown) => {
      logError(isolate, 'rate limiter failed:', error)
      return []
    })
    const spent = results.findIndex(({ success }) => !success)
    if (spent >= 0) throw over(policies[spent]!)
  }
  return createMiddleware<Door>(async function limits(c, next) {
    const who = spenderOf((c.get('identity') as Identity | undefined)?.key ?? null, c.req.raw)
    // Who comes from the short way has spent its allowance of reads there.
    const isSpent = isolate.memory.asked.has(c.req.raw)
    const wanted = [...(isSpent ? [] : ['read']), ...(isRead(c.req.method) ? [] : ['write']), ...(role === 'admin' ? ['admin'] : [])]
    await spend(wanted as (keyof typeof limiters)[], who)
    await next()
    if (c.req.method === 'GET' && c.res.status === 200) await spend(['body'], who)
  })
}
