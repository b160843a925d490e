import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import shared from '../../vitest.config.ts'

/** `npm run bench:scale` runs in the Workers runtime like the integration tests, with enough time to fill a database. */
export default defineConfig({
  ...shared,
  root: join(import.meta.dirname, '../../..'),
  test: { include: ['test/bench/scale/*.bench.ts'], testTimeout: 1_800_000, hookTimeout: 60_000, reporters: ['dot'] },
  define: { 'globalThis.BENCH_FULL': JSON.stringify(process.env['BENCH_FULL'] === '1') },
})
