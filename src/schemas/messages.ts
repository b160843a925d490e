import type { z } from 'zod'
import { nullFinder } from './null-finder.ts'
import { formatNumber } from './limits.ts'

/** Expected values by zod's type names, as field errors write them. */
const EXPECTED: Record<string, string> = {
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

/** The largest integer that all JSON parsers read alike (RFC 8259, section 6). */
const SAFE = String(Number.MAX_SAFE_INTEGER)

const COUNTED: Record<string, string> = { string: 'characters', array: 'items' }

const list = (values: readonly unknown[]) => values.map((value) => (typeof value === 'string' ? value : String(value))).join(', ')

const describeBound = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall>): string => {
  const side = issue.code === 'too_big' ? 'most' : 'least'
  const bound = issue.code === 'too_big' ? issue.maximum : issue.minimum
  const unit = COUNTED[issue.origin]
  if (unit !== undefined) {
    if (side === 'least')
      return bound === 1 ? `Empty value. Send at least 1 ${unit.slice(0, -1)}.` : `Too few ${unit}. Send at least ${bound}.`
    return `Too many ${unit}. Send at most ${formatNumber(Number(bound))}.`
  }
  if (side === 'least' && issue.inclusive === false) return `Too small. Send a number greater than ${bound}.`
  const number = issue.origin === 'int' ? 'a whole number' : 'a number'
  return side === 'least'
    ? `Too small. Send ${number} of at least ${bound}.`
    : `Too large. Send ${number} of at most ${issue.origin === 'int' && Number(bound) >= Number.MAX_SAFE_INTEGER ? SAFE : bound}.`
}

const memberNames = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {})

/**
 * Returns a function that returns the message of an issue of a schema: the error, then the value to send. Schemas with a custom message
 * keep it. Every parse passes this function, because zod's default messages name types of code: "expected int, received number".
 */
export const createIssueDescriber = (schema: z.ZodType) => {
  const acceptsNull = nullFinder(schema)
  return (issue: z.core.$ZodRawIssue): string => {
    switch (issue.code) {
      case 'invalid_type': {
        const orNull = acceptsNull(issue.path ?? []) ? ' or null' : ''
        const expected = `${EXPECTED[issue.expected] ?? issue.expected}${orNull}`
        if (issue.input === undefined) return `Missing field. Send ${expected}.`
        if (typeof issue.input === 'number' && issue.expected === 'int') return 'Not a whole number. Send one without a fraction.'
        return `Wrong type. Send ${expected}.`
      }
      case 'too_big':
      case 'too_small':
        return describeBound(issue)
      case 'invalid_value':
        return `${issue.input === undefined ? 'Missing field' : 'Unknown value'}. Send one of ${list(issue.values)}.`
      case 'unrecognized_keys':
        return `Unknown field. Known fields: ${list(memberNames(issue.inst))}.`
      default:
        return 'Value not allowed. See the schema in /openapi.json.'
    }
  }
}
