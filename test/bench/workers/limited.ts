import production from '../../../src/index.ts'
import type { Env, Limiters } from '../../../src/runtime/env.ts'
import { RATE_LIMITS } from '../../../src/runtime/rate-limit-policies.ts'

/** The Worker with limiters that count in memory, as the platform's do. The simulator's are slower than a whole request. */
const limiterOf = (quota: number, seconds: number): RateLimit => {
  let spent = new Map<string, number>()
  let window = 0
  return {
    limit: async ({ key }) => {
      const now = Math.floor(Date.now() / (seconds * 1000))
      if (now !== window) [spent, window] = [new Map(), now]
      spent.set(key, (spent.get(key) ?? 0) + 1)
      return { success: spent.get(key)! <= quota }
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
