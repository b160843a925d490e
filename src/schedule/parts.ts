import { CHUNK_SECONDS, QUARTER_SECONDS, QUARTERS } from '../chunks/chunk.ts'
import { rowsOfTexts, toSums } from '../chunks/parse.ts'
import type { Texts } from '../chunks/parse.ts'
import { SUM_NAMES, computeSums } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'
import type { Span } from './shift-occurrences.ts'

/** The sums of a part of a series that belongs to one shift, or to none: a quarter of an hour, a minute or a second. */
export interface Part {
  /** The first second of the part. */
  time: number
  /** The newest reading of the part. */
  last: number
  sums: Sums
}

type Chunk = [start: number, last: number, ...sums: (number | null)[]]
type Piece = [time: number, last: number, ...sums: (number | null)[]]

/** Returns the quarters of a chunk with readings. */
const parseQuarters = ([start, last, ...values]: Chunk, lasts: (number | null)[] | null): Part[] =>
  QUARTERS.flatMap((quarter): Part[] => {
    const sums = toSums(values.slice(quarter * SUM_NAMES.length))
    const time = start + quarter * QUARTER_SECONDS
    if (sums.readings === 0) return []
    // The last time of a quarter matters only before a border. If retention has removed it, the quarter counts as complete.
    const known = lasts?.[quarter] ?? null
    return [{ time, last: known === null ? Math.min(last, time + QUARTER_SECONDS - 1) : start + known, sums }]
  })

const MINUTE = 60
const startOfQuarter = (time: number) => Math.floor(time / QUARTER_SECONDS) * QUARTER_SECONDS

/** Returns the minutes of a quarter. */
const parseMinutes = (texts: Texts): Part[] =>
  [...Map.groupBy(rowsOfTexts(texts), ({ time }) => Math.floor(time / MINUTE)).values()].map((readings) => ({
    time: Math.floor(readings[0]!.time / MINUTE) * MINUTE,
    last: readings.at(-1)!.time,
    sums: computeSums(readings),
  }))

/** Returns the quarters of a chunk, and instead of a quarter with a border its minutes. */
const replaceQuarters = (quarters: Part[], texts: Texts[]): Part[] => {
  const minutes = texts.flatMap(parseMinutes)
  const replaced = new Set(minutes.map(({ time }) => startOfQuarter(time)))
  return [...quarters.filter(({ time }) => !replaced.has(time)), ...minutes]
}

/**
 * Parses the text of `selectParts`. Returns the parts with readings of the chunks that overlap a span, in order of time. The pieces of a
 * chunk replace its quarters.
 */
export const parseParts = (json: string, { from, to }: Span): Part[] =>
  (JSON.parse(json) as Chunk[])
    .filter(([start]) => start > from - CHUNK_SECONDS && start < to)
    .flatMap((chunk): Part[] => {
      const [lasts, pieces, texts] = chunk.slice(-3) as unknown as [(number | null)[] | null, Piece[] | null, Texts[] | null]
      if (pieces) return pieces.map(([time, last, ...values]) => ({ time, last, sums: toSums(values) }))
      const quarters = parseQuarters(chunk, lasts)
      return texts ? replaceQuarters(quarters, texts) : quarters
    })
    .toSorted((a, b) => a.time - b.time)
