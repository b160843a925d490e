import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests of the pages in a real browser, with a Worker that npm start serves. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/browser/setup.ts',
    // One Worker serves all tests, and each file changes its data.
    maxWorkers: 1,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The default is one second, which a busy machine exceeds.
    expect: { poll: { timeout: 30_000 } },
  },
})
