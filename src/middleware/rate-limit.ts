import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../runtime/isolate.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { Problem } from '../errors.ts'
import { logError } from '../runtime/log.ts'
import type { Role } from '../schemas/roles.ts'
import { findNetworks } from './client-networks.ts'
import type { AppEnv } from './app-env.ts'
import { RATE_LIMITS } from '../runtime/rate-limit-policies.ts'
import type { Policy } from '../runtime/rate-limit-policies.ts'

/** How long a refusal is believed without asking the limiter again. */
const REFUSED_MS = 1_000

/** Whether a method only asks (RFC 9110, section 9.2.1). */
export const isSafeMethod = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method)

/** What a request may spend. */
export type Allowance = 'read' | 'body' | 'write' | 'admin' | 'database' | 'large' | 'lookup'

const OF_KEY: Record<Exclude<Allowance, 'lookup'>, Policy> = {
  read: 'read',
  body: 'body',
  write: 'write',
  admin: 'admin',
  database: 'database',
  large: 'database-large',
}
/** What is not in here is for valid keys only, or bounded by what is. */
const OF_ADDRESS: Partial<Record<Allowance, { address: Policy; network: Policy }>> = {
  read: { address: 'anonymous', network: 'network' },
  database: { address: 'anonymous-database', network: 'network-database' },
  large: { address: 'anonymous-large', network: 'network-large' },
  lookup: { address: 'key-lookups', network: 'network-lookups' },
}

/** Returns the policies that a request spends one of, and the name under which each counts it. */
const countersOf = (allowance: Allowance, key: number | null, request: Request): [policy: Policy, name: string][] => {
  if (key !== null && allowance !== 'lookup') return [[OF_KEY[allowance], `key ${key}`]]
  const policies = OF_ADDRESS[allowance]
  if (!policies) return []
  const { address, wider } = findNetworks(request)
  return [[policies.address, `address ${address}`], ...wider.map((network): [Policy, string] => [policies.network, `network ${network}`])]
}

/** Spends one of a policy. A limiter that fails lets the request pass. */
const isWithin = async (isolate: Isolate, policy: Policy, name: string): Promise<boolean> => {
  const { memory, clock, limiters } = isolate
  const refusal = `${policy} ${name}`
  if ((memory.refusedUntil.get(refusal) ?? 0) > clock.now()) return false
  try {
    const { success } = await limiters[RATE_LIMITS[policy].binding].limit({ key: name })
    if (!success) setBounded(memory.refusedUntil, refusal, clock.now() + REFUSED_MS)
    return success
  } catch (error) {
    logError(isolate, 'rate limiter failed:', error)
    return true
  }
}

/** Spends an allowance, and returns the policy that is exhausted, if one is. */
export const findExhausted = async (isolate: Isolate, allowance: Allowance, key: number | null, request: Request) => {
  const counters = countersOf(allowance, key, request)
  const [first] = counters
  // The usual case, and on the path of every read.
  if (first && counters.length === 1) return (await isWithin(isolate, ...first)) ? undefined : first[0]
  const within = await Promise.all(counters.map((counter) => isWithin(isolate, ...counter)))
  return counters[within.indexOf(false)]?.[0]
}

/**
 * Spends an allowance of a key, or without one of an address.
 * @throws Problem `too-many-requests`
 */
export const spendAllowance = async (isolate: Isolate, allowance: Allowance, key: number | null, request: Request): Promise<void> => {
  const policy = await findExhausted(isolate, allowance, key, request)
  if (policy === undefined) return
  const { quota, seconds } = RATE_LIMITS[policy]
  throw new Problem(
    'too-many-requests',
    `Rate limit exceeded: ${quota.toLocaleString('en')} requests per ${seconds} s (policy "${policy}"). Retry after ${seconds} s.`,
    { headers: { 'Retry-After': String(seconds) } },
  )
}

const keyOf = (c: { get(name: 'identity'): Identity }): number | null => (c.get('identity') as Identity | undefined)?.key ?? null

/**
 * Spends the allowances of a request before it is worked on; that of bodies once it is known that one is sent.
 * @param role least role that the route takes, none for an open one, which spends by address
 * @throws Problem `too-many-requests`
 */
export const rateLimit = (isolate: Isolate, role?: Role) =>
  createMiddleware<AppEnv>(async function limits(c, next) {
    const { method, raw } = c.req
    const key = keyOf(c)
    // A request from the short way has spent its read there.
    if (!isolate.memory.kvLookups.has(raw)) {
      c.set('isCounted', true)
      await spendAllowance(isolate, 'read', key, raw)
    }
    c.set('isCounted', true)
    if (!isSafeMethod(method)) await spendAllowance(isolate, 'write', key, raw)
    if (role === 'admin') await spendAllowance(isolate, 'admin', key, raw)
    await next()
    if (method === 'GET' && c.res.status === 200) await spendAllowance(isolate, 'body', key, raw)
  })

/**
 * Spends a read for every request that no route has counted: refused keys, unknown paths and methods, redirects, preflights.
 * @throws Problem `too-many-requests`
 */
export const countAll = (isolate: Isolate) =>
  createMiddleware<AppEnv>(async function countAll(c, next) {
    await next()
    if (!c.get('isCounted')) await spendAllowance(isolate, 'read', keyOf(c), c.req.raw)
  })
