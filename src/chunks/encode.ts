import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { chunkStart, QUARTER_SECONDS, QUARTERS, SUM_COLUMNS } from './chunk.ts'
import { exceedsActual } from '../schemas/scrap.ts'
import { computeStates } from './states.ts'
import { computeSums } from './sums.ts'

/** A reading of a request. An absent figure keeps the stored one, null clears it. `time` is in Unix seconds. */
export type ReadingInput = { time: number } & { [Name in FieldName]?: number | null | undefined }

/** A reading of a request with readings of several factories. */
export type FactoryReading = ReadingInput & { factory: number }

/** The readings of one factory and time, merged. `sent` has one bit per field. */
type Row = { time: number; sent: number } & Record<FieldName, number | null>

/** The positions of the members of an encoded chunk. `exceeds` is 1 if a reading by itself has more scrap than actual production. */
export const ENCODED = {
  start: 0,
  first: 1,
  last: 2,
  readings: 3,
  times: 4,
  sent: 5,
  states: 6,
  exceeds: 7,
  ...mapFields(FIELD_NAMES, (name) => 8 + FIELD_NAMES.indexOf(name)),
}
const FIRST_SUM = 8 + FIELD_NAMES.length
/** Returns the position of a sum in an encoded chunk. */
export const encodedSum = (column: string): number => FIRST_SUM + SUM_COLUMNS.indexOf(column as (typeof SUM_COLUMNS)[number])
/** Returns the bit of a field in `sent`. */
export const sentBit = (name: FieldName): number => 1 << FIELD_NAMES.indexOf(name)

/** The bits of all fields, as in a replacement, where an absent figure is null. */
export const ALL_FIELDS = FIELD_NAMES.reduce((bits, name) => bits | sentBit(name), 0)

const emptyRow = (time: number, sent: number): Row => ({ time, sent, ...mapFields(FIELD_NAMES, () => null) })

/** Merges readings by factory and time. Of several values of a figure, the last one wins. */
const mergeRows = (inputs: readonly (ReadingInput & { factory?: number })[], sent: number): Map<number, Map<number, Row>> => {
  const factories = new Map<number, Map<number, Row>>()
  for (const input of inputs) {
    const { factory = 0, time } = input
    const rows = factories.get(factory) ?? factories.set(factory, new Map()).get(factory)!
    const row = rows.get(time) ?? rows.set(time, emptyRow(time, sent)).get(time)!
    for (const name of FIELD_NAMES) {
      const figure = input[name]
      if (figure !== undefined) [row.sent, row[name]] = [row.sent | sentBit(name), figure]
    }
  }
  return factories
}

/** Encodes the readings of one chunk, in order of time. */
const encodeChunk = (start: number, rows: readonly Row[]): unknown[] => {
  const join = (value: (row: Row) => number | null) => rows.map((row) => String(value(row))).join(',')
  const text = (name: FieldName) => (rows.some((row) => row[name] !== null) ? join((row) => row[name]) : null)
  const quarters = QUARTERS.map((quarter) =>
    computeSums(rows.filter(({ time }) => Math.floor((time - start) / QUARTER_SECONDS) === quarter)),
  )
  return [
    start,
    rows[0]!.time,
    rows.at(-1)!.time,
    rows.length,
    join(({ time }) => time - start),
    join(({ sent }) => sent),
    JSON.stringify(computeStates(start, rows)),
    Number(rows.some(exceedsActual)),
    ...FIELD_NAMES.map(text),
    ...quarters.flatMap((sums) => Object.values(sums)),
  ]
}

/**
 * Encodes readings as one JSON parameter, because D1 allows 100 parameters per statement: a list of pairs of a factory and its
 * chunks. The texts and sums of a chunk are computed here, so that SQLite only stores them if the chunk is new.
 * @param sent bits of the fields that count as sent in every reading
 */
export const encodeReadings = (inputs: readonly (ReadingInput & { factory?: number })[], sent = 0): string =>
  JSON.stringify(
    Array.from(mergeRows(inputs, sent), ([factory, rows]) => {
      const sorted = [...rows.values()].toSorted((a, b) => a.time - b.time)
      const chunks = Map.groupBy(sorted, ({ time }) => chunkStart(time))
      return [factory, Array.from(chunks, ([start, ofChunk]) => encodeChunk(start, ofChunk))]
    }),
  )
