import { readDialect } from '../../schemas/csv-dialect.ts'
import { parseRows } from '../../schemas/csv-rows.ts'
import { findSumColumn } from './columns.ts'
import { texts } from '../texts/import.ts'

/** A row of a file, with the number of its line. */
export interface Row {
  line: number
  fields: string[]
}

/** The content of a CSV file. */
export interface Table {
  header: string[]
  rows: Row[]
}

/** Maximum size of a file. A year of readings, one a minute, has 15 MB. */
export const MAX_FILE_BYTES = 50_000_000

/** Thrown if a file cannot be read at all. The message names the mistake and how to correct it. */
export class FileError extends Error {
  override name = 'FileError'
}

/** Decodes a file as UTF-8, the only encoding that the API accepts. */
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new FileError(texts.notUtf8)
  }
}

/**
 * Reads a CSV file in any dialect of spreadsheets.
 * @throws FileError if the whole file cannot be read
 */
export const readTable = (bytes: Uint8Array): Table => {
  if (bytes.length > MAX_FILE_BYTES) throw new FileError(texts.tooLarge)
  const rows: Row[] = []
  parseRows(readDialect(decode(bytes)), (line, fields, isUnclosed) => {
    if (isUnclosed) throw new FileError(texts.unclosedQuote(line))
    rows.push({ line, fields })
  })
  const [first, ...rest] = rows
  if (!first || rest.length === 0) throw new FileError(texts.noReadings)
  const header = first.fields.slice(0, first.fields.findLastIndex((name) => name.trim() !== '') + 1).map((name) => name.trim())
  const sums = findSumColumn(header)
  if (sums !== undefined) throw new FileError(sums)
  return { header, rows: rest }
}
