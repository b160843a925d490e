import { Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { countLineFeeds } from '../schemas/csv-rows.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'

/** One reading of a body before validation, in any format. */
export interface InputRecord {
  value: unknown
  /** Returns the pointer to a member, or to the whole record. */
  at: (member?: PropertyKey) => string
  /** Line number, counted from 1, for CSV and line protocol. These have no pointers to members, so field errors name the member. */
  line?: number
  /** Messages for members that failed to parse, so that `value` does not show the error. */
  memberErrors?: Record<string, string>
  /** Message for a record that cannot be parsed. */
  malformed?: string
}

/** Builds the field error of a member, or of the whole record. */
export const fieldErrorAt = ({ at, line }: InputRecord, member: PropertyKey | undefined, detail: string): FieldError => ({
  pointer: at(member),
  detail: line === undefined ? detail : `Line ${line}${member === undefined ? '' : `, ${String(member)}`}: ${detail}`,
})

/** Builds the record of a line. */
export const lineRecord = (line: number, value: unknown): InputRecord => ({ value, line, at: () => `#line=${line}` })

/** Returns the problem for too many readings. The parsers of CSV and line protocol stop there. */
export const tooManyReadings = (): Problem =>
  new Problem('content-too-large', `Too many readings: a request may contain ${formatNumber(LIMITS.readings)}. Send them in parts.`)

/**
 * Rejects a body with too many lines. Blank lines and comments count, because each costs a step of the parser.
 * @throws Problem `content-too-large`
 */
export const refuseManyLines = (text: string): void => {
  if (countLineFeeds(text) > LIMITS.lines)
    throw new Problem(
      'content-too-large',
      `Too many lines: a body may have ${formatNumber(LIMITS.lines)}, including blank ones. Send it in parts.`,
    )
}
