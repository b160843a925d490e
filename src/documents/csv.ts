import Papa from 'papaparse'
import { oneOf } from './query-params.ts'

/** Formats of a list. */
const LIST_FORMATS = ['json', 'csv'] as const
export type ListFormat = (typeof LIST_FORMATS)[number]

/** The query parameter `format` of a list. */
export const LIST_FORMAT = oneOf(LIST_FORMATS, 'json')

/** Returns the media type of a format (CSV: RFC 4180, RFC 7111). */
export const mediaTypeFor = (format?: string): string => (format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json')

/** Returns a time in ISO 8601, or an empty text outside the range of Date (275,000 years). */
export const formatIso = (time: number): string =>
  Math.abs(time) <= 8.64e12 ? new Date(1000 * time).toISOString().replace('.000Z', 'Z') : ''

type Value = string | number | null

/** The columns of a list: the name of each, and the function that returns its value in a row. */
export type CsvColumns<Row> = Record<string, (row: Row) => Value>

/** Returns columns that have the names of members. */
export const memberColumns = <Name extends string>(...names: Name[]): CsvColumns<Record<Name, Value>> =>
  Object.fromEntries(names.map((name) => [name, (row: Record<Name, Value>) => row[name]]))

/** Returns the columns of a time: in Unix seconds, and in ISO 8601 for spreadsheets. */
export const timeColumns = <Name extends string>(name: Name): CsvColumns<Record<Name, number | null>> => ({
  [name]: (row) => row[name],
  [`iso_${name}`]: (row) => (row[name] === null ? null : formatIso(row[name])),
})

/** A text that a spreadsheet takes for a formula, also in its full-width form. Such a cell gets an apostrophe. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/
/** Quotes a text that spreadsheets of some languages would divide: their CSV is separated by semicolons. */
const needsQuotes = (value: unknown): boolean => typeof value === 'string' && value.includes(';')

/** Renders rows as CSV after a header line. Every line ends with CRLF (RFC 4180). */
export const renderCsv = <Row>(columns: CsvColumns<Row>, rows: readonly Row[]): string => {
  const cells = rows.map((row) => Object.values(columns).map((read) => read(row)))
  return `${Papa.unparse([Object.keys(columns), ...cells], { newline: '\r\n', escapeFormulae: FORMULA, quotes: needsQuotes })}\r\n`
}
