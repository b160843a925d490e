import { QUARTER_SECONDS, QUARTERS } from '../chunks/chunk.ts'
import { toSums } from '../chunks/parse.ts'
import { SUM_NAMES } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'

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

/** Parses the text of `selectParts`. Returns the parts with readings in order of time. The pieces of a chunk replace its quarters. */
export const parseParts = (json: string): Part[] =>
  (JSON.parse(json) as unknown[][])
    .flatMap((chunk): Part[] => {
      const [lasts, pieces] = chunk.slice(-2) as [(number | null)[] | null, Piece[] | null]
      return pieces ? pieces.map(([time, last, ...values]) => ({ time, last, sums: toSums(values) })) : parseQuarters(chunk as Chunk, lasts)
    })
    .toSorted((a, b) => a.time - b.time)
