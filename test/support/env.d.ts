import type { D1Migration } from '@cloudflare/vitest-pool-workers'
import type { Env as WorkerEnv } from '../../src/runtime/env.ts'

declare global {
  interface ImportMeta {
    /** Vite's: the text of every file that the pattern names. */
    glob(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, string>
  }
  namespace Cloudflare {
    interface Env extends WorkerEnv {
      MIGRATIONS: D1Migration[]
      /** Hours that the test of the free plan lives through. */
      FREE_HOURS: string
    }
  }
}
