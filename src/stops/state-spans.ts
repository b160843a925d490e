import { SILENCE_SECONDS, SILENT } from '../chunks/states.ts'
import type { ChunkStates, MachineState } from '../chunks/states.ts'
import type { Span } from '../schedule/shift-occurrences.ts'

/** A span of time with one state of the machine. */
export interface StateSpan extends Span {
  state: MachineState
}

/** A row of `selectStates`. */
type Row = [start: number, states: ChunkStates]

/** The readings of a chunk that have an actual production. Times are Unix seconds. */
interface KnownReadings {
  start: number
  first: number
  last: number
  states: ChunkStates
}

/** Number of usual steps after which a reading is missing. */
const MISSED_STEPS = 3

/** Parses the text of `selectStates`. Returns the chunks that have a reading with an actual production, in order of time. */
const parseStates = (json: string): KnownReadings[] =>
  (JSON.parse(json) as Row[])
    .filter(([, [count]]) => count !== 0)
    .toSorted((a, b) => a[0] - b[0])
    .map(([start, states]) => ({ start, first: start + states[1]!, last: start + states.at(-1)!, states }))

/** Calls a function with each change of state of a chunk: its time, the state, and the time of the next change in the chunk. */
const forEachChange = ({ start, states }: KnownReadings, visit: (time: number, state: MachineState, next: number) => void): void => {
  for (let at = 1; at + 1 < states.length; at += 2) visit(start + states[at]!, states[at + 1] as MachineState, start + states[at + 2]!)
}

/**
 * Returns the mean step between the readings of a chunk, in whole seconds. Steps that may be silence do not count, unless all steps of
 * the chunk may be. The step of a single reading is the one from the chunk before.
 */
const meanStep = (chunk: KnownReadings, before: KnownReadings | undefined): number => {
  const steps = chunk.states[0]! - 1
  if (steps === 0) return before ? chunk.first - before.last : Infinity
  const total = chunk.last - chunk.first
  let [others, seconds] = [steps, total]
  forEachChange(chunk, (time, state, next) => {
    if (state !== SILENT) return
    others--
    seconds -= next - time
  })
  return others > 0 ? Math.floor(seconds / others) : Math.floor(total / steps)
}

/**
 * Returns the states of a machine as adjoining spans, from long ago up to its newest reading. A state lasts until the reading that
 * changes it, so the last span is empty if the newest reading changes it. Before the first reading there are no data. Silence begins one
 * usual step after the last reading. A step that is hardly longer than usual is not silence.
 * @param json text of `selectStates`
 * @param newest time of the newest reading
 */
export const parseStateSpans = (json: string, newest: number): StateSpan[] => {
  const chunks = parseStates(json)
  const steps = chunks.map((chunk, index) => meanStep(chunk, chunks[index - 1]))
  let current: StateSpan = { from: Number.MIN_SAFE_INTEGER, to: newest, state: SILENT }
  const spans = [current]
  const change = (time: number, state: MachineState) => {
    if (state === current.state) return
    current.to = time
    current = { from: time, to: newest, state }
    spans.push(current)
  }
  const fallSilent = (from: number, to: number, usualSeconds: number) => {
    if (to - from > MISSED_STEPS * usualSeconds) change(from + usualSeconds, SILENT)
  }
  for (const [index, chunk] of chunks.entries()) {
    const usualSeconds = Math.min(steps[index]!, steps[index - 1] ?? Infinity)
    // The state after silence is in the same chunk.
    forEachChange(chunk, (time, state, until) => (state === SILENT ? fallSilent(time, until, usualSeconds) : change(time, state)))
    // Silence between two chunks is a change too.
    const next = chunks[index + 1]?.first ?? newest
    if (next - chunk.last >= SILENCE_SECONDS) fallSilent(chunk.last, next, usualSeconds)
  }
  return spans
}
