import { join } from 'node:path'
import { readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { build } from 'esbuild'
import { Log, LogLevel, Miniflare } from 'miniflare'
import { unstable_readConfig } from 'wrangler'
import { hashApiKey } from '../../src/auth/api-key.ts'

/**
 * A process that tests kill. It runs workerd with the Worker of workers/paused.ts on a socket without a proxy, with real
 * local storage in a directory. Prints its URL. Usage: `node worker-process.ts DIRECTORY KEY`
 */
const [directory, key] = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const config = unstable_readConfig({ config: join(root, 'wrangler.toml') })
const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, 'workers/paused.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
})
const variables = { ...config.vars, MEMORY_SECONDS: '0' }
const miniflare = new Miniflare({
  cf: false,
  log: new Log(LogLevel.NONE),
  logRequests: false,
  enableDevRegistry: false,
  telemetry: { enabled: false },
  resourcePersistencePath: directory!,
  workers: [
    {
      config: {
        name: 'paused',
        compatibilityDate: config.compatibility_date!,
        manifest: { mainModule: 'entry.js', modules: { 'entry.js': { type: 'esm', contents: outputFiles[0]!.text } } },
        env: {
          ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { type: 'text', value: String(value) } as const])),
          DB: { type: 'd1', id: 'paused' },
          CACHE: { type: 'kv', id: 'paused' },
        },
      },
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
    },
  ],
})
const database = await miniflare.getD1Database('DB')
const { results } = await database.prepare(`select name from sqlite_schema where name = 'organisations'`).all()
if (results.length === 0) {
  for (const { queries } of await readD1Migrations(join(root, 'drizzle')))
    await database.batch(queries.map((query) => database.prepare(query)))
  await database.batch([
    database.prepare(`insert into organisations (slug, name, created_at, next_key_id) values ('demo', 'demo', 0, 1)`),
    database
      .prepare(`insert into api_keys (organisation_pk, id, hash, name, role, created_at) values (1, 0, ?, 'key', 'engineer', 0)`)
      .bind(await hashApiKey(key!)),
  ])
}
console.log(JSON.stringify((await miniflare.unsafeGetDirectURL('paused')).origin))
