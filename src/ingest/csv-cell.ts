import { parseInstant } from '../schemas/timestamp.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'

/** What a cell says, or why it cannot be taken. */
interface Cell {
  value: number | null
  wrong?: string
}

const PLAIN =
  'Separators, signs, fractions and exponents are refused, because spreadsheets change numbers that way: format the column as whole numbers.'
const SEND_COUNT = `Send a count from 0 to 9007199254740991 in digits alone, such as 1500. ${PLAIN}`
const SEND_TIME = `Send Unix seconds in digits alone, such as 1611206018. ${PLAIN}`

/** Digits, and one zero after a decimal separator at most: `1.000` may be a thousand as well as one. */
const WHOLE = /^(-?\d+)(?:[.,]0)?$/

/**
 * Parses a cell as a whole number. Nothing is null.
 * @param member the column's name; only `time` may be below 0
 */
export const parseCell = (member: string, field: string): Cell => {
  const text = field.trim()
  if (text === '') return { value: null }
  const [, digits] = WHOLE.exec(text) ?? []
  const value = Number(digits)
  const isTime = member === 'time'
  if (digits !== undefined && Number.isSafeInteger(value) && (isTime || !digits.startsWith('-'))) return { value }
  return { value: null, wrong: isTime ? (describeWrongUnit(value) ?? SEND_TIME) : SEND_COUNT }
}

/** Says why the column `iso_time`, which the API's own CSV has, cannot stand next to a time. */
export const describeIsoTime = (field: string, time: unknown): string | undefined => {
  const text = field.trim()
  if (text === '' || parseInstant(text)?.seconds === time) return undefined
  return `This is not the instant of the column time, ${String(time)}. Delete the column iso_time, or correct one of the two.`
}
