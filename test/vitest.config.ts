import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const root = join(import.meta.dirname, '..')

/** Files of `src` whose branches the tests must all cover. An untested branch in them can lose a write or serve an old payload. */
const COVERED = [
  ...['cache', 'commands', 'documents', 'jobs', 'schedule'].map((folder) => `src/${folder}/**/*.ts`),
  'src/chunks/*.ts',
  ...['days', 'offset-periods'].map((name) => `src/local-time/${name}.ts`),
]

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
    setupFiles: ['test/support/browser-languages.ts', 'test/support/setup.ts'],
    // A worker runs all its files in one isolate. To start workerd and load the app takes 2.7 s of processor time, more than most files.
    isolate: false,
    include: ['test/unit/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/invariants/**/*.test.ts'],
    // A property test makes hundreds of writes, which takes more than a minute on a small machine with coverage.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // The Worker logs failures, and most tests cause some.
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      // Other code is not instrumented, which would slow every test.
      include: COVERED,
      // Names the files and lines that are not covered.
      reporter: [['text', { skipFull: true }]],
      thresholds: { branches: 100 },
    },
  },
})
