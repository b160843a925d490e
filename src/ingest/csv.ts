import Papa from 'papaparse'
import { Problem } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { invalidContent } from '../http/decode-body.ts'
import { describeIsoTime, parseCell } from './csv-cell.ts'
import { readDialect } from './csv-dialect.ts'
import { ISO_TIME, membersOf } from './csv-header.ts'
import { countLineFeeds, lineRecord, refuseManyLines, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'

const isEmpty = (field: string | undefined): boolean => field === undefined || field.trim() === ''

/** Builds the entry of a row. A field that has no column counts only if it is not empty. */
const entryOfRow = (line: number, fields: string[], members: string[]): InputRecord => {
  if (fields.length < members.length || fields.slice(members.length).some((field) => !isEmpty(field))) {
    const malformed = `There are ${fields.length} fields for ${members.length} columns.`
    return { ...lineRecord(line, undefined), malformed }
  }
  const value: Record<string, number | null> = {}
  const wrong: Record<string, string> = {}
  for (const [at, member] of members.entries()) {
    if (member === ISO_TIME) continue
    const cell = parseCell(member, fields[at]!)
    value[member] = cell.value
    if (cell.wrong !== undefined) wrong[member] = cell.wrong
  }
  const isoTime = members.indexOf(ISO_TIME)
  const disagrees = isoTime < 0 || value['time'] == null ? undefined : describeIsoTime(fields[isoTime]!, value['time'])
  if (disagrees !== undefined) wrong[ISO_TIME] = disagrees
  return { ...lineRecord(line, value), wrong }
}

/**
 * The entries of CSV with a header (RFC 4180), as spreadsheets write it: any line ends, a byte order mark, comma, semicolon or tab,
 * rows and columns without anything in them. An empty field is null; a column that is not there leaves its figures as they are.
 * @param known the columns that are read, those that may be missing last
 * @throws Problem `malformed-request` for quotes that do not end, `invalid-content` for a header that says something else,
 * `content-too-large` for too many lines, or as soon as there are too many rows
 */
export const parseCsv = (csv: string, known: readonly string[]): InputRecord[] => {
  const { text, delimiter, firstLine } = readDialect(csv)
  refuseManyLines(text)
  const entries: InputRecord[] = []
  let members: string[] | undefined
  let [line, cursor] = [firstLine, 0]
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step: ({ data: fields, errors, meta }) => {
      const began = line
      line += countLineFeeds(text, cursor, meta.cursor)
      cursor = meta.cursor
      if (errors.some(({ type }) => type === 'Quotes'))
        throw new Problem('malformed-request', `Line ${began}: a quoted field does not end.`)
      if (fields.every(isEmpty)) return
      if (entries.length > LIMITS.readings) throw tooManyReadings()
      if (members) entries.push(entryOfRow(began, fields, members))
      else members = membersOf(fields, known, began)
    },
  })
  if (!members) throw invalidContent([{ pointer: '#line=1', detail: `Line 1: send a header, such as ${known.join(',')}.` }])
  return entries
}
