import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests in Node: the commands of src/cli, and the Worker as npm start serves it, over real HTTP. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    // Most of their time is spent waiting for wrangler.
    maxWorkers: 2,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
