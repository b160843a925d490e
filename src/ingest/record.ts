import { Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'

/** One reading of a body, wherever it stood in it. */
export interface InputRecord {
  value: unknown
  /** Points to one of its members, or to the whole. */
  at: (member?: PropertyKey) => string
  /** The line it stood on, counted from 1, in a body of lines: those have no pointers, so a fault says which member it means. */
  line?: number
  /** Why members cannot be taken, where their values do not show it. */
  wrong?: Record<string, string>
  /** Why it could not be read at all. */
  malformed?: string
}

/** What is wrong with a member of an entry. */
export const fieldErrorAt = ({ at, line }: InputRecord, member: PropertyKey | undefined, detail: string): FieldError => ({
  pointer: at(member),
  detail: line === undefined ? detail : `Line ${line}${member === undefined ? '' : `, ${String(member)}`}: ${detail}`,
})

/** An entry of a body of lines. */
export const lineRecord = (line: number, value: unknown): InputRecord => ({ value, line, at: () => `#line=${line}` })

/** The problem of a body with more readings than a request may hold. Bodies of lines are read no further. */
export const tooManyReadings = (): Problem =>
  new Problem('content-too-large', `A request may hold ${LIMITS.readings} readings; send them in parts.`)

/** Counts line feeds between two places. */
export const countLineFeeds = (text: string, from = 0, to = text.length): number => {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

/**
 * Refuses a body of more lines than are read, most of which are blank or comments: each costs a step of the parser.
 * @throws Problem `content-too-large`
 */
export const refuseManyLines = (text: string): void => {
  if (countLineFeeds(text) > LIMITS.lines)
    throw new Problem('content-too-large', `A body may have ${LIMITS.lines} lines, blank ones included; send it in parts.`)
}
