import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests on virtual time in Node: simulation, mutants and bursts. Each test uses all cores, so files run one after the other. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    fileParallelism: false,
    silent: 'passed-only',
    include: ['test/{simulation,mutation}/**/*.test.ts'],
    testTimeout: 1_200_000,
  },
})
