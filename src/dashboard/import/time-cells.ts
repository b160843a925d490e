import { parseTime, parseWithOffset, TIME_EXAMPLES } from './time-formats.ts'
import type { TimeFormat } from './time-formats.ts'
import { texts } from '../texts/import.ts'

/** The index of the column of times, or of dates if the times of day have another column. */
interface TimeColumns {
  time?: number
  timeOfDay?: number
}

/** A cell that is wrong, by its column. */
export interface CellProblem {
  column: number
  problem: string
}

/** Databases write midnight to a date that has no time. */
const MIDNIGHT = /[T, ]+(?:0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?a\.?m\.?)$/i
/** Access, Excel and SQL Server write the first day of their calendar to a time that has no date. */
const FIRST_DAY = /^(?:1899-12-30|30\.12\.1899|12\/30\/1899|1900-01-0[01]|0?[01]\.0?1\.1900|0?1\/0?[01]\/1900)[T, ]+/

/** Returns the text of a time that has a separate date. A time of day that has a date and an offset replaces the date. */
const joinCells = (date: string, timeOfDay: string): string => {
  if (timeOfDay === '' || parseWithOffset(timeOfDay)) return timeOfDay
  return `${date.replace(MIDNIGHT, '')} ${timeOfDay.replace(FIRST_DAY, '')}`
}

/** Returns the text of the time of a row, as `parseTime` reads it: '' without a time. */
export const readTimeText = (cells: readonly string[], { time, timeOfDay }: TimeColumns): string => {
  const text = time === undefined ? '' : (cells[time] ?? '').trim()
  return timeOfDay === undefined ? text : joinCells(text, (cells[timeOfDay] ?? '').trim())
}

/** Returns the time of a row as it stands in the file. */
export const quoteTime = (cells: readonly string[], { time, timeOfDay }: TimeColumns): string =>
  [time, timeOfDay]
    .map((column) => (column === undefined ? '' : (cells[column] ?? '').trim()))
    .filter(Boolean)
    .join(' ')

/** True for a time of day, and for a whole time with an offset, which replaces one. */
export const isTimeOfDay = (cell: string): boolean => {
  const text = cell.trim()
  return text !== '' && parseTime(joinCells('2000-01-01', text), 'local') !== undefined
}

/** Explains why the time of a row cannot be read, and finds the wrong one of two cells. */
export const explainTime = (cells: readonly string[], columns: TimeColumns, format: TimeFormat): CellProblem => {
  const time = columns.time!
  const { timeOfDay } = columns
  const date = cells[time]!.trim()
  if (timeOfDay === undefined) return { column: time, problem: date === '' ? texts.noTime : texts.notOfFormat(TIME_EXAMPLES[format]) }
  if (date === '') return { column: time, problem: texts.noDate }
  const [, exampleDate = '', exampleTime = ''] = /^([^T ]+)[T ](.+)$/.exec(TIME_EXAMPLES[format]) ?? []
  if (!parseTime(joinCells(date, exampleTime), format)) return { column: time, problem: texts.notDate(exampleDate) }
  const isMissing = cells[timeOfDay]!.trim() === ''
  return { column: timeOfDay, problem: isMissing ? texts.noTime : texts.notOfFormat(exampleTime) }
}
