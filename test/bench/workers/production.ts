import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

// The production bundle for timing. It differs from the simulator in three points. The rate limiters let every request
// pass: the platform counts in memory, but the simulator calls a Durable Object per limit, which takes several times as
// long as a request. With `MISSES`, KV is read under an unused key, so that every read is a miss. Log lines are dropped:
// the platform buffers them, but here they would mix with the output of the benchmark.

const misses = (kv: KVNamespace): KVNamespace =>
  ({
    get: (_: string, options: never) => kv.get('nothing', options),
    getWithMetadata: (_: string, options: never) => kv.getWithMetadata('nothing', options),
    put: (...args: Parameters<KVNamespace['put']>) => kv.put(...args),
    delete: (key: string) => kv.delete(key),
  }) as unknown as KVNamespace

let bench: Env | undefined
for (const level of ['log', 'warn', 'error'] as const) console[level] = () => {}

export default {
  fetch(request, env, context) {
    bench ??= {
      ...env,
      CACHE: env.MISSES ? misses(env.CACHE) : env.CACHE,
      ...UNLIMITED,
    }
    return production.fetch(request, bench, context)
  },
} satisfies ExportedHandler<Env & { MISSES?: boolean }>
