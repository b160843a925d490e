import type { Isolate } from '../../src/runtime/isolate.ts'
import type { App } from '../../src/middleware/app-env.ts'
import type { Config } from '../../src/runtime/config.ts'
import { requests, unlessEnded } from '../support/lifetime.ts'
import type { Life } from '../support/lifetime.ts'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { UNLIMITED } from '../support/unlimited.ts'
import type { Code } from './code.ts'

/** The world that isolates live in. */
export interface Surroundings {
  timeline: Timeline
  kv: SimulatedKv
  d1: SimulatedD1
  variables: Record<string, string>
  /** Replaces settings that no variable sets. */
  settings?: Partial<Config>
}

/** An isolate with its app, apart from any world. Routes take long to declare, so they serve one run after another. */
interface PooledApp {
  isolate: Isolate
  app: App
}
const vessels = new WeakMap<Code, PooledApp[]>()

/** Fills a vessel that an earlier run has left, or a new one. What isolates remember is part of what they are filled with. */
const acquire = (code: Code, isolate: Isolate): PooledApp => {
  const left = vessels.get(code)?.pop()
  if (!left) return { isolate, app: code.app.createApp(isolate) }
  Object.assign(left.isolate, isolate)
  return left
}

/** An isolate somewhere. */
export interface Member {
  life: Life
  location: string
  /** Answers a request; its life may be ended by `hangUp`. */
  fetch(request: Request, life?: Life): Promise<Response>
  /** Cron's minute, or what of it concerns the copies alone. */
  tick(whole: boolean): Promise<unknown>
  /** Leaves what it was made of to other runs. Only when nothing of this run can happen any more, not even to the dead. */
  leave(): void
}

/** The platform stops a request once its answer is out, or its client gone, and what it asked to be kept alive is done; half a minute later at the latest. */
const LAST_MS = 30_000

const closers = new WeakMap<Life, () => void>()
/** The client of a request resets its socket. */
export const hangUp = (life: Life): void => closers.get(life)?.()

/** A new isolate of a release, with a clock a little off. */
export const startIsolate = (code: Code, location: string, { timeline, kv, d1, variables, settings }: Surroundings): Member => {
  const life: Life = { ended: false }
  const skew = timeline.between(-2_000, 2_000)
  const clock = {
    now: () => timeline.now + skew,
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
  const made = code.isolate.createIsolate(environment as never, clock)
  const vessel = acquire(code, { ...made, config: { ...made.config, ...settings } })
  const { isolate, app } = vessel

  const answer = async (request: Request, its: Life): Promise<Response> => {
    const running: Promise<unknown>[] = []
    const end = () => {
      its.ended = true
      return false
    }
    // What is kept alive may ask for more to be kept alive, until nothing is left.
    const drain = async (): Promise<void> => {
      for (let known = -1; known < running.length;) {
        known = running.length
        await Promise.allSettled(running)
      }
      end()
    }
    const close = () => {
      timeline.after(LAST_MS, end)
      void drain()
    }
    closers.set(its, close)
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
    close()
    return new Response(response.status === 204 || response.status === 304 ? null : text, response)
  }
  return {
    life,
    location,
    fetch: (request, its = { ended: false }) => requests.run(its, () => answer(request, its)),
    tick: (whole) =>
      requests.run({ ended: false }, () => code.cron.runCron(isolate, timeline.now, whole ? undefined : code.cron.cacheJobs)),
    leave: () => void vessels.set(code, [...(vessels.get(code) ?? []), vessel]),
  }
}
