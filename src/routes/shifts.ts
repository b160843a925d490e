import { invalidQueryParam } from '../errors.ts'
import { mediaTypeFor } from '../documents/csv.ts'
import { listShifts as toShifts, renderShifts } from '../documents/shift-json.ts'
import { shiftsDocument, shiftsQuery } from '../documents/shifts.ts'
import type { Session } from '../db/client.ts'
import { parseId } from '../http/path-params.ts'
import { parseParam } from '../http/query-params.ts'
import { parseDays, parseListFormat } from '../http/range-params.ts'
import { sendDocumentOr404, sendFromDatabaseOr404 } from '../http/respond.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { LONGEST_SHIFT, rowsOfShifts, selectShifts } from '../queries/shifts.ts'
import { spanOfDay } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { parseDay } from '../schemas/dates.ts'
import { LIMITS } from '../schemas/limits.ts'

/** Requested shifts: those that have a part in a span and meet a condition. */
interface Requested {
  span: Span
  isIncluded: (shift: ShiftOccurrence) => boolean
}

const parseDate = (date: string): Requested => {
  const day = parseDay(date)
  if (day === undefined) throw invalidQueryParam('date', 'Not a date. Send YYYY-MM-DD such as 2026-01-05.')
  return { span: spanOfDay(day), isIncluded: (shift) => shift.date === date }
}

/** Returns the shifts of a range. A shift belongs to the range that contains its start. */
const inRange = (range: Span): Requested => ({ span: range, isIncluded: (shift) => shift.from >= range.from })

/** Parameters that exclude each other, in the order in which they are reported. */
const SELECTIONS = ['last', 'date', 'from', 'to']

/** Parses the query; undefined for a request that the cached document answers. */
const parseRequest = (c: AppContext): Requested | undefined => {
  const query = c.req.query()
  const [first, second] = SELECTIONS.filter((name) => name in query)
  if (second !== undefined && first !== 'from') throw invalidQueryParam(second, `Cannot be combined with \`${first}\`. Omit one of them.`)
  if (query['date'] !== undefined) return parseDate(query['date'])
  const range = first === 'last' ? undefined : parseDays(c)
  return range && inRange(range)
}

/** Sends the shifts of a factory: those of the last days from the cache, those of a date or a range from the database. */
export const listShifts = async (c: AppContext): Promise<Response> => {
  const format = parseListFormat(c)
  const requested = parseRequest(c)
  if (!requested) return sendDocumentOr404(c, shiftsDocument, { format, last: parseParam(c, 'last', shiftsQuery.last) })
  const id = parseId(c)
  const { span, isIncluded } = requested
  const read = { from: span.from, to: span.to + LONGEST_SHIFT }
  const render = async ({ db }: Session) => {
    const [row] = await selectShifts(db, c.get('identity').organisationPk, id, read)
    if (!row) return null
    const shifts = toShifts(row, span, isIncluded)
    if (shifts.length > LIMITS.shifts)
      throw invalidQueryParam('to', `More than ${LIMITS.shifts} shifts start in the range. Send a shorter range.`)
    return renderShifts(shifts, format)
  }
  return sendFromDatabaseOr404(c, 'factory', rowsOfShifts(read.to - read.from), render, { mediaType: mediaTypeFor(format) })
}
