import { describeFieldCount, describeIsoTime, parseCell } from '../../schemas/csv-cell.ts'
import { ISO_TIME } from '../../schemas/csv-columns.ts'
import { FIELD_NAMES } from '../../schemas/reading-fields.ts'
import type { FieldName } from '../../schemas/reading-fields.ts'
import { findScrapError } from '../../schemas/scrap.ts'
import { findTimeError } from '../../schemas/time-unit.ts'
import { createLocalReader, formatWithOffset, fromLocal } from '../values/time-zone.ts'
import type { ColumnMapping } from './columns.ts'
import type { Row, Table } from './read-table.ts'
import { explainTime, readTimeText } from './time-cells.ts'
import type { CellProblem } from './time-cells.ts'
import { parseTime } from './time-formats.ts'
import type { ParsedTime, TimeFormat } from './time-formats.ts'
import { texts } from '../texts/import.ts'

/** How a file is read. */
export interface ImportSettings {
  columns: ColumnMapping
  /** Undefined until the user chooses a format. */
  format: TimeFormat | undefined
  /** The time zone of local times. */
  zone: string
}

/** A reading of a line. Its time is in Unix seconds; a figure without a column is absent. */
export type LineReading = { line: number; time: number } & { [Name in FieldName]?: number | null }

/** A line that is not imported. The column is undefined if the whole line is wrong. */
export interface RefusedLine {
  line: number
  column: string | undefined
  problem: string
}

/** The readings of a file, and its refused lines. */
export interface CheckedFile {
  readings: LineReading[]
  refused: RefusedLine[]
  /** Number of lines that repeat the time of a later line, which counts instead. */
  repeated: number
}

/** A reading with its time in milliseconds. */
interface Candidate {
  reading: LineReading
  instant: number
}

/** Creates a function that returns the instant of a time in milliseconds, or the problem. */
const createInstantReader = (zone: string, now: number) => {
  const readLocal = createLocalReader(zone)
  return (time: ParsedTime): number | string => {
    if ('instant' in time) return findTimeError(Math.floor(time.instant / 1000), now) ?? time.instant
    const local = Math.floor(time.local / 1000)
    const [first, second] = readLocal(local)
    if (first === undefined) {
      const shown = fromLocal(new Date(local * 1000).toISOString().slice(0, 19), zone)!
      return texts.skippedTime(zone, formatWithOffset(shown, zone))
    }
    if (second !== undefined) {
      const [one, other] = [first, second].map((seconds) => formatWithOffset(seconds, zone))
      return texts.repeatedTime(zone, one!, other!)
    }
    return findTimeError(first, now) ?? first * 1000 + (time.local - local * 1000)
  }
}

/** Creates a function that returns the instant of a row in milliseconds, or its wrong cell. */
const createTimeReader = (columns: ColumnMapping, format: TimeFormat, zone: string, now: number) => {
  const readInstant = createInstantReader(zone, now)
  return (cells: readonly string[]): number | CellProblem => {
    const time = parseTime(readTimeText(cells, columns), format)
    if (!time) return explainTime(cells, columns, format)
    const instant = readInstant(time)
    return typeof instant === 'number' ? instant : { column: columns.timeOfDay ?? columns.time!, problem: instant }
  }
}

/** Separates readings of the same second: the last of equal times counts, and different times of a second are refused. */
const separateSeconds = (candidates: Candidate[], column: string): CheckedFile => {
  const checked: CheckedFile = { readings: [], refused: [], repeated: 0 }
  for (const group of Map.groupBy(candidates, ({ reading }) => reading.time).values()) {
    const last = group.at(-1)!
    if (group.every(({ instant }) => instant === last.instant)) {
      checked.readings.push(last.reading)
      checked.repeated += group.length - 1
    } else
      for (const { reading } of group) {
        const other = group.find((each) => each.reading !== reading)!.reading.line
        checked.refused.push({ line: reading.line, column, problem: texts.sameSecond(other) })
      }
  }
  return checked
}

/**
 * Checks all lines of a file by the rules of the API.
 * @param id the factory that gets the readings
 * @param now Unix milliseconds
 */
export const checkLines = ({ header, rows }: Table, settings: ImportSettings, id: number, now: number): CheckedFile => {
  const { columns, format, zone } = settings
  const timeColumn = columns.time
  if (format === undefined || timeColumn === undefined) return { readings: [], refused: [], repeated: 0 }
  const readTime = createTimeReader(columns, format, zone, now)
  const lower = header.map((name) => name.toLowerCase())
  const [isoColumn, factoryColumn] = [lower.indexOf(ISO_TIME), lower.indexOf('factory')]
  const fields = FIELD_NAMES.filter((name) => columns[name] !== undefined)
  const refused: RefusedLine[] = []
  const candidates: Candidate[] = []

  /** Returns the reading of a row, or its problems by column. */
  const readRow = ({ line, fields: cells }: Row): Candidate | RefusedLine[] => {
    const count = describeFieldCount(cells, header.length)
    if (count !== undefined) return [{ line, column: undefined, problem: count }]
    const problems: RefusedLine[] = []
    const refuse = (column: number, problem: string) => problems.push({ line, column: header[column], problem })
    const instant = readTime(cells)
    if (typeof instant !== 'number') refuse(instant.column, instant.problem)
    const time = typeof instant === 'number' ? Math.floor(instant / 1000) : NaN
    const isoTime = isoColumn === -1 || isoColumn === timeColumn || Number.isNaN(time) ? '' : cells[isoColumn]!
    const isoProblem = describeIsoTime(isoTime, time)
    if (isoProblem !== undefined) refuse(isoColumn, isoProblem)
    const factory = factoryColumn === -1 ? '' : cells[factoryColumn]!.trim()
    if (factory !== '' && factory !== String(id)) refuse(factoryColumn, texts.otherFactory(factory))
    const reading: LineReading = { line, time }
    for (const name of fields) {
      const { value, error } = parseCell(name, cells[columns[name]!]!)
      if (error === undefined) reading[name] = value
      else refuse(columns[name]!, error)
    }
    const scrap = problems.length === 0 ? findScrapError(reading) : undefined
    if (scrap) refuse(columns[scrap.member]!, scrap.detail)
    return problems.length > 0 ? problems : { reading, instant: instant as number }
  }

  for (const row of rows) {
    const result = readRow(row)
    if (Array.isArray(result)) refused.push(...result)
    else candidates.push(result)
  }
  const separated = separateSeconds(candidates, header[timeColumn]!)
  return { ...separated, refused: [...refused, ...separated.refused].toSorted((a, b) => a.line - b.line) }
}
