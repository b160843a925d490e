import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests of single modules, in plain Node. `npm test` runs the same files in the Workers runtime, with coverage. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { include: ['test/unit/**/*.test.ts'] },
})
