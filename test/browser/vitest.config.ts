import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What people see: the pages in a real browser, over a Worker that npm start serves. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/browser/setup.ts',
    // One Worker serves all, and one file after the other changes what it holds.
    maxWorkers: 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
