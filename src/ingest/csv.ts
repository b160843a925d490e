import { invalidContent, Problem } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import { describeFieldCount, describeIsoTime, parseCell } from '../schemas/csv-cell.ts'
import { ISO_TIME } from '../schemas/csv-columns.ts'
import { readDialect } from '../schemas/csv-dialect.ts'
import { parseRows } from '../schemas/csv-rows.ts'
import { parseHeader } from './csv-header.ts'
import { lineRecord, refuseManyLines, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'

/** Builds the record of a row. */
const buildRecord = (line: number, fields: string[], members: string[]): InputRecord => {
  const malformed = describeFieldCount(fields, members.length)
  if (malformed !== undefined) return { ...lineRecord(line, undefined), malformed }
  const value: Record<string, number | null> = {}
  const memberErrors: Record<string, string> = {}
  for (const [at, member] of members.entries()) {
    if (member === ISO_TIME) continue
    const cell = parseCell(member, fields[at]!)
    value[member] = cell.value
    if (cell.error !== undefined) memberErrors[member] = cell.error
  }
  const isoTime = members.indexOf(ISO_TIME)
  const isoTimeError = isoTime < 0 || value['time'] == null ? undefined : describeIsoTime(fields[isoTime]!, value['time'])
  if (isoTimeError !== undefined) memberErrors[ISO_TIME] = isoTimeError
  return { ...lineRecord(line, value), memberErrors }
}

/**
 * Parses CSV with a header (RFC 4180) in any dialect of spreadsheets: all line ends, a byte order mark, comma, semicolon or tab, and
 * empty rows and columns. An empty field is null. An absent column leaves its figures unchanged.
 * @param required the columns that every CSV has. The fields of a reading are optional
 * @throws Problem `malformed-request` for an unclosed quote, `invalid-content` for an invalid header, `content-too-large` for too many
 * lines, or as soon as there are too many rows
 */
export const parseCsv = (csv: string, required: readonly string[]): InputRecord[] => {
  const dialect = readDialect(csv)
  refuseManyLines(dialect.text)
  const records: InputRecord[] = []
  let members: string[] | undefined
  parseRows(dialect, (line, fields, isUnclosed) => {
    if (isUnclosed)
      throw new Problem(
        'malformed-request',
        `Line ${line}: a quoted field is not closed. Add the closing quote, and double each quote within the field.`,
      )
    if (records.length > LIMITS.readings) throw tooManyReadings()
    if (members) records.push(buildRecord(line, fields, members))
    else members = parseHeader(fields, required, line)
  })
  if (!members)
    throw invalidContent([
      { pointer: '#line=1', detail: `Line 1: the header is missing. Send one such as ${[...required, ...FIELD_NAMES].join(',')}.` },
    ])
  return records
}
