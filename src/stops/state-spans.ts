import { SILENCE_SECONDS, SILENT } from '../chunks/states.ts'
import type { ChunkStates, MachineState, StateChange } from '../chunks/states.ts'
import type { Span } from '../schedule/shift-occurrences.ts'

/** A span of time with one state of the machine. */
export interface StateSpan extends Span {
  state: MachineState
}

/** A row of `selectStates`. */
type Row = [start: number, states: ChunkStates]

/** The readings of a chunk that have an actual production. Times are Unix seconds. */
interface KnownReadings {
  count: number
  changes: StateChange[]
  first: number
  last: number
}

/** A change of state. A change to `SILENT` has the usual step of the readings before it; undefined if there are fewer than two. */
type Change = StateChange & { usualSeconds?: number | undefined }

/** Number of usual steps after which a reading is missing. */
const MISSED_STEPS = 3

/** Parses a row; none if its chunk has no reading with an actual production. */
const parseRow = ([start, [count, ...pairs]]: Row): KnownReadings[] => {
  if (count === 0) return []
  const changes = Array.from({ length: (pairs.length - 1) / 2 }, (_, index) => ({
    time: start + pairs[2 * index]!,
    state: pairs[2 * index + 1] as MachineState,
  }))
  return [{ count: count!, changes, first: changes[0]!.time, last: start + pairs.at(-1)! }]
}

/** Parses the text of `selectStates`. Returns the chunks in order of time. */
const parseStates = (json: string): KnownReadings[] => (JSON.parse(json) as Row[]).toSorted((a, b) => a[0] - b[0]).flatMap(parseRow)

/**
 * Returns the mean step between the readings of a chunk, in whole seconds. Steps that may be silence do not count, unless all steps of
 * the chunk may be. The step of a single reading is the one from the chunk before.
 */
const meanStep = ({ count, changes, first, last }: KnownReadings, before: KnownReadings | undefined): number | undefined => {
  if (count === 1) return before && first - before.last
  const silences = changes.flatMap(({ time, state }, index) => (state === SILENT ? changes[index + 1]!.time - time : []))
  const others = count - 1 - silences.length
  const total = silences.reduce((sum, seconds) => sum - seconds, last - first)
  return others > 0 ? Math.floor(total / others) : Math.floor((last - first) / (count - 1))
}

/** Returns every change of state up to the newest reading. Silence between two chunks is a change too. */
const listChanges = (chunks: readonly KnownReadings[], newest: number): Change[] => {
  const steps = chunks.map((chunk, index) => meanStep(chunk, chunks[index - 1]))
  const usualSteps = steps.map((step, index) => Math.min(step ?? Infinity, steps[index - 1] ?? Infinity))
  return chunks.flatMap(({ changes, last }, index) => {
    const usualSeconds = usualSteps[index] === Infinity ? undefined : usualSteps[index]
    const next = chunks[index + 1]?.first ?? newest
    return [
      ...changes.map((change) => (change.state === SILENT ? { ...change, usualSeconds } : change)),
      ...(next - last >= SILENCE_SECONDS ? [{ time: last, state: SILENT, usualSeconds } as const] : []),
    ]
  })
}

/** Returns the changes without silence that is no longer than usual. Silence begins one usual step after the last reading. */
const judgeSilence = (changes: readonly Change[], newest: number): StateChange[] =>
  changes.flatMap(({ time, state, usualSeconds }, index): StateChange[] => {
    if (state !== SILENT) return [{ time, state }]
    const until = changes[index + 1]?.time ?? newest
    const isMissing = usualSeconds !== undefined && until - time > MISSED_STEPS * usualSeconds
    return isMissing ? [{ time: time + usualSeconds, state }] : []
  })

/**
 * Returns the states of a machine as adjoining spans, from long ago up to its newest reading. A state lasts until the reading that
 * changes it, so the last span is empty if the newest reading changes it. Before the first reading there are no data.
 * @param json text of `selectStates`
 * @param newest time of the newest reading
 */
export const parseStateSpans = (json: string, newest: number): StateSpan[] => {
  const changes: StateChange[] = [
    { time: Number.MIN_SAFE_INTEGER, state: SILENT },
    ...judgeSilence(listChanges(parseStates(json), newest), newest),
  ]
  const distinct = changes.filter(({ state }, index) => state !== changes[index - 1]?.state)
  return distinct.map(({ time, state }, index) => ({ from: time, to: distinct[index + 1]?.time ?? newest, state }))
}
