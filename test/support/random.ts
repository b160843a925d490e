/** Returns a function that returns numbers from 0 up to but not including 1. They depend only on the seed (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Returns random choices that depend only on the seed. */
export const makeRandom = (seed: number) => {
  const random = createRandom(seed)
  /** Returns a whole number from 0 up to but not including `limit`. */
  const below = (limit: number): number => Math.floor(random() * limit)
  return { below, pick: <T>(values: readonly T[]): T => values[below(values.length)]! }
}
