import { chartDocument, chartQuery } from '../documents/chart.ts'
import { downsample } from '../documents/downsample.ts'
import { toShiftPage } from '../documents/shift-points.ts'
import { mediaTypeFor } from '../documents/csv.ts'
import { toFields, toPage, renderPoints } from '../documents/chart-format.ts'
import type { PointsPage, View } from '../documents/chart-format.ts'
import type { Session } from '../db/client.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { MAX_RANGE_POINTS, selectRange } from '../queries/ranges.ts'
import type { Range } from '../queries/ranges.ts'
import { PAGE_SECONDS, selectShiftRange } from '../queries/shift-ranges.ts'
import { LONGEST_SHIFT, rowsOfShifts } from '../queries/shifts.ts'
import { ROWS_OF_CHUNK } from '../chunks/select.ts'
import { RESOLUTIONS } from '../schemas/resolutions.ts'
import type { ChartResolution } from '../schemas/resolutions.ts'
import { sendDocumentOr404, sendFromDatabaseOr404 } from '../http/respond.ts'
import { parseId } from '../http/path-params.ts'
import { toBounds, parseFormat, parseLast, buildLink, parseRange } from '../http/range-params.ts'
import type { RequestedRange, RequestedShifts } from '../http/range-params.ts'
import { parseParam } from '../http/query-params.ts'

/** Renders a page of a range, and sets `Link` to the next or previous page. */
const renderPage = (c: AppContext, { points, before, after }: PointsPage, resolution: ChartResolution, view: View): string => {
  if (after !== undefined) c.header('Link', buildLink(c, 'next', { from: after }))
  if (before !== undefined) c.header('Link', buildLink(c, 'prev', { to: before }))
  c.header(RESOLUTION_HEADER, resolution)
  return renderPoints(points, resolution, view)
}

const readPage = async (c: AppContext, { db }: Session, id: number, requested: RequestedRange, view: View): Promise<string | null> => {
  const { limit, resolution } = requested
  const order = requested.from === undefined ? 'newest' : 'oldest'
  const range: Range = { ...toBounds(requested), resolution, order, limit: limit + 1 }
  const [row] = await selectRange(db, c.get('identity').organisationPk, id, range)
  if (!row) return null
  return renderPage(c, toPage(row, range, limit), resolution, view)
}

/**
 * Reads a range in at most `points` points, at the finest resolution that covers it: up to MAX_RANGE_POINTS readings, which are
 * downsampled, else all hours, else all days. Sums are not downsampled, because totals would lack the omitted ones and gaps would not
 * show. If there are more days than points, the result is a page.
 */
const readPoints = async (c: AppContext, { db }: Session, id: number, requested: RequestedRange, view: View): Promise<string | null> => {
  const order = requested.from === undefined ? 'newest' : 'oldest'
  for (const resolution of RESOLUTIONS.slice(RESOLUTIONS.indexOf(requested.resolution))) {
    const limit = resolution === 'raw' ? MAX_RANGE_POINTS : requested.points!
    const range: Range = { ...toBounds(requested), resolution, order, limit: limit + 1 }
    const [row] = await selectRange(db, c.get('identity').organisationPk, id, range)
    if (!row) return null
    const page = toPage(row, range, limit)
    if ((page.before ?? page.after) !== undefined && resolution !== 'day') continue
    const points = resolution === 'raw' ? downsample(page.points, requested.points!) : page.points
    return renderPage(c, { ...page, points }, resolution, view)
  }
  return null
}

/** Reads the sums of shifts in a range. */
const readShifts = async (c: AppContext, { db }: Session, id: number, requested: RequestedShifts, view: View): Promise<string | null> => {
  const [row] = await selectShiftRange(db, c.get('identity').organisationPk, id, requested)
  if (!row) return null
  return renderPage(c, toShiftPage(row, requested, requested.limit), 'shift', view)
}

const readRange = (c: AppContext, session: Session, id: number, requested: RequestedRange | RequestedShifts, view: View) => {
  if (requested.resolution === 'shift') return readShifts(c, session, id, requested, view)
  return requested.points === undefined ? readPage(c, session, id, requested, view) : readPoints(c, session, id, requested, view)
}

/**
 * Maximum number of rows that a request is charged for: `ROWS_OF_CHUNK` for each point, and twice as many for the newest points, so that
 * long pages of them stay more limited than an export. `points` tries every resolution.
 */
const maxRows = (requested: RequestedRange | RequestedShifts): number => {
  if (requested.resolution === 'shift') return rowsOfShifts(PAGE_SECONDS + LONGEST_SHIFT)
  const { from, limit, points } = requested
  return ROWS_OF_CHUNK * (points === undefined ? limit * (from === undefined ? 2 : 1) : 2 * MAX_RANGE_POINTS * RESOLUTIONS.length)
}

/** Sends the chart of a factory: the newest readings and preset ranges from the cache, other ranges from the database. */
export const getChart = async (c: AppContext): Promise<Response> => {
  const format = parseFormat(c)
  const fields = parseParam(c, 'fields', chartQuery.fields)
  const last = parseLast(c)
  const requested = parseRange(c)
  if (!requested) return sendDocumentOr404(c, chartDocument, { fields, format, last })
  const id = parseId(c)
  return sendFromDatabaseOr404(
    c,
    'factory',
    maxRows(requested),
    (session) => readRange(c, session, id, requested, { format, fields: toFields(fields) }),
    { mediaType: mediaTypeFor(format) },
  )
}
