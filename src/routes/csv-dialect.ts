/** Comma, or what spreadsheets write where the comma is in numbers. */
const DELIMITERS = [',', ';', '\t'] as const

interface Dialect {
  /** The text from its header on, with line feeds as line ends. */
  text: string
  delimiter: string
  /** The number of the text's first line in the body, counted from 1. */
  firstLine: number
}

/** Counts a character outside of quotes. A quote within quotes is doubled, so it leaves them and enters them again. */
const countUnquoted = (line: string, character: string): number =>
  line
    .split('"')
    .filter((_, index) => index % 2 === 0)
    .reduce((count, part) => count + part.split(character).length - 1, 0)

/**
 * Finds out how a CSV text is written. Excel names the delimiter in a first line such as `sep=;`. Otherwise the header has it:
 * names of columns hold none, so it is the one that occurs most there.
 */
export const readDialect = (csv: string): Dialect => {
  const text = csv.replace(/^\uFEFF+/, '').replaceAll(/\r\n?/g, '\n')
  const lines = /^\s*/.exec(text)![0].split('\n')
  const start = lines.slice(0, -1).reduce((length, line) => length + line.length + 1, 0)
  const end = text.indexOf('\n', start)
  const header = text.slice(start, end < 0 ? undefined : end)
  const [, named] = /^"?sep=([^"\w\s]|\t)"? *$/i.exec(header) ?? []
  if (named !== undefined && end >= 0) return { text: text.slice(end + 1), delimiter: named, firstLine: lines.length + 1 }
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: countUnquoted(header, delimiter) }))
  const { delimiter } = counts.reduce((most, each) => (each.count > most.count ? each : most))
  return { text: text.slice(start), delimiter, firstLine: lines.length }
}
