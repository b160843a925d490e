import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const root = join(import.meta.dirname, '..')

/** Folders of `src` whose branches the tests must cover. */
const COVERED = ['auth', 'cache', 'commands', 'documents', 'jobs', 'rollups']

/** Tests in the Workers runtime, with real D1 and KV. test/e2e has a separate configuration, because it runs in Node. */
export default defineConfig({
  root,
  plugins: [
    cloudflareTest(async () => ({
      remoteBindings: false,
      wrangler: { configPath: './wrangler.toml' },
      // As in local development (.dev.vars), not as deployed.
      miniflare: {
        bindings: {
          PUBLIC_ORGANISATION: 'demo',
          MIGRATIONS: await readD1Migrations('drizzle'),
          FREE_HOURS: process.env.FREE_HOURS ?? '1',
        },
      },
    })),
  ],
  test: {
    // Each worker is one process of Node and one of workerd, so two keep two processors busy.
    maxWorkers: 2,
    include: ['test/unit/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/invariants/**/*.test.ts'],
    // A property test makes hundreds of writes, which takes more than a minute on a small machine with coverage.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // The Worker logs failures, and most tests cause some.
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      // Folders in which an untested branch can lose a write or serve an old payload. Code outside them is not instrumented.
      include: COVERED.map((folder) => `src/${folder}/**/*.ts`),
      reporter: ['text-summary', 'json-summary'],
      thresholds: { branches: 100 },
    },
  },
})
