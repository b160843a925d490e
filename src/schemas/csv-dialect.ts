/** Comma, and the delimiters of spreadsheets in locales with a decimal comma. */
const DELIMITERS = [',', ';', '\t'] as const

/** A CSV text, and how its fields are separated. */
export interface Dialect {
  /** The text from its header line, with line feeds as line ends. */
  text: string
  delimiter: string
  /** Line number of the header in the body, counted from 1. */
  firstLine: number
}

/** Counts each delimiter outside of quotes. A quote within quotes is doubled, so it toggles the state twice. */
const countUnquoted = (line: string): Map<string, number> => {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let isQuoted = false
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted
    const count = isQuoted ? undefined : counts.get(character)
    if (count !== undefined) counts.set(character, count + 1)
  }
  return counts
}

/** Removes empty rows from the end of a text. Spreadsheets write thousands of them, and each costs a step of the parser. */
const cutBlankEnd = (text: string, delimiter: string): string => {
  let last = text.length - 1
  while (last >= 0 && (text[last] === delimiter || text[last]!.trim() === '')) last--
  const end = text.indexOf('\n', last + 1)
  return end < 0 ? text : text.slice(0, end)
}

/**
 * Detects the delimiter and the header line of a CSV text. Excel names the delimiter in a first line such as `sep=;`. Otherwise it is
 * the delimiter that occurs most in the header, because column names contain none.
 */
export const readDialect = (csv: string): Dialect => {
  const text = csv.replace(/^\uFEFF+/, '').replaceAll(/\r\n?/g, '\n')
  const lines = /^\s*/.exec(text)![0].split('\n')
  const start = lines.slice(0, -1).reduce((length, line) => length + line.length + 1, 0)
  const end = text.indexOf('\n', start)
  const header = text.slice(start, end < 0 ? undefined : end)
  const [, named] = /^"?sep=([^"\w\s]|\t)"? *$/i.exec(header) ?? []
  if (named !== undefined && end >= 0)
    return { text: cutBlankEnd(text.slice(end + 1), named), delimiter: named, firstLine: lines.length + 1 }
  const counts = countUnquoted(header)
  const delimiter = DELIMITERS.reduce((best, each) => (counts.get(each)! > counts.get(best)! ? each : best))
  return { text: cutBlankEnd(text.slice(start), delimiter), delimiter, firstLine: lines.length }
}
