import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { probeWrites } from '../jobs/heartbeat.ts'
import { openSession } from '../db/client.ts'
import { isNotMigrated } from '../runtime/error-text.ts'
import { recordPlatformLimit, PLATFORM_LIMITS, activePlatformLimits } from '../db/platform-limits.ts'
import type { PlatformLimitName } from '../db/platform-limits.ts'
import { selectHealth } from '../queries/health.ts'
import type { Readiness } from '../schemas/meta.ts'
import { formatNumber } from '../schemas/limits.ts'
import { addRoute } from '../http/add-route.ts'

/** Maximum size of a D1 database. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_BYTES = 10 * 1024 ** 3
/** Cron runs every minute. The Worker is not ready after three missed runs. */
const CRON_LATE_SECONDS = 180
/** Maximum time for which a cache entry may be stale. Readers get current payloads from D1 in the meantime. */
const STALE_LATE_SECONDS = 300
/** Time limit of each probe. */
const TIMEOUT_MS = 2_000
/** Time for which a result is cached. The route is open, and each probe sends two queries to the database. */
const PROBE_TTL_MS = 1_000

const readHealth = async (isolate: Isolate) => {
  const session = openSession(isolate, 'first-primary')
  const [[row]] = await session.batch([selectHealth(session.db)])
  return row!
}

type Outcome<T> = { value: T; error?: undefined } | { value?: undefined; error: unknown }

const settle = async <T>(isolate: Isolate, work: Promise<T>): Promise<Outcome<T>> => {
  try {
    return { value: await isolate.clock.withTimeout(TIMEOUT_MS, work) }
  } catch (error) {
    recordPlatformLimit(isolate, error)
    return { error: error ?? new Error('no reason') }
  }
}

/** Returns the state of the database: `ok`, the error code that requests get, or `failed` for an error without a specific code. */
const databaseState = (limits: PlatformLimitName[], errors: unknown[], isMigrated: boolean): Readiness['database'] => {
  if (errors.some(isNotMigrated)) return 'not-migrated'
  const limit = limits.find((name) => name !== 'kv-operations')
  if (limit) return PLATFORM_LIMITS[limit].code
  if (errors.length) return 'failed'
  return isMigrated ? 'ok' : 'not-migrated'
}

/** Probes database, KV and cron. */
const probe = async (isolate: Isolate): Promise<Readiness> => {
  const now = isolate.clock.now()
  const [{ value: health, ...read }, { value: size, ...written }, cached] = await Promise.all([
    settle(isolate, readHealth(isolate)),
    settle(isolate, probeWrites(isolate)),
    settle(isolate, isolate.kv.get('ready', { cacheTtl: 30 })),
  ])
  const limits = activePlatformLimits(isolate)
  const errors = [read.error, written.error].filter((error) => error !== undefined)
  const database = databaseState(limits, errors, Boolean(health?.isMigrated))
  const kv = limits.includes('kv-operations') ? 'quota-exceeded' : cached.error === undefined ? 'ok' : 'failed'
  const sinceCron = health?.cronAt == null ? null : Math.round((now - health.cronAt) / 1000)
  const staleSeconds = health?.staleSince == null ? null : Math.max(0, Math.round((now - health.staleSince) / 1000))
  const problems = [
    ...(database === 'ok' ? [] : [`The database has the status "${database}".`]),
    ...(kv === 'ok' ? [] : [`KV has the status "${kv}".`]),
    ...(health && sinceCron === null ? ['Cron has never completed.'] : []),
    ...(sinceCron !== null && sinceCron > CRON_LATE_SECONDS
      ? [`Cron last completed ${formatNumber(sinceCron)} s ago; it is due every 60 s.`]
      : []),
    ...(staleSeconds !== null && staleSeconds > STALE_LATE_SECONDS + isolate.config.deferMs / 1000
      ? [
          `${formatNumber(health!.staleCount)} cache entries are stale, the oldest for ${formatNumber(staleSeconds)} s. Reads check them against the database.`,
        ]
      : []),
  ]
  return {
    status: problems.length ? 'not ready' : 'ready',
    problems,
    database,
    kv,
    limits,
    seconds_since_cron: sinceCron,
    copies: health
      ? {
          dirty: health.staleCount,
          oldest_dirty_seconds: staleSeconds,
        }
      : null,
    database_bytes: size === undefined ? null : { used: size, limit: DATABASE_BYTES },
  }
}

/** The last result, and the time until which it is reused. */
const createResult = (): { found?: Readiness; until: number } => ({ until: 0 })

/** Returns the cached result of the last second, or probes. */
const findReadiness = async (c: AppContext): Promise<Readiness> => {
  const isolate = c.get('isolate')
  const cached = getState(isolate, createResult)
  if (cached.found && cached.until > isolate.clock.now()) return cached.found
  await isolate.request.pay(1)
  const found = await probe(isolate)
  Object.assign(cached, { found, until: isolate.clock.now() + PROBE_TTL_MS })
  return found
}

/** Registers the readiness check for monitoring. */
export const addReadyRoute = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/ready',
      operationId: 'getReadiness',
      role: 'open',
      scope: 'public',
      tag: 'Meta',
      summary: 'Check readiness of database, KV and cron',
      schemas: ({ Ready }) => ({
        responses: {
          200: { description: 'Ready', schema: Ready },
          503: { description: 'Not ready', schema: Ready, headers: { 'Retry-After': 'always' } },
        },
      }),
    },
    async (c) => {
      const readiness = await findReadiness(c)
      const ready = readiness.status === 'ready'
      return c.json(readiness, ready ? 200 : 503, { 'Cache-Control': 'no-store', ...(!ready && { 'Retry-After': '30' }) })
    },
  )
