/** The digits and the exponent of a decimal number, without sign and without zeros that say nothing. */
const normalize = (literal: string): string => {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().replace(/^[+-]/, '').split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  let [first, end] = [0, digits.length]
  while (digits[first] === '0') first++
  while (end > first && digits[end - 1] === '0') end--
  return first === end ? '0' : `${digits.slice(first, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}

/**
 * Returns the number that a decimal literal stands for, NaN if it would be rounded. `9007199254740993`, `1.0000000000000000001`
 * and `1e400` are rounded; `0.1` is not, because a number that is written as `0.1` reads back as `0.1`.
 */
export const parseExact = (literal: string): number => {
  const number = Number(literal)
  return Number.isFinite(number) && normalize(literal) === normalize(String(number)) ? number : NaN
}

/** A number of a JSON text that cannot be kept as it is written. */
export class InexactNumber {
  readonly #literal: string
  constructor(literal: string) {
    this.#literal = literal
  }
  /** The nearest number that can be kept. */
  get nearest(): number {
    return Number(this.#literal)
  }
}

/** True if a text has numbers that may be inexact: whole numbers of 15 digits are exact. */
const MAY_BE_INEXACT = /\d{16}|\d[.eE]/

/** So many digits of a decimal number without an exponent survive a double and back (C's DBL_DIG). */
const EXACT_DIGITS = 15

/** True for a number that needs no closer look: few characters and no exponent. */
const isShort = (source: string): boolean => source.length <= EXACT_DIGITS && !source.includes('e') && !source.includes('E')

/** Gets the text that a number was written as, as well as its value. TypeScript does not know it yet. */
type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

const reviveExact: Reviver = (_, value, { source }) =>
  typeof value === 'number' && source !== undefined && !isShort(source) && Number.isNaN(parseExact(source))
    ? new InexactNumber(source)
    : value

/**
 * Parses JSON. A number that would be rounded is an `InexactNumber`, which fits no schema.
 * @throws SyntaxError
 */
export const parseExactJson = (text: string): unknown =>
  MAY_BE_INEXACT.test(text) ? JSON.parse(text, reviveExact as Parameters<typeof JSON.parse>[1]) : JSON.parse(text)
