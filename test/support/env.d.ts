import type { D1Migration } from '@cloudflare/vitest-pool-workers'
import type { Env as WorkerEnv } from '../../src/runtime/env.ts'

declare global {
  interface ImportMeta {
    /** Returns the text of every file that the pattern matches. Provided by Vite. */
    glob(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, string>
    /** Returns the exports of every file that the pattern matches. */
    glob(pattern: string, options: { eager: true }): Record<string, Record<string, unknown>>
  }
  namespace Cloudflare {
    interface Env extends WorkerEnv {
      MIGRATIONS: D1Migration[]
      /** Simulated hours in the test of the free plan. */
      FREE_HOURS: string
    }
  }
}
