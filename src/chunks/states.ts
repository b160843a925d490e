/**
 * The states of a machine in a chunk, without its readings: a JSON array with the number of readings that have an actual production,
 * then pairs of a time and the state from then on, and the time of the last such reading. Times count from the start of the chunk.
 * Readings without an actual production say nothing about the machine, so they do not count.
 *
 * A chunk has at most 120 pairs, because an interval without production that is shorter than any stop is left out between two
 * intervals with production.
 */
export type ChunkStates = number[]

/** No production, production, and a step between readings that is so long that it must be compared with the usual step. */
export const STOPPED = 0
export const RUNNING = 1
export const SILENT = 2
export type MachineState = typeof STOPPED | typeof RUNNING | typeof SILENT

/** A shorter interval without production is never a stop, whatever a factory configures. */
export const SHORTEST_STOP_SECONDS = 60
/** A step of this length or more between two readings may be a time without data. */
export const SILENCE_SECONDS = 900

/** A time at which the state changes. */
export interface StateChange {
  time: number
  state: MachineState
}

/** Returns the changes of state in readings with an actual production. */
const findChanges = (known: readonly { time: number; actual: number }[]): StateChange[] =>
  known.flatMap(({ time, actual }, index): StateChange[] => {
    const before = known[index - 1]
    const state = actual > 0 ? RUNNING : STOPPED
    if (before && time - before.time >= SILENCE_SECONDS)
      return [
        { time: before.time, state: SILENT },
        { time, state },
      ]
    return before && before.actual > 0 === actual > 0 ? [] : [{ time, state }]
  })

/** True if a change begins an interval without production that is too short for a stop, between two intervals with production. */
const isShort = (changes: readonly StateChange[], index: number): boolean => {
  const [before, change, after] = [changes[index - 1], changes[index], changes[index + 1]]
  return (
    change?.state === STOPPED && before?.state === RUNNING && after?.state === RUNNING && after.time - change.time < SHORTEST_STOP_SECONDS
  )
}

/**
 * Returns the states of the readings of a chunk.
 * @param start first second of the chunk
 * @param readings in order of time
 */
export const computeStates = (start: number, readings: readonly { time: number; actual: number | null }[]): ChunkStates => {
  const known = readings.flatMap(({ time, actual }) => (actual === null ? [] : [{ time: time - start, actual }]))
  const changes = findChanges(known)
  const kept = changes.filter((_, index) => !isShort(changes, index) && !isShort(changes, index - 1))
  return known.length === 0 ? [0] : [known.length, ...kept.flatMap(({ time, state }) => [time, state]), known.at(-1)!.time]
}
