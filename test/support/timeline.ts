/**
 * Virtual time with a seeded scheduler: whatever is asynchronous in a run is an event here, and the seed alone decides
 * when it happens. A run of the same seed is the same run.
 */
export class Timeline {
  /** Unix milliseconds. */
  now = 1_800_000_000_000
  readonly #events: { at: number; order: number; run: () => unknown }[] = []
  #order = 0
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 to 1, mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  between = (least: number, most: number): number => least + Math.floor(this.random() * (most - least + 1))
  chance = (probability: number): boolean => this.random() < probability
  pick = <T>(list: readonly T[]): T => list[this.between(0, list.length - 1)]!

  /** How many events are still to happen. */
  get pending(): number {
    return this.#events.length
  }

  /** Runs something after so many milliseconds. It may answer `false`: nothing waited for it, so nothing need be waited for. */
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
   * Lets everything happen until a time, or until nothing is left to happen. Each event gets a turn of Node's own: what it
   * wakes has run before the next. Turns are asked for many at a time, because each time costs a system call.
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
    const ask = () => {
      if (isDone) return
      for (let turns = 0; turns < TURNS; turns++) setImmediate(turn)
      setImmediate(ask)
    }
    ask()
    return promise
  }

  /** Runs events up to one that may have woken something; answers whether there was one. */
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

/** Turns that are asked for at once. */
const TURNS = 32
