import { invalidQueryParam } from '../errors.ts'
import type { Session } from '../db/client.ts'
import { mediaTypeFor } from '../documents/csv.ts'
import { renderPareto, renderStops } from '../documents/stop-json.ts'
import { oneOf } from '../documents/query-params.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { parseParam } from '../http/query-params.ts'
import { buildLink, parseDays, parseInteger, parseListFormat } from '../http/range-params.ts'
import { sendFromDatabaseOr404 } from '../http/respond.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { boundsOfStops, LAST_STOPS_SECONDS, rowsOfStops, selectStops, spanOfLast } from '../queries/shifts.ts'
import type { StopRow } from '../queries/shifts.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { LIMITS } from '../schemas/limits.ts'
import { findStopsIn } from '../stops/parse-stops.ts'
import { parseReasons } from '../stops/reasons.ts'

/** Stops on a page without `limit`. */
const DEFAULT_LIMIT = 100

/**
 * Reads the stops of a factory in the requested range, or in the days up to the newest reading, and sends them.
 * @param render receives the row and the range
 */
const sendStops = async (
  c: AppContext,
  range: Span | undefined,
  render: (row: StopRow, span: Span) => string,
  mediaType?: string,
): Promise<Response> => {
  const id = parseId(c)
  const read = async ({ db }: Session) => {
    const [row] = await selectStops(db, c.get('identity').organisationPk, id, boundsOfStops(range))
    if (!row) return null
    return render(row, range ?? spanOfLast(row, LAST_STOPS_SECONDS))
  }
  const rows = rowsOfStops(range ? range.to - range.from : LAST_STOPS_SECONDS)
  return sendFromDatabaseOr404(c, 'factory', rows, read, mediaType === undefined ? {} : { mediaType })
}

const UNEXPLAINED = oneOf(['true', 'false'])

/** Sends a page of stops, newest first. */
const listStops = async (c: AppContext): Promise<Response> => {
  const format = parseListFormat(c)
  const range = parseDays(c)
  const limit = parseInteger('limit', c.req.query('limit'), 1, LIMITS.stops) ?? DEFAULT_LIMIT
  const code = c.req.query('reason')
  const unexplained = parseParam(c, 'unexplained', UNEXPLAINED)
  if (code !== undefined && unexplained !== undefined)
    throw invalidQueryParam('unexplained', 'Cannot be combined with `reason`. Omit one of them.')
  const renderPage = (row: StopRow, span: Span) => {
    if (code !== undefined && !parseReasons(row.reasons).has(code))
      throw invalidQueryParam('reason', 'Unknown reason. Send a code of /api/stop-reasons.')
    const matching = findStopsIn(row, span).filter(
      ({ annotation }) =>
        (code === undefined || annotation?.reason === code) &&
        (unexplained === undefined || (annotation === null) === (unexplained === 'true')),
    )
    const page = matching.toReversed().slice(0, limit)
    if (matching.length > limit) c.header('Link', buildLink(c, 'next', { from: span.from, to: page.at(-1)!.from }))
    return renderStops(page, format)
  }
  return sendStops(c, range, renderPage, mediaTypeFor(format))
}

/** Registers the stops of a factory, and their sums by reason. */
export const addStopRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/stops',
      operationId: 'listStops',
      role: 'viewer',
      scope: 'factory',
      tag: 'Stops',
      summary: 'List the stops of a factory, newest first',
      headers: ['If-None-Match'],
      schemas: ({ idParam, stopsParams, Stops, ListCsv }) => ({
        params: idParam,
        query: stopsParams,
        responses: {
          200: {
            description: 'A page of stops',
            schema: Stops,
            more: { 'text/csv': ListCsv },
            example: { stops: [] },
            headers: { Link: 'sometimes' },
          },
        },
      }),
    },
    listStops,
  )

  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/stops/pareto',
      operationId: 'getStopPareto',
      role: 'viewer',
      scope: 'factory',
      tag: 'Stops',
      summary: 'Sum the stops of a factory by reason',
      headers: ['If-None-Match'],
      schemas: ({ idParam, paretoParams, StopPareto }) => ({
        params: idParam,
        query: paretoParams,
        responses: {
          200: {
            description: 'The reasons in order of their seconds, the longest first',
            schema: StopPareto,
            example: { seconds: 0, reasons: [] },
          },
        },
      }),
    },
    (c) => sendStops(c, parseDays(c), (row, span) => renderPareto(findStopsIn(row, span), parseReasons(row.reasons))),
  )
}
