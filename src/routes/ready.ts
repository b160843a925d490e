import type { Isolate } from '../runtime/isolate.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { forRequest } from '../middleware/request-metrics.ts'
import { probeWrites } from '../jobs/sweep.ts'
import { openSession } from '../db/client.ts'
import { isNotMigrated } from '../runtime/error-text.ts'
import { recordPlatformLimit, PLATFORM_LIMITS, activePlatformLimits } from '../db/platform-limits.ts'
import type { PlatformLimitName } from '../db/platform-limits.ts'
import { selectHealth } from '../queries/health.ts'
import type { Readiness } from '../schemas/meta.ts'
import { addRoute } from '../http/add-route.ts'

/** D1 holds at most so much in one database. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_BYTES = 10 * 1024 ** 3
/** Cron ticks each minute; three that were missed are no accident. */
const CRON_LATE_SECONDS = 180
/** A copy that waits longer for its put is no passing trouble. Readers get fresh payloads from D1 meanwhile. */
const STALE_LATE_SECONDS = 300
/** What does not answer by then is not ready. */
const LIMIT_MS = 2_000
/** An isolate asks so often at most: anybody may ask it, and each time it would ask the database twice. */
const FOUND_FOR_MS = 1_000

const readHealth = async (isolate: Isolate) => {
  const session = openSession(isolate, 'first-primary')
  const [[row]] = await session.batch([selectHealth(session.db)])
  return row!
}

type Outcome<T> = { value: T; error?: undefined } | { value?: undefined; error: unknown }

const settle = async <T>(isolate: Isolate, work: Promise<T>): Promise<Outcome<T>> => {
  try {
    return { value: await isolate.clock.withTimeout(LIMIT_MS, work) }
  } catch (error) {
    recordPlatformLimit(isolate, error)
    return { error: error ?? new Error('no reason') }
  }
}

/** Returns the state of the database: the code of the error that requests get, or `failed` for one that has no code of its own. */
const databaseState = (limits: PlatformLimitName[], errors: unknown[], isMigrated: boolean): Readiness['database'] => {
  if (errors.some(isNotMigrated)) return 'not-migrated'
  const limit = limits.find((name) => name !== 'kv-operations')
  if (limit) return PLATFORM_LIMITS[limit].code
  if (errors.length) return 'failed'
  return isMigrated ? 'ok' : 'not-migrated'
}

/** Asks everything that the service cannot do without. */
const findOut = async (isolate: Isolate): Promise<Readiness> => {
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
  const staleSeconds = health?.dirtySince == null ? null : Math.max(0, Math.round((now - health.dirtySince) / 1000))
  const problems = [
    ...(database === 'ok' ? [] : [`The database is in the state "${database}".`]),
    ...(kv === 'ok' ? [] : [`KV is in the state "${kv}".`]),
    ...(health && sinceCron === null ? ['Cron has never finished.'] : []),
    ...(sinceCron !== null && sinceCron > CRON_LATE_SECONDS ? [`Cron last finished ${sinceCron} s ago; it is due every 60 s.`] : []),
    ...(staleSeconds !== null && staleSeconds > STALE_LATE_SECONDS + isolate.config.deferMs / 1000
      ? [`${health!.dirty} payloads are not published, the oldest for ${staleSeconds} s. Reads check each against the database.`]
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
          dirty: health.dirty,
          oldest_dirty_seconds: staleSeconds,
        }
      : null,
    database_bytes: size === undefined ? null : { used: size, limit: DATABASE_BYTES },
  }
}

/** What was found out within the last second, else what is found out now. */
const findReadiness = async (c: AppContext, isolate: Isolate): Promise<Readiness> => {
  const { memory, clock } = isolate
  if (memory.readinessResult && memory.readinessResult.until > clock.now()) return memory.readinessResult.found
  const counted = forRequest(c, isolate)
  await counted.request.pay(1)
  const found = await findOut(counted)
  memory.readinessResult = { found, until: clock.now() + FOUND_FOR_MS }
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
      scope: 'public',
      tag: 'Meta',
      summary: 'Whether database, KV and cron do their work',
      schemas: ({ Ready }) => ({
        responses: { 200: { description: 'They do', schema: Ready }, 503: { description: 'They do not', schema: Ready } },
      }),
    },
    async (c) => {
      const found = await findReadiness(c, isolate)
      const ready = found.status === 'ready'
      return c.json(found, ready ? 200 : 503, { 'Cache-Control': 'no-store', ...(!ready && { 'Retry-After': '30' }) })
    },
  )
