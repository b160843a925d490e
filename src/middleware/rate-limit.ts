import { createMiddleware } from 'hono/factory'
import type { Identity } from '../auth/identity-cache.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { setBounded } from '../runtime/bounded-map.ts'
import { Problem } from '../errors.ts'
import { logError } from '../runtime/log.ts'
import { formatNumber } from '../schemas/limits.ts'
import type { Role } from '../schemas/roles.ts'
import { findNetworks } from './client-networks.ts'
import type { AppEnv } from './app-env.ts'
import { RATE_LIMITS } from '../runtime/rate-limit-policies.ts'
import type { Policy } from '../runtime/rate-limit-policies.ts'

/** Time for which a rejection of the limiter is cached. */
const REFUSED_MS = 1_000

/** True for a safe method, which changes nothing (RFC 9110, section 9.2.1). */
export const isSafeMethod = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method)

/** The quantities that rate limits count. */
export type Allowance = 'read' | 'body' | 'write' | 'admin' | 'database' | 'large' | 'lookup'

const KEY_POLICIES: Record<Exclude<Allowance, 'lookup'>, Policy> = {
  read: 'read',
  body: 'body',
  write: 'write',
  admin: 'admin',
  database: 'database',
  large: 'database-large',
}
/** Policies of requests without a key. The other allowances need a valid key, or are bounded by one of these. */
const ADDRESS_POLICIES: Partial<Record<Allowance, { address: Policy; network: Policy }>> = {
  read: { address: 'anonymous', network: 'network' },
  database: { address: 'anonymous-database', network: 'network-database' },
  large: { address: 'anonymous-large', network: 'network-large' },
  lookup: { address: 'key-lookups', network: 'network-lookups' },
}

/** Returns the policies that count a request, each with the name of its counter. */
const listCounters = (allowance: Allowance, keyPk: number | null, request: Request): [policy: Policy, name: string][] => {
  if (keyPk !== null && allowance !== 'lookup') return [[KEY_POLICIES[allowance], `key ${keyPk}`]]
  const policies = ADDRESS_POLICIES[allowance]
  if (!policies) return []
  const { address, wider } = findNetworks(request)
  return [[policies.address, `address ${address}`], ...wider.map((network): [Policy, string] => [policies.network, `network ${network}`])]
}

/** Exhausted rate limits by policy and client, with the time until which the limiter is not called again. */
const createExhausted = () => new Map<string, number>()

/** Counts a request in one counter. True if it is within the quota, or if the limiter fails. */
const consume = async (isolate: Isolate, policy: Policy, name: string): Promise<boolean> => {
  const { clock, limiters } = isolate
  const exhausted = getState(isolate, createExhausted)
  const counter = `${policy} ${name}`
  if ((exhausted.get(counter) ?? 0) > clock.now()) return false
  try {
    const { success } = await limiters[RATE_LIMITS[policy].binding].limit({ key: name })
    if (!success) setBounded(exhausted, counter, clock.now() + REFUSED_MS)
    return success
  } catch (error) {
    logError(isolate, 'rate limiter failed:', error)
    return true
  }
}

/** Spends an allowance, and returns the exhausted policy; undefined if the request is allowed. */
export const findExhausted = async (isolate: Isolate, allowance: Allowance, keyPk: number | null, request: Request) => {
  const counters = listCounters(allowance, keyPk, request)
  // Nearly every request has one counter or none, and Promise.all would take longer than the counter.
  if (counters.length <= 1) {
    const [only] = counters
    return only === undefined || (await consume(isolate, ...only)) ? undefined : only[0]
  }
  const within = await Promise.all(counters.map((counter) => consume(isolate, ...counter)))
  return counters[within.indexOf(false)]?.[0]
}

/**
 * Spends an allowance of a key, or of an address for a request without a key.
 * @throws Problem `too-many-requests`
 */
export const spendAllowance = async (isolate: Isolate, allowance: Allowance, keyPk: number | null, request: Request): Promise<void> => {
  const policy = await findExhausted(isolate, allowance, keyPk, request)
  if (policy === undefined) return
  const { quota, seconds } = RATE_LIMITS[policy]
  throw new Problem(
    'too-many-requests',
    `Rate limit exceeded: ${formatNumber(quota)} requests per ${seconds} s (policy "${policy}"). Retry after ${seconds} s.`,
    { headers: { 'Retry-After': String(seconds) } },
  )
}

/** Returns the primary key of the API key of a request; null without a valid key, and before authentication. */
export const getKeyPk = (c: { get(name: 'identity'): Identity }): number | null =>
  (c.get('identity') as Identity | undefined)?.keyPk ?? null

/**
 * Spends the allowances of a request before its handler runs. The allowance of bodies is spent after it, if the response has one.
 * @param role minimum role of the route; undefined for an open route, which counts by address
 * @throws Problem `too-many-requests`
 */
export const rateLimit = (role?: Role) =>
  createMiddleware<AppEnv>(async function rateLimit(c, next) {
    const { method, raw } = c.req
    const isolate = c.get('isolate')
    const keyPk = getKeyPk(c)
    const { notes } = c.env
    // The fast path may have counted the request.
    if (!notes.isCounted) {
      notes.isCounted = true
      await spendAllowance(isolate, 'read', keyPk, raw)
    }
    if (!isSafeMethod(method)) await spendAllowance(isolate, 'write', keyPk, raw)
    if (role === 'admin') await spendAllowance(isolate, 'admin', keyPk, raw)
    await next()
    if (method === 'GET' && c.res.status === 200) await spendAllowance(isolate, 'body', keyPk, raw)
  })

/**
 * Spends a read for every request that no route has counted: rejected keys, unknown paths and methods, redirects, preflights.
 * @throws Problem `too-many-requests`
 */
export const countAll = createMiddleware<AppEnv>(async function countAll(c, next) {
  await next()
  if (!c.env.notes.isCounted) await spendAllowance(c.get('isolate'), 'read', getKeyPk(c), c.req.raw)
})
