import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Runs the tests of single modules in Node, in less than 10 s. `npm test` runs the same files in the Workers runtime. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { isolate: false, setupFiles: ['test/support/browser-languages.ts'], include: ['test/unit/**/*.test.ts'] },
})
