import Papa from 'papaparse'
import { Problem } from '../errors.ts'
import { invalid } from './body.ts'
import { lineEntry } from './entry.ts'
import type { Entry } from './entry.ts'

/** Columns of the API's own CSV that say again what others say. */
const IGNORED = new Set(['iso_time', 'readings', 'goal_readings'])
/** The names that the API's JSON gives to the figures are understood as well. */
const OTHER_NAMES: Record<string, string> = { sprocket_production_actual: 'actual', sprocket_production_goal: 'goal' }
/** Comma, or what spreadsheets write where the comma is in numbers. */
const DELIMITERS = [',', ';', '\t']

/** What a field says: nothing is null, digits a number. What is neither stays text, for the schema to refuse. */
const valueOf = (field: string): string | number | null => {
  const text = field.trim()
  if (text === '') return null
  return /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text
}

/** The members that the columns of a header stand for, undefined for one that is not read. */
const membersOf = (header: string[], known: readonly string[]): (string | undefined)[] => {
  const names = header.map((name) => name.trim().toLowerCase()).map((name) => OTHER_NAMES[name] ?? name)
  const fault = (detail: string) => ({ pointer: '#line=1', detail: `Line 1: ${detail}` })
  const faults = [
    ...known.slice(0, -2).flatMap((name) => (names.includes(name) ? [] : [fault(`There is no column ${name}.`)])),
    ...names.flatMap((name, at) => {
      if (!known.includes(name) && !IGNORED.has(name)) return [fault(`The column ${header[at]} is not known here.`)]
      return names.indexOf(name) === at ? [] : [fault(`The column ${name} is there twice.`)]
    }),
  ]
  if (faults.length) throw invalid(faults)
  return names.map((name) => (known.includes(name) ? name : undefined))
}

/**
 * The entries of CSV with a header (RFC 4180; line ends and byte order mark as they come). An empty field is null; a column
 * that is not there leaves its figures as they are.
 * @param known the columns that are read, those that may be missing last
 * @throws Problem `malformed-request` for quotes that do not end, `invalid-content` for a header that says something else
 */
export const entriesOfCsv = (text: string, known: readonly string[]): Entry[] => {
  const entries: Entry[] = []
  let members: (string | undefined)[] | undefined
  let [line, cursor] = [1, 0]
  Papa.parse<string[]>(text, {
    delimitersToGuess: DELIMITERS,
    step: ({ data: fields, errors, meta }) => {
      const began = line
      line += text.slice(cursor, meta.cursor).split(meta.linebreak).length - 1
      cursor = meta.cursor
      if (errors.some(({ type }) => type === 'Quotes'))
        throw new Problem('malformed-request', `Line ${began}: a quoted field does not end.`)
      if (fields.length === 1 && fields[0]!.trim() === '') return
      if (!members) {
        members = membersOf(fields, known)
        return
      }
      const given = Object.fromEntries(members.flatMap((name, at) => (name === undefined ? [] : [[name, valueOf(fields[at] ?? '')]])))
      const isWhole = fields.length === members.length
      const malformed = `There are ${fields.length} fields for ${members.length} columns.`
      entries.push(isWhole ? lineEntry(began, given) : { ...lineEntry(began, undefined), malformed })
    },
  })
  if (!members) throw invalid([{ pointer: '#line=1', detail: `Line 1: send a header, such as ${known.join(',')}.` }])
  return entries
}
