import type { z } from '@hono/zod-openapi'

/** What to send of each type, by the names that zod gives them. */
const WANTED: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

/** The largest integer that JSON readers agree on (RFC 8259, section 6). */
const SAFE = String(Number.MAX_SAFE_INTEGER)

const COUNTED: Record<string, string> = { string: 'characters', array: 'items' }

const list = (values: readonly unknown[]) => values.map((value) => (typeof value === 'string' ? value : String(value))).join(', ')

const boundOf = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall>, side: 'most' | 'least'): string => {
  const bound = issue.code === 'too_big' ? issue.maximum : issue.minimum
  const unit = COUNTED[issue.origin]
  if (unit !== undefined) return side === 'least' && bound === 1 ? 'Send something: this is empty.' : `Send at ${side} ${bound} ${unit}.`
  if (side === 'least' && issue.inclusive === false) return `Send a number greater than ${bound}.`
  const number = issue.origin === 'int' ? 'a whole number' : 'a number'
  return side === 'least'
    ? `Send ${number} of at least ${bound}.`
    : `Send ${number} of at most ${issue.origin === 'int' && Number(bound) >= Number.MAX_SAFE_INTEGER ? SAFE : bound}.`
}

/** The members that an object of a schema may have. */
const membersOf = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {})

/**
 * Returns what to send instead of what a schema refuses. Schemas with words of their own keep them. To be given to each parse,
 * because zod's own words name types of programs: "expected int, received number".
 */
export const describeIssue = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? issue.expected
      if (issue.input === undefined) return `This member is missing: send ${wanted}.`
      if (typeof issue.input === 'number' && issue.expected === 'int') return 'Send a whole number, without a fraction.'
      return `Send ${wanted}.`
    }
    case 'too_big':
      return boundOf(issue, 'most')
    case 'too_small':
      return boundOf(issue, 'least')
    case 'invalid_value':
      return issue.input === undefined ? `This member is missing: send one of ${list(issue.values)}.` : `Send one of ${list(issue.values)}.`
    case 'unrecognized_keys':
      return `This member is not known here; those that are: ${list(membersOf(issue.inst))}.`
    default:
      return 'This is not valid; the contract at /openapi.json describes it.'
  }
}
