import { FIELD_NAMES, mapFields, pickFigures } from '../schemas/reading-fields.ts'
import type { FieldName, Figures } from '../schemas/reading-fields.ts'
import { chunkStart, QUARTER_SECONDS, QUARTERS, SUM_COLUMNS } from './chunk.ts'
import type { ChunkColumn } from './chunk.ts'
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
  factory: 0,
  start: 1,
  first: 2,
  last: 3,
  readings: 4,
  times: 5,
  sent: 6,
  states: 7,
  exceeds: 8,
  ...mapFields(FIELD_NAMES, (name) => 9 + FIELD_NAMES.indexOf(name)),
}
const FIRST_SUM = 9 + FIELD_NAMES.length
const isSum = (column: string): column is (typeof SUM_COLUMNS)[number] => (SUM_COLUMNS as readonly string[]).includes(column)
/** Returns the position of a column of the table `chunks` in an encoded chunk. */
export const encodedPosition = (column: 'start' | ChunkColumn): number =>
  isSum(column) ? FIRST_SUM + SUM_COLUMNS.indexOf(column) : ENCODED[column]
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

/** The encoded readings of one chunk. `ENCODED` gives the position of each member. */
export type EncodedChunk = readonly (number | string | null)[]

/** Encodes the readings of one chunk, in order of time. */
const encodeChunk = (factory: number, start: number, rows: readonly Row[]): EncodedChunk => {
  const join = (value: (row: Row) => number | null) => rows.map((row) => String(value(row))).join(',')
  const text = (name: FieldName) => (rows.some((row) => row[name] !== null) ? join((row) => row[name]) : null)
  const quarters = QUARTERS.map((quarter) =>
    computeSums(rows.filter(({ time }) => Math.floor((time - start) / QUARTER_SECONDS) === quarter)),
  )
  return [
    factory,
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
 * Encodes readings as chunks, those of each factory in order of time. The texts and sums are computed here, so that SQLite only stores
 * them if the chunk is new.
 * @param sent bits of the fields that count as sent in every reading
 */
export const encodeChunks = (inputs: readonly (ReadingInput & { factory?: number })[], sent = 0): EncodedChunk[] =>
  [...mergeRows(inputs, sent)].flatMap(([factory, rows]) => {
    const sorted = [...rows.values()].toSorted((a, b) => a.time - b.time)
    const chunks = Map.groupBy(sorted, ({ time }) => chunkStart(time))
    return Array.from(chunks, ([start, ofChunk]) => encodeChunk(factory, start, ofChunk))
  })

/** Encodes readings as one JSON parameter, because D1 allows 100 parameters per statement. */
export const encodeReadings = (inputs: readonly (ReadingInput & { factory?: number })[], sent = 0): string =>
  JSON.stringify(encodeChunks(inputs, sent))

/** Returns the first chunks up to the one with which they have `limit` readings; all chunks if they have fewer. */
export const firstReadings = (chunks: readonly EncodedChunk[], limit: number): EncodedChunk[] => {
  let readings = 0
  return chunks.filter((chunk) => {
    const isFirst = readings < limit
    readings += Number(chunk[ENCODED.readings])
    return isFirst
  })
}

/** Returns the last reading of a chunk. */
export const lastReading = (chunk: EncodedChunk): { time: number } & Figures => {
  const figure = (name: FieldName) => {
    const text = chunk[ENCODED[name]] as string | null
    return text === null ? null : (JSON.parse(text.slice(text.lastIndexOf(',') + 1)) as number | null)
  }
  return { time: Number(chunk[ENCODED.last]), ...pickFigures(figure) }
}
