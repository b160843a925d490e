import Papa from 'papaparse'
import { isEmptyCell } from './csv-cell.ts'
import type { Dialect } from './csv-dialect.ts'

/** Counts the line feeds between two offsets. */
export const countLineFeeds = (text: string, from = 0, to = text.length): number => {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

/**
 * Parses the rows of CSV (RFC 4180), the header first. Rows without content are left out.
 * @param visit called with each row, the number of its first line, and true if a quote is not closed
 */
export const parseRows = (
  { text, delimiter, firstLine }: Dialect,
  visit: (line: number, fields: string[], isUnclosed: boolean) => void,
): void => {
  let [line, cursor] = [firstLine, 0]
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step: ({ data: fields, errors, meta }) => {
      const firstLineOfRow = line
      line += countLineFeeds(text, cursor, meta.cursor)
      cursor = meta.cursor
      const isUnclosed = errors.some(({ type }) => type === 'Quotes')
      if (isUnclosed || !fields.every(isEmptyCell)) visit(firstLineOfRow, fields, isUnclosed)
    },
  })
}
