import production from '../../../src/index.ts'
import type { Env, Limiters } from '../../../src/runtime/env.ts'
import { RATE_LIMITS } from '../../../src/runtime/rate-limit-policies.ts'

/**
 * Returns a rate limiter that counts in memory, as on the platform. The limiter of the simulator is slower than a whole
 * request.
 */
const limiterOf = (quota: number, seconds: number): RateLimit => {
  let counts = new Map<string, number>()
  let window = 0
  return {
    limit: async ({ key }) => {
      const now = Math.floor(Date.now() / (seconds * 1000))
      if (now !== window) [counts, window] = [new Map(), now]
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return { success: counts.get(key)! <= quota }
    },
  }
}

const limiters = Object.fromEntries(
  Object.values(RATE_LIMITS).map(({ binding, quota, seconds }) => [binding, limiterOf(quota, seconds)]),
) as Limiters
let limited: Env | undefined
for (const level of ['log', 'warn', 'error'] as const) console[level] = () => {}

export default {
  fetch(request, env, context) {
    limited ??= { ...env, ...limiters }
    return production.fetch(request, limited, context)
  },
} satisfies ExportedHandler<Env>
