import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Tests on virtual time in Node: simulation, mutants and bursts. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    // Some tests run on one core, so two files and two mutants at the same time use both cores of a small machine.
    maxWorkers: 2,
    maxConcurrency: 2,
    silent: 'passed-only',
    include: ['test/{simulation,mutation}/**/*.test.ts'],
    testTimeout: 1_200_000,
  },
})
