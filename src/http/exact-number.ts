/** Returns the significant digits and the exponent of a decimal number, without its sign. */
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
 * Parses a decimal literal; NaN if the number would be rounded. `9007199254740993`, `1.0000000000000000001` and `1e400` are rounded.
 * `0.1` is not, because it prints as `0.1` again.
 */
export const parseExact = (literal: string): number => {
  const number = Number(literal)
  return Number.isFinite(number) && normalize(literal) === normalize(String(number)) ? number : NaN
}

/** A number of a JSON text that a double cannot represent as written. */
export class InexactNumber {
  readonly #literal: string
  constructor(literal: string) {
    this.#literal = literal
  }
  /** The nearest double. */
  get nearest(): number {
    return Number(this.#literal)
  }
}

/** Matches a text with numbers that may be inexact. Whole numbers of up to 15 digits are exact. */
const MAY_BE_INEXACT = /\d{16}|\d[.eE]/

/** Decimal digits that survive a conversion to a double and back, without an exponent (C's DBL_DIG). */
const EXACT_DIGITS = 15

/** True for a literal that is exact because it is short and has no exponent. */
const isShort = (source: string): boolean => source.length <= EXACT_DIGITS && !source.includes('e') && !source.includes('E')

/** A reviver with the source text of a number as third argument. TypeScript does not declare it yet. */
type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

const reviveExact: Reviver = (_, value, { source }) =>
  typeof value === 'number' && source !== undefined && !isShort(source) && Number.isNaN(parseExact(source))
    ? new InexactNumber(source)
    : value

/**
 * Parses JSON. A number that would be rounded becomes an `InexactNumber`, which every schema rejects.
 * @throws SyntaxError
 */
export const parseExactJson = (text: string): unknown =>
  MAY_BE_INEXACT.test(text) ? JSON.parse(text, reviveExact as Parameters<typeof JSON.parse>[1]) : JSON.parse(text)
