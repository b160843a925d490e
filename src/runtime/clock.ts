/** The only source of the current time, of pauses and of time limits. All times are in milliseconds. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
  /** Settles like `work`, or rejects with `TimeoutError` after `ms`. The work itself is not stopped. */
  withTimeout<T>(ms: number, work: Promise<T>): Promise<T>
}

/** The rejection of `Clock.withTimeout`. */
export class TimeoutError extends Error {
  override name = 'TimeoutError'
}

/** The clock of the platform. */
export const wallClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  withTimeout: (ms, work) => {
    const timeout = Promise.withResolvers<never>()
    const timer = setTimeout(() => timeout.reject(new TimeoutError(`Time limit of ${ms} ms exceeded.`)), ms)
    return Promise.race([work, timeout.promise]).finally(() => clearTimeout(timer))
  },
}
