import { isEmptyCell } from './csv-cell.ts'
import type { Dialect } from './csv-dialect.ts'

/** Counts the line feeds between two offsets. */
export const countLineFeeds = (text: string, from = 0, to = text.length): number => {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** A quoted field: its text, and the offset after it. */
interface QuotedField {
  field: string
  end: number
}

/**
 * Reads the quoted field that starts at an offset. Blanks may follow its closing quote. Returns undefined if the field is not closed, or if
 * a quote in it is neither doubled nor followed by the end of the field.
 */
const readQuoted = (text: string, start: number, delimiter: string): QuotedField | undefined => {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 2)) {
    if (text[quote + 1] === '"') continue
    let end = quote + 1
    while (text[end] !== delimiter && (text[end] === ' ' || text[end] === '\t')) end++
    const isClosed = end === text.length || text[end] === delimiter || text[end] === '\n'
    return isClosed ? { field: text.slice(start + 1, quote).replaceAll('""', '"'), end } : undefined
  }
  return undefined
}

/**
 * Parses the rows of CSV (RFC 4180), the header first. Rows without content are left out. The time is linear in the length of any text;
 * libraries look for the end of a field again at each quote in it.
 * @param visit called with each row, the number of its first line, and true if a quoted field is not closed properly. Such a row is the
 * last one.
 */
export const parseRows = (
  { text, delimiter, firstLine }: Dialect,
  visit: (line: number, fields: string[], isUnclosed: boolean) => void,
): void => {
  const plain = new RegExp(`[^\\${delimiter}\n]*`, 'y')
  let [at, line] = [0, firstLine]
  while (at < text.length) {
    const [start, fields]: [number, string[]] = [at, []]
    let isUnclosed = false
    do {
      if (fields.length > 0) at++
      const quoted = text[at] === '"' ? readQuoted(text, at, delimiter) : undefined
      isUnclosed = text[at] === '"' && !quoted
      plain.lastIndex = at
      fields.push(quoted?.field ?? plain.exec(text)![0])
      at = isUnclosed ? text.length : (quoted?.end ?? plain.lastIndex)
    } while (text[at] === delimiter)
    if (isUnclosed || !fields.every(isEmptyCell)) visit(line, fields, isUnclosed)
    at++
    line += countLineFeeds(text, start, at)
  }
}
