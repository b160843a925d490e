/** Comma, or what spreadsheets write where the comma is in numbers. */
const DELIMITERS = [',', ';', '\t'] as const

interface Dialect {
  /** The text from its header on, with line feeds as line ends. */
  text: string
  delimiter: string
  /** The number of the text's first line in the body, counted from 1. */
  firstLine: number
}

/** Counts each delimiter outside of quotes. A quote within quotes is doubled, so it leaves them and enters them again. */
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

/** Cuts rows without anything in them off the end of a text. Spreadsheets write them by the thousand, and each costs a step. */
const cutBlankEnd = (text: string, delimiter: string): string => {
  let last = text.length - 1
  while (last >= 0 && (text[last] === delimiter || text[last]!.trim() === '')) last--
  const end = text.indexOf('\n', last + 1)
  return end < 0 ? text : text.slice(0, end)
}

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
  if (named !== undefined && end >= 0)
    return { text: cutBlankEnd(text.slice(end + 1), named), delimiter: named, firstLine: lines.length + 1 }
  const counts = countUnquoted(header)
  const delimiter = DELIMITERS.reduce((most, each) => (counts.get(each)! > counts.get(most)! ? each : most))
  return { text: cutBlankEnd(text.slice(start), delimiter), delimiter, firstLine: lines.length }
}
