import { createRandom } from './random.ts'

/**
 * Virtual time with a seeded scheduler. Every asynchronous step of a run is an event here, and only the seed decides its
 * time. So a run can be repeated by its seed.
 */
export class Timeline {
  /** Unix milliseconds. */
  now = 1_800_000_000_000
  readonly #events: { at: number; order: number; run: () => unknown }[] = []
  #order = 0
  readonly random: () => number

  constructor(seed: number) {
    this.random = createRandom(seed)
  }

  between = (min: number, max: number): number => min + Math.floor(this.random() * (max - min + 1))
  chance = (probability: number): boolean => this.random() < probability
  pick = <T>(list: readonly T[]): T => list[this.between(0, list.length - 1)]!

  /** Number of events that have not run yet. */
  get pending(): number {
    return this.#events.length
  }

  /** Runs a function after this time. If it returns `false`, it has woken no waiter, and the scheduler need not wait for one. */
  after(ms: number, run: () => unknown): void {
    const event = { at: this.now + ms, order: this.#order++, run }
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#events[middle]!.at <= event.at) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
  }

  sleep = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve))

  /**
   * Runs events until a time, or until none is left. Each event gets a turn of Node's event loop: code that it wakes has
   * run before the next event. Turns are requested many at a time, because each request costs a system call.
   */
  run(until = Number.POSITIVE_INFINITY): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let isDone = false
    const turn = () => {
      if (isDone) return
      try {
        isDone = !this.#happen(until)
      } catch (error) {
        isDone = true
        return reject(error)
      }
      if (isDone) resolve()
    }
    const requestTurns = () => {
      if (isDone) return
      for (let turns = 0; turns < TURNS; turns++) setImmediate(turn)
      setImmediate(requestTurns)
    }
    requestTurns()
    return promise
  }

  /** Runs events up to one that may have woken a waiter. Returns false if there was none. */
  #happen(until: number): boolean {
    for (let event; (event = this.#events[0]) && event.at <= until;) {
      this.#events.shift()
      this.now = Math.max(this.now, event.at)
      if (event.run() !== false) return true
    }
    if (Number.isFinite(until)) this.now = Math.max(this.now, until)
    return false
  }
}

/** Turns that are requested at once. */
const TURNS = 32
