import type { Fault } from '../errors.ts'

/** One reading of a body, wherever it stood in it. */
export interface Entry {
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
export const faultAt = ({ at, line }: Entry, member: PropertyKey | undefined, detail: string): Fault => ({
  pointer: at(member),
  detail: line === undefined ? detail : `Line ${line}${member === undefined ? '' : `, ${String(member)}`}: ${detail}`,
})

/** An entry of a body of lines. */
export const lineEntry = (line: number, value: unknown): Entry => ({ value, line, at: () => `#line=${line}` })
