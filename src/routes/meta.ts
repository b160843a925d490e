import packageJson from '../../package.json' with { type: 'json' }
import type { Assembled, Isolate } from '../isolate.ts'
import { pack } from '../cache/assemble.ts'
import type { App } from '../middleware/context.ts'
import { openSession } from '../db/client.ts'
import { countedFor } from '../middleware/meter.ts'
import { POLICIES_IN_WORDS } from '../middleware/policies.ts'
import { selectHealth } from '../queries/health.ts'
import { LIMITS_IN_WORDS } from '../schemas/limits.ts'
import { Health, OpenApi, Ready } from '../schemas/meta.ts'
import { send } from './answer.ts'
import { addRoute } from './define.ts'

/** D1 holds at most so much in one database. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_BYTES = 10 * 1024 ** 3
/** Cron ticks each minute; three that were missed are no accident. */
const CRON_LATE_SECONDS = 180
/** What does not answer by then is not ready. */
const LIMIT_MS = 2_000

/** What the contract says of itself. The server is where it was read from, so that it is the same wherever that is. */
const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'Sprocket telemetry',
    version: packageJson.version,
    description: [
      'Production of sprockets against the goal, for each factory, and a catalogue of sprocket types. Ids count from 0 within an organisation.',
      LIMITS_IN_WORDS,
      POLICIES_IN_WORDS,
    ].join(' '),
    license: { name: 'All rights reserved', identifier: 'LicenseRef-Proprietary' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Factories', description: 'Who makes sprockets: list, one, names and time zones' },
    { name: 'Readings', description: 'How many were made against how many were to be made, over time' },
    { name: 'Sprockets', description: 'The catalogue of sprocket types' },
    { name: 'Keys', description: 'Who may do what: handing out, rotating and revoking API keys' },
    { name: 'Organisation', description: 'The organisation itself, and the log of what was changed in it' },
    { name: 'Meta', description: 'The service itself' },
  ],
}

/** Whether the service lives, whether it can work, and what it offers. */
export const addMetaRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/health',
      role: 'open',
      reach: 'none',
      tag: 'Meta',
      summary: 'Whether the Worker runs; asks nothing but itself',
      answers: { 200: { description: 'It runs', schema: Health } },
    },
    (c) => c.json({ status: 'ok', version: packageJson.version }, 200, { 'Cache-Control': 'no-store' }),
  )

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/ready',
      role: 'open',
      reach: 'none',
      tag: 'Meta',
      summary: 'Whether database, KV and cron do their work',
      answers: { 200: { description: 'They do', schema: Ready }, 503: { description: 'They do not', schema: Ready } },
    },
    async (c) => {
      const now = isolate.clock.now()
      const counted = countedFor(c, isolate)
      const [health, size, kv] = await Promise.all([
        isolate.clock.within(LIMIT_MS, readHealth(counted, now)).catch(() => undefined),
        isolate.clock.within(LIMIT_MS, readSize(counted)).catch(() => undefined),
        isolate.clock.within(LIMIT_MS, counted.kv.get('ready', { cacheTtl: 30 })).then(
          () => true,
          () => false,
        ),
      ])
      const sinceCron = health?.cronAt == null ? null : Math.round((now - health.cronAt) / 1000)
      const ready = health !== undefined && kv && sinceCron !== null && sinceCron <= CRON_LATE_SECONDS
      return c.json(
        {
          status: ready ? 'ready' : 'not ready',
          database: health ? 'ok' : 'failed',
          kv: kv ? 'ok' : 'failed',
          seconds_since_cron: sinceCron,
          copies: health
            ? {
                dirty: health.dirty,
                oldest_dirty_seconds: health.dirtySince === null ? null : Math.max(0, Math.round((now - health.dirtySince) / 1000)),
              }
            : null,
          database_bytes: size === undefined ? null : { used: size, limit: DATABASE_BYTES },
        },
        ready ? 200 : 503,
        { 'Cache-Control': 'no-store', ...(!ready && { 'Retry-After': '30' }) },
      )
    },
  )

  let contract: Promise<Assembled> | undefined
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/openapi.json',
      role: 'open',
      reach: 'none',
      tag: 'Meta',
      summary: 'This contract',
      headers: ['If-None-Match'],
      answers: { 200: { description: 'The contract', schema: OpenApi }, 304: { description: 'The client has the present state' } },
    },
    // Made once: by now every route is registered, and none comes while the isolate lives.
    async (c) => send(c, await (contract ??= pack(JSON.stringify(app.getOpenAPI31Document(ABOUT))))),
  )
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. Without one a request is a viewer of the public organisation, where there is one.',
  })
}

const readHealth = async (isolate: Isolate, now: number) => {
  const [row] = await selectHealth(openSession(isolate, 'first-primary').db, now)
  return row!
}

/** Bytes of the database, which D1 tells with every answer. */
const readSize = async (isolate: Isolate) => (await isolate.database.prepare('select 1').run()).meta.size_after
