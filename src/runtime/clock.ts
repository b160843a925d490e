/** Time as the isolate sees it, in milliseconds; the only source of "now", of waiting and of giving up. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
  /** The outcome of the work, or a rejection with TimeLimit if that takes longer. The work itself goes on. */
  withTimeout<T>(ms: number, work: Promise<T>): Promise<T>
}

/** What `Clock.within` rejects with. */
export class TimeoutError extends Error {
  override name = 'TimeLimit'
}

/** The platform's time. */
export const wallClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  withTimeout: (ms, work) => {
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(new TimeoutError(`longer than ${ms} ms`)), ms)
    return Promise.race([work, limit.promise]).finally(() => clearTimeout(timer))
  },
}
