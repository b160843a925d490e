import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What runs in Node, on virtual time: the proof of the cache, the proof of the proof, and bursts. Each test takes all cores itself. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    fileParallelism: false,
    silent: 'passed-only',
    include: ['test/simulation/**/*.test.ts'],
    testTimeout: 1_200_000,
  },
})
