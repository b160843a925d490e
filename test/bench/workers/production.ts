import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/**
 * The production bundle as it is timed. Three things are not the simulator's:
 * - The limiters let everything pass. The platform's count in the memory of the machine that a Worker runs on; the simulator
 *   calls a Durable Object for each, which costs several times what a whole request does, and would hide it.
 * - With `MISSES` KV is asked, under a name that nothing is kept under, so that every read is a miss.
 * - Lines of the log go nowhere: the platform takes them up in memory, and here they would be written into what the bench prints.
 */

const misses = (kv: KVNamespace): KVNamespace =>
  ({
    get: (_: string, options: never) => kv.get('nothing', options),
    getWithMetadata: (_: string, options: never) => kv.getWithMetadata('nothing', options),
    put: (...given: Parameters<KVNamespace['put']>) => kv.put(...given),
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
