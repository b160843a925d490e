import { parseInstant } from './timestamp.ts'
import { describeWrongUnit } from './time-unit.ts'

/** The value of a cell, or the message for an invalid one. */
interface Cell {
  value: number | null
  error?: string
}

const DIGITS_ONLY =
  'Separators, signs, fractions and exponents are rejected, because spreadsheets change numbers that way. Format the column as whole numbers.'
const SEND_COUNT = `Not a count. Send digits only, from 0 to ${Number.MAX_SAFE_INTEGER}, such as 1500. ${DIGITS_ONLY}`
const NO_TIME = 'Empty. Send Unix seconds, such as 1611206018, or delete the line.'
const SEND_TIME = `Not a time. Send Unix seconds as digits only, such as 1611206018. ${DIGITS_ONLY}`

/** Digits, optionally followed by a decimal separator and one zero. `1.000` does not match, because it may mean 1,000 or 1. */
const WHOLE = /^(-?\d+)(?:[.,]0)?$/

/**
 * Parses a cell as a whole number. An empty cell is null, and an error as a time.
 * @param member name of the column; only `time` may be negative
 */
export const parseCell = (member: string, field: string): Cell => {
  const text = field.trim()
  if (text === '') return { value: null, ...(member === 'time' && { error: NO_TIME }) }
  const [, digits] = WHOLE.exec(text) ?? []
  const value = Number(digits)
  const isTime = member === 'time'
  if (digits !== undefined && Number.isSafeInteger(value) && (isTime || !digits.startsWith('-'))) return { value }
  return { value: null, error: isTime ? (describeWrongUnit(value) ?? SEND_TIME) : SEND_COUNT }
}

/** Returns the message for an `iso_time`, a column of exported CSV, that is not the same instant as `time`; undefined if it is. */
export const describeIsoTime = (field: string, time: unknown): string | undefined => {
  const text = field.trim()
  const instant = parseInstant(text)
  if (text === '' || (instant?.isWhole && instant.seconds === time)) return undefined
  return `Not the same instant as time, ${String(time)}. Correct one of the two, or delete the column iso_time.`
}

export const isEmptyCell = (field: string | undefined): boolean => field === undefined || field.trim() === ''

/** Returns the message for a row with too few or too many fields. Empty fields after the last column are ignored. */
export const describeFieldCount = (fields: readonly string[], columns: number): string | undefined =>
  fields.length < columns || fields.slice(columns).some((field) => !isEmptyCell(field))
    ? `The line has ${fields.length} fields for ${columns} columns. Send one field per column.`
    : undefined
