import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const root = join(import.meta.dirname, '..')

/** What runs inside the Workers runtime, with real D1 and KV. test/e2e has its own configuration, for it runs in Node. */
export default defineConfig({
  root,
  plugins: [
    cloudflareTest(async () => ({
      remoteBindings: false,
      wrangler: { configPath: './wrangler.toml' },
      // As in local development (.dev.vars), whatever wrangler.toml deploys.
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
    // Each is a process of Node and one of workerd: two files at once keep two processors busy.
    maxWorkers: 2,
    include: ['test/unit/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/invariants/**/*.test.ts'],
    // The property tests live through hundreds of writes, which takes a small machine with coverage more than a minute.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // The Worker logs what goes wrong, and most tests make something go wrong.
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      // Where a branch that nobody tried loses a write or shows an old payload.
      thresholds: Object.fromEntries(
        ['auth', 'cache', 'commands', 'documents', 'jobs', 'rollups'].map((folder) => [`src/${folder}/**`, { branches: 100 }]),
      ),
    },
  },
})
