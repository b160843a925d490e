/** Time as the isolate sees it, in milliseconds; the only source of "now", of waiting and of giving up. */
export interface Clock {
  now(): number
  wait(ms: number): Promise<void>
  /** The outcome of the work, or a rejection with TimeLimit if that takes longer. The work itself goes on. */
  within<T>(ms: number, work: Promise<T>): Promise<T>
}

/** What `Clock.within` rejects with. */
export class TimeLimit extends Error {
  override name = 'TimeLimit'
}

/** The platform's time. */
export const wallClock: Clock = {
  now: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  within: (ms, work) => {
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(new TimeLimit(`longer than ${ms} ms`)), ms)
    return Promise.race([work, limit.promise]).finally(() => clearTimeout(timer))
  },
}
