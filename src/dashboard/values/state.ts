import type { Reads } from '../../client/operations.ts'
import type { Bands } from './bands.ts'
import { describeFreshness } from './format.ts'
import { texts } from '../texts/values.ts'

/** Derives the state of a factory as people see it, from what the summaries say about it. */

export const STATES = ['running', 'behind', 'stopped', 'no-data', 'not-planned'] as const
export type State = (typeof STATES)[number]

/** A state has a sign and words, so that it can be read without colour. */
export interface ShownState {
  state: State
  /** True for a factory that is behind by less than the band of amber: `just behind`. */
  isNear: boolean
  sign: string
  words: string
}

export const STATE_SIGNS = { running: '●', behind: '▼', stopped: '■', 'no-data': '○', 'not-planned': '◇' } as const

/**
 * A factory that falls silent between two shifts is `not planned` for the length of a weekend, and then `no data`. The summaries do not
 * say when its next shift begins.
 */
const LONGEST_PAUSE_SECONDS = 64 * 3_600

type Row = Reads['/api/summary']['factories'][number]

/** The figures of a factory that its state depends on. */
export interface StateInput extends Pick<Row, 'latest' | 'shift'> {
  last_day: Pick<Row['last_day'], 'attainment' | 'readings'>
}

/** Returns the attainment that decides between running and behind: the one of the shift, or without a shift the one of the last day. */
export const findAttainment = ({
  shift,
  last_day,
}: Pick<Row, 'shift'> & { last_day: Pick<Row['last_day'], 'attainment'> }): number | null =>
  shift ? shift.attainment : last_day.attainment

const findState = (input: StateInput, now: number, bands: Bands): State => {
  const { latest, shift, last_day } = input
  if (latest === null) return 'no-data'
  // Undefined without a schedule: such a factory is planned around the clock.
  const isBetweenShifts = shift === null
  const isFresh = describeFreshness(latest, last_day.readings, now).fresh
  if (isBetweenShifts && (isFresh || now / 1000 - latest.time < LONGEST_PAUSE_SECONDS)) return 'not-planned'
  if (!isFresh) return 'no-data'
  if (latest.actual === 0) return 'stopped'
  const attainment = findAttainment(input)
  return attainment !== null && attainment < bands.green ? 'behind' : 'running'
}

/** Returns the state of a factory at a time in ms. Missing figures never make a factory appear better than its other figures do. */
export const describeState = (input: StateInput, now: number, bands: Bands): ShownState => {
  const state = findState(input, now, bands)
  const isNear = state === 'behind' && findAttainment(input)! >= bands.amber
  return { state, isNear, sign: isNear ? '▽' : STATE_SIGNS[state], words: isNear ? texts.justBehind : texts.states[state] }
}
