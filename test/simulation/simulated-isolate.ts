import type { Isolate } from '../../src/runtime/isolate.ts'
import type { App } from '../../src/middleware/app-env.ts'
import type { Config } from '../../src/runtime/config.ts'
import type { Queue } from '../../src/runtime/database-queue.ts'
import { getEpochState } from '../../src/runtime/state.ts'
import { requests, unlessEnded } from '../support/lifetime.ts'
import type { Life } from '../support/lifetime.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { UNLIMITED } from '../support/unlimited.ts'
import type { Code } from './code.ts'

/** The simulated platform of isolates. */
export interface Platform {
  timeline: Timeline
  kv: SimulatedKv
  d1: SimulatedD1
  variables: Record<string, string>
  /** Replaces configuration that no variable sets. */
  config?: Partial<Config>
}

/** An isolate with its app. Declaring routes is slow, so later runs use the app again. */
interface PooledApp {
  isolate: Isolate
  app: App
}
const pooledApps = new WeakMap<Code, PooledApp[]>()

/** Takes an app from the pool or creates one, and replaces all state of its isolate, including the memory. */
const acquire = (code: Code, isolate: Isolate): PooledApp => {
  const pooled = pooledApps.get(code)?.pop()
  if (!pooled) return { isolate, app: code.app.createApp(isolate) }
  Object.assign(pooled.isolate, isolate)
  return pooled
}

/** An isolate at a location. */
export interface SimulatedIsolate {
  life: Life
  location: string
  /** Handles a request. `resetConnection` can end its life. */
  fetch(request: Request, life?: Life): Promise<Response>
  /** Runs all jobs of the minute, or those that maintain cache entries. */
  runCron(allJobs: boolean): Promise<unknown>
  /** Sets the difference of the clock of the isolate from the timeline. */
  setClock(differenceMs: number): void
  /** Lists the work that the isolate believes to be in progress: places of queries, and renderings that readers would wait for. */
  listPending(): string[]
  /** Returns the app to the pool. Must not be called while anything of the run can still happen. */
  release(): void
}

/** Time that `waitUntil` work may use after the response or a reset connection, before the platform stops the request. */
const WAIT_UNTIL_LIMIT_MS = 30_000

const closers = new WeakMap<Life, () => void>()
/** Resets the connection of a request, as its client may do. */
export const resetConnection = (life: Life): void => closers.get(life)?.()

/** The pending queries of a queue. An ended request adds none, because the platform runs no more of its code. */
class QueriesOfRunning<Query> extends Set<Query> {
  override add(query: Query): this {
    return requests.getStore()?.ended ? this : super.add(query)
  }
}

/** Starts an isolate of a release. Its clock differs from the timeline by up to 2 s. */
export const startIsolate = (code: Code, location: string, { timeline, kv, d1, variables, config }: Platform): SimulatedIsolate => {
  const life: Life = { ended: false }
  let skew = timeline.between(-2_000, 2_000)
  const clock = {
    // Delays may be fractions of a millisecond, but `Date.now()` is an integer.
    now: () => Math.floor(timeline.now + skew),
    sleep: (ms: number) => unlessEnded(life, timeline.sleep(ms)),
    withTimeout: <T>(ms: number, work: Promise<T>) =>
      unlessEnded(
        life,
        new Promise<T>((resolve, reject) => {
          let ended = false
          timeline.after(ms, () => !ended && reject(new code.clock.TimeoutError(`longer than ${ms} ms`)))
          void work.then(resolve, reject).finally(() => (ended = true))
        }),
      ),
  }
  const environment = {
    DB: d1.binding(life, location),
    CACHE: kv.binding(life, location),
    ...UNLIMITED,
    PUBLIC_ORGANISATION: 'demo',
    ...variables,
  }
  const created = code.isolate.createIsolate(environment as never, clock)
  const { createPendingQueries } = code.pendingQueries
  const pendingQueries = createPendingQueries()
  for (const queue of Object.keys(pendingQueries) as Queue[]) pendingQueries[queue] = new QueriesOfRunning()
  created.state.isolate.set(createPendingQueries, pendingQueries)
  const pooled = acquire(code, { ...created, config: { ...created.config, ...config } })
  const { isolate, app } = pooled

  const respond = async (request: Request, requestLife: Life): Promise<Response> => {
    const running: Promise<unknown>[] = []
    let hasAnswered = false
    /** Ends the request. It is cut off if it still works. */
    const end = (isCut: boolean) => {
      if (requestLife.ended) return
      requestLife.ended = true
      if (isCut) kv.recordCut()
    }
    // Work in waitUntil may call waitUntil again.
    const drain = async (): Promise<void> => {
      for (let awaited = -1; awaited < running.length;) {
        awaited = running.length
        await Promise.allSettled(running)
      }
      end(!hasAnswered)
    }
    const close = () => {
      timeline.after(WAIT_UNTIL_LIMIT_MS, () => {
        end(true)
        return false
      })
      void drain()
    }
    closers.set(requestLife, close)
    const context = {
      waitUntil: (work: Promise<unknown>) => {
        running.push(work)
        void work.catch(() => {})
      },
      passThroughOnException: () => {},
      props: {},
    } as unknown as ExecutionContext
    const response = await app.fetch(request, {}, context)
    const text = await response.text()
    hasAnswered = true
    close()
    return new Response(response.status === 204 || response.status === 304 ? null : text, response)
  }
  return {
    life,
    location,
    fetch: (request, requestLife = { ended: false }) => requests.run(requestLife, () => respond(request, requestLife)),
    runCron: (allJobs) =>
      requests.run({ ended: false }, () => code.cron.runCron(isolate, timeline.now, allJobs ? undefined : code.cron.cacheJobs)),
    listPending: () => [
      ...Object.entries(pendingQueries).flatMap(([queue, queries]) =>
        queries.size === 0 ? [] : [`${queries.size} queries of the queue ${queue}`],
      ),
      ...getEpochState(isolate, code.singleFlight.createInFlight)
        .keys()
        .map((name) => `a rendering of ${name}`),
    ],
    setClock: (differenceMs) => void (skew = differenceMs),
    release: () => void pooledApps.set(code, [...(pooledApps.get(code) ?? []), pooled]),
  }
}
