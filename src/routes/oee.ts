import { invalidQueryParam } from '../errors.ts'
import type { Session } from '../db/client.ts'
import { mediaTypeFor } from '../documents/csv.ts'
import { toOeeReport } from '../documents/oee-json.ts'
import { renderOeeCsv } from '../documents/production-csv.ts'
import { SHIFT_SECONDS, shiftsQuery } from '../documents/shifts.ts'
import { oneOf } from '../documents/query-params.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { parseParam } from '../http/query-params.ts'
import { parseDays, parseListFormat } from '../http/range-params.ts'
import { sendFromDatabaseOr404 } from '../http/respond.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { boundsOfLast, LONGEST_SHIFT, rowsOfShifts, selectPlannedTime, spanOfLast } from '../queries/shifts.ts'
import { LIMITS } from '../schemas/limits.ts'

const RESOLUTION = oneOf(['shift', 'day'], 'shift')

/** Sends OEE of the shifts of a range, or of those with a part in the days up to the newest reading. */
const getOee = async (c: AppContext): Promise<Response> => {
  const id = parseId(c)
  const format = parseListFormat(c)
  const range = parseDays(c)
  const last = parseParam(c, 'last', shiftsQuery.last)
  if (range && last !== undefined) throw invalidQueryParam('last', 'Cannot be combined with `from` and `to`. Omit one of them.')
  const resolution = parseParam(c, 'resolution', RESOLUTION) ?? 'shift'
  const seconds = range ? range.to - range.from : SHIFT_SECONDS[last ?? 'day']
  const bounds = range ? { from: range.from, to: range.to + LONGEST_SHIFT } : boundsOfLast(seconds)
  const render = async ({ db }: Session) => {
    const [row] = await selectPlannedTime(db, c.get('identity').organisationPk, id, bounds)
    if (!row) return null
    const span = range ?? spanOfLast(row, seconds)
    const report = toOeeReport(row, span, { resolution, isIncluded: (shift) => range === undefined || shift.from >= range.from })
    if (report.items.length > LIMITS.shifts)
      throw invalidQueryParam('to', `More than ${LIMITS.shifts} shifts start in the range. Send a shorter range, or resolution=day.`)
    return format === 'csv' ? renderOeeCsv(report) : JSON.stringify(report)
  }
  return sendFromDatabaseOr404(c, 'factory', rowsOfShifts(seconds + LONGEST_SHIFT), render, { mediaType: mediaTypeFor(format) })
}

/** The report of a factory without a schedule. */
const NO_SHIFTS = {
  items: [],
  total: {
    planned_seconds: 0,
    run_seconds: 0,
    stops: { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 },
    actual: null,
    scrap: null,
    inspected: null,
    availability: null,
    performance: null,
    quality: null,
    oee: null,
  },
}

/** Registers the OEE of a factory. */
export const addOeeRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/oee',
      operationId: 'getOee',
      role: 'viewer',
      scope: 'factory',
      tag: 'Shifts',
      summary: 'Get the OEE of a factory by shift or day, with its inputs',
      headers: ['If-None-Match'],
      schemas: ({ idParam, oeeParams, OeeReport, ListCsv }) => ({
        params: idParam,
        query: oeeParams,
        responses: {
          200: {
            description: 'The shifts or dates in order of time, and all of them together. CSV has only the former',
            schema: OeeReport,
            more: { 'text/csv': ListCsv },
            example: NO_SHIFTS,
          },
        },
      }),
    },
    getOee,
  )
