import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What runs in Node: the commands of seed/, and the Worker as npm start serves it, over real HTTP. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    // They wait for wrangler most of the time.
    maxWorkers: 2,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
