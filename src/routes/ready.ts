import type { Isolate } from '../isolate.ts'
import type { App, RequestContext } from '../middleware/context.ts'
import { countedFor } from '../middleware/meter.ts'
import { openSession } from '../db/client.ts'
import { selectHealth } from '../queries/health.ts'
import type { Readiness } from '../schemas/meta.ts'
import { addRoute } from './define.ts'

/** D1 holds at most so much in one database. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_BYTES = 10 * 1024 ** 3
/** Cron ticks each minute; three that were missed are no accident. */
const CRON_LATE_SECONDS = 180
/** What does not answer by then is not ready. */
const LIMIT_MS = 2_000
/** An isolate asks so often at most: anybody may ask it, and each time it would ask the database twice. */
const FOUND_FOR_MS = 1_000

const readHealth = async (isolate: Isolate, now: number) => {
  const session = openSession(isolate, 'first-primary')
  const [[row]] = await session.batch([selectHealth(session.db, now)])
  return row!
}

/** Bytes of the database, which D1 tells with every answer. */
const readSize = async (isolate: Isolate) => (await isolate.database.prepare('select 1').run()).meta.size_after

/** Asks everything that the service cannot do without. */
const findOut = async (isolate: Isolate): Promise<Readiness> => {
  const now = isolate.clock.now()
  const [health, size, kv] = await Promise.all([
    isolate.clock.within(LIMIT_MS, readHealth(isolate, now)).catch(() => undefined),
    isolate.clock.within(LIMIT_MS, readSize(isolate)).catch(() => undefined),
    isolate.clock.within(LIMIT_MS, isolate.kv.get('ready', { cacheTtl: 30 })).then(
      () => true,
      () => false,
    ),
  ])
  const sinceCron = health?.cronAt == null ? null : Math.round((now - health.cronAt) / 1000)
  const ready = health !== undefined && kv && sinceCron !== null && sinceCron <= CRON_LATE_SECONDS
  return {
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
  }
}

/** What was found out within the last second, else what is found out now. */
const findReadiness = async (c: RequestContext, isolate: Isolate): Promise<Readiness> => {
  const { memory, clock } = isolate
  if (memory.readiness && memory.readiness.until > clock.now()) return memory.readiness.found
  const found = await findOut(countedFor(c, isolate))
  memory.readiness = { found, until: clock.now() + FOUND_FOR_MS }
  return found
}

/** Whether the service can work, for whoever watches it. */
export const addReadyRoute = (app: App, isolate: Isolate): void =>
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/ready',
      role: 'open',
      limited: true,
      reach: 'none',
      tag: 'Meta',
      summary: 'Whether database, KV and cron do their work',
      shapes: ({ Ready }) => ({
        answers: { 200: { description: 'They do', schema: Ready }, 503: { description: 'They do not', schema: Ready } },
      }),
    },
    async (c) => {
      const found = await findReadiness(c, isolate)
      const ready = found.status === 'ready'
      return c.json(found, ready ? 200 : 503, { 'Cache-Control': 'no-store', ...(!ready && { 'Retry-After': '30' }) })
    },
  )
