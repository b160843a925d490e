import { TimeoutError } from '../../src/runtime/clock.ts'
import type { Clock } from '../../src/runtime/clock.ts'

/** A clock that a test moves: waiting takes no time and moves it on. Giving up on hanging work takes real time, shortened. */
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
