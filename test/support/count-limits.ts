import type { Env } from '../../src/runtime/env.ts'
import { RATE_LIMITS } from '../../src/runtime/rate-limit-policies.ts'
import { attachClients, newIsolate } from './harness.ts'
import type { Harness } from './harness.ts'

/**
 * Returns clients of an isolate on the clock of `harness`, whose rate limiters count what is consumed: by policy in `spent`, and the
 * keys in `keys`. A policy without a quota passes every request.
 */
export const countLimits = (harness: Harness, quotas: Record<string, number> = {}, bindings: Partial<Env> = {}) => {
  const spent: Record<string, number> = {}
  const keys = new Set<string>()
  const limiter = (policy: string): RateLimit => ({
    limit: async ({ key }) => {
      keys.add(key)
      spent[policy] = (spent[policy] ?? 0) + 1
      return { success: spent[policy] <= (quotas[policy] ?? Infinity) }
    },
  })
  const limiters = Object.fromEntries(Object.entries(RATE_LIMITS).map(([policy, { binding }]) => [binding, limiter(policy)]))
  return { spent, keys, clients: attachClients(newIsolate(harness.clock, { ...limiters, ...bindings }), harness.clock) }
}
