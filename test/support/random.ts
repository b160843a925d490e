/** Returns random numbers that depend only on the seed (mulberry32). */
export const makeRandom = (seed: number) => {
  let state = seed
  /** Returns a whole number from 0 up to but not including `limit`. */
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return { below, pick: <T>(values: readonly T[]): T => values[below(values.length)]! }
}
