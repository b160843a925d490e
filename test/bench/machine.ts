import { join } from 'node:path'
import { readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { Log, LogLevel, Miniflare } from 'miniflare'
import type { MiniflareOptions } from 'miniflare'
import { unstable_readConfig } from 'wrangler'
import { PRODUCTION } from './bundle.ts'

const root = join(import.meta.dirname, '../..')

/** One Worker: its module, and its bindings in addition to D1 and KV, which all Workers share. */
export interface Part {
  entry: string
  /** The production bundle, if the entry imports it. */
  production?: string
  bindings?: Record<string, unknown>
}

/** Workers in one process of workerd, each with a separate socket and without a proxy. */
export interface Machine {
  /** Returns the URL of a Worker. */
  url(name: string): Promise<string>
  readonly database: D1Database
  readonly kv: KVNamespace
  /** Returns the URL of V8's inspector, if it was switched on. */
  inspector(): Promise<URL>
  stop(): Promise<void>
}

/** Returns the name of a Worker in URLs. */
export const nameOf = (worker: string): string => worker.replaceAll(/[^\w-]+/g, '-')

type Binding = NonNullable<MiniflareOptions['workers'][number]['config']['env']>[string]

const bindingOf = (value: unknown): Binding =>
  typeof value === 'string' ? { type: 'text', value } : { type: 'json', value: value as never }

/** Starts workerd with these Workers, the compatibility date and variables of wrangler.toml, and a migrated database. */
export const startMachine = async (parts: Record<string, Part>, { inspected = false } = {}): Promise<Machine> => {
  const config = unstable_readConfig({ config: join(root, 'wrangler.toml') })
  const miniflare = new Miniflare({
    cf: false,
    ...(inspected && { inspectorPort: 0 }),
    log: new Log(LogLevel.WARN),
    logRequests: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    workers: Object.entries(parts).map(([name, { entry, production, bindings = {} }]) => ({
      config: {
        name: nameOf(name),
        compatibilityDate: config.compatibility_date!,
        manifest: {
          mainModule: 'entry.js',
          modules: {
            'entry.js': { type: 'esm', contents: entry },
            ...(production !== undefined && { [PRODUCTION.slice(2)]: { type: 'esm', contents: production } }),
          },
        },
        env: {
          ...Object.fromEntries(Object.entries({ ...config.vars, ...bindings }).map(([key, value]) => [key, bindingOf(value)])),
          DB: { type: 'd1', id: 'bench' },
          CACHE: { type: 'kv', id: 'bench' },
        },
      },
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
    })),
  })
  const [any] = Object.keys(parts)
  const database = (await miniflare.getD1Database('DB', nameOf(any!))) as unknown as D1Database
  for (const { queries } of await readD1Migrations(join(root, 'drizzle'))) {
    await database.batch(queries.map((query) => database.prepare(query)))
  }
  return {
    url: async (name) => (await miniflare.unsafeGetDirectURL(nameOf(name))).origin,
    database,
    kv: (await miniflare.getKVNamespace('CACHE', nameOf(any!))) as unknown as KVNamespace,
    inspector: async () => new URL((await miniflare.getInspectorURL()).href.replace('ws:', 'http:')),
    stop: () => miniflare.dispose(),
  }
}
