import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { QUARTER_SECONDS, QUARTERS } from './chunk.ts'
import { mapSums, SUM_NAMES, computeSums } from './sums.ts'
import type { Sums } from './sums.ts'

/** Readings in order of time, as columns: times in Unix seconds, and one column per field. */
export type Readings = { time: number[] } & Record<FieldName, (number | null)[]>

/** A chunk as SQL returns it: its start, its times, and its figures, which are empty if no reading has the figure. */
export type Texts = [start: number, times: number[], ...figures: (number | null)[][]]

/** Returns the values of a figure of a chunk. */
const figuresOf = (chunk: Texts, name: FieldName): (number | null)[] => {
  const figures = chunk[2 + FIELD_NAMES.indexOf(name)] as (number | null)[]
  return figures.length ? figures : chunk[1].map(() => null)
}

const joinTexts = (chunks: readonly Texts[]): Readings => ({
  time: chunks.flatMap(([start, times]) => times.map((seconds) => start + seconds)),
  ...mapFields(FIELD_NAMES, (name) => chunks.flatMap((chunk) => figuresOf(chunk, name))),
})

/** Returns every reading of a chunk, or of a part of it, as an object. */
export const rowsOfTexts = (chunk: Texts) => toRows(joinTexts([chunk]))

/** Parses a JSON array of arrays that begin with a time, and sorts them by it. */
const parseSorted = <Row extends [start: number, ...unknown[]]>(json: string): Row[] =>
  (JSON.parse(json) as Row[]).toSorted((a, b) => a[0] - b[0])

/** Parses the texts of chunks that `selectTexts` has selected. */
export const parseReadings = (json: string): Readings => joinTexts(parseSorted<Texts>(json))

/** Parses the texts of chunks that `selectColumn` has selected one by one. */
export const parseColumns = (json: Record<'times' | FieldName, string>): Readings => {
  const columns = FIELD_NAMES.map((name) => parseSorted<[number, (number | null)[]]>(json[name]))
  return joinTexts(
    parseSorted<[number, number[]]>(json.times).map(([start, times], index) => [
      start,
      times,
      ...columns.map((column) => column[index]![1]),
    ]),
  )
}

/** Returns the readings with an index in `[from, to)`. */
const sliceReadings = (readings: Readings, from: number, to = readings.time.length): Readings => ({
  time: readings.time.slice(from, to),
  ...mapFields(FIELD_NAMES, (name) => readings[name].slice(from, to)),
})

/** Returns the newest readings. */
export const keepNewest = (readings: Readings, limit: number): Readings =>
  sliceReadings(readings, Math.max(0, readings.time.length - limit))

/** Returns the readings in `[from, to)`. */
export const readingsIn = (readings: Readings, from: number, to: number): Readings => {
  const first = readings.time.findIndex((time) => time >= from)
  const end = readings.time.findIndex((time) => time >= to)
  return sliceReadings(readings, first === -1 ? readings.time.length : first, end === -1 ? undefined : end)
}

/** Returns the reading with an index as an object. */
const readingAt = (readings: Readings, index: number): { time: number } & Record<FieldName, number | null> => ({
  time: readings.time[index]!,
  ...mapFields(FIELD_NAMES, (name) => readings[name][index] ?? null),
})

/** Returns every reading as an object. */
export const toRows = (readings: Readings) => readings.time.map((_, index) => readingAt(readings, index))

/** Sums that belong to one time: those of a quarter of an hour, or those of one reading. */
export type TimedSums = { time: number; sums: Sums }

/** Returns sums from their values in the order of `SUM_NAMES`. */
export const toSums = (values: readonly (number | null)[]): Sums => mapSums((_, index) => values[index])

/** Parses stored days: arrays of the start and the sums. */
export const parseDays = (json: string): TimedSums[] =>
  (JSON.parse(json) as (number | null)[][]).map(([time, ...values]) => ({ time: time!, sums: toSums(values) }))

/** Parses the sums of chunks: the sums of each quarter with readings, or of each reading of a chunk with texts. */
export const parseSums = (json: string): TimedSums[] =>
  parseSorted<[number, ...(number | null)[]]>(json).flatMap((row): TimedSums[] => {
    const texts = row.at(-1) as unknown as Texts | null
    if (texts !== null) return rowsOfTexts(texts).map((reading) => ({ time: reading.time, sums: computeSums([reading]) }))
    return QUARTERS.flatMap((quarter): TimedSums[] => {
      const at = 1 + quarter * SUM_NAMES.length
      const sums = toSums(row.slice(at, at + SUM_NAMES.length))
      return sums.readings === 0 ? [] : [{ time: row[0]! + quarter * QUARTER_SECONDS, sums }]
    })
  })
