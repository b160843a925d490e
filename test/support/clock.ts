import { TimeoutError } from '../../src/runtime/clock.ts'
import type { Clock } from '../../src/runtime/clock.ts'

/** A clock that a test moves. `sleep` takes no time: it advances the clock. `withTimeout` waits in real time. */
export class TestClock implements Clock {
  #now = Date.now()
  now(): number {
    return this.#now
  }
  advance(ms: number): void {
    this.#now += ms
  }
  async sleep(ms: number): Promise<void> {
    this.advance(ms)
  }
  withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(new TimeoutError(`longer than ${ms} ms`)), ms)
    return Promise.race([work, limit.promise]).finally(() => clearTimeout(timer))
  }
}
