import type { Isolate } from '../runtime/isolate.ts'
import { chartDocument } from '../documents/registry.ts'
import { downsample } from '../documents/downsample.ts'
import { mediaTypeFor, toPage, renderPoints } from '../documents/chart-format.ts'
import type { Format, PointsPage } from '../documents/chart-format.ts'
import type { Session } from '../db/client.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { MAX_RANGE_POINTS, selectRange } from '../queries/ranges.ts'
import type { Range, Resolution } from '../queries/ranges.ts'
import { sendFromDatabase, sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { toBounds, parseFormat, parseLast, buildLink, parseRange } from '../http/range-params.ts'
import type { RangeAsked } from '../http/range-params.ts'

/** From finest to coarsest. */
const RESOLUTIONS: Resolution[] = ['raw', 'hour', 'day']

/** Writes a page of a range; `Link` says where the range goes on. */
const renderPage = (c: AppContext, { points, before, after }: PointsPage, resolution: Resolution, format: Format): string => {
  if (after !== undefined) c.header('Link', buildLink(c, 'next', { from: after }))
  if (before !== undefined) c.header('Link', buildLink(c, 'prev', { to: before }))
  c.header(RESOLUTION_HEADER, resolution)
  return renderPoints(points, resolution, format)
}

/** Reads a page of a range. */
const readPage = async (c: AppContext, { db }: Session, id: number, asked: RangeAsked, format: Format): Promise<string | null> => {
  const { limit, resolution } = asked
  const order = asked.from === undefined ? 'newest' : 'oldest'
  const range: Range = { ...toBounds(asked), resolution, order, limit: limit + 1 }
  const [row] = await selectRange(db, c.get('identity').organisation, id, range)
  if (!row) return null
  return renderPage(c, toPage(row, range, limit), resolution, format)
}

/**
 * Reads a range in at most so many points, at the finest resolution that holds all of it: up to RANGE_MOST readings, of
 * which some are chosen, else every hour, else every day. Sums are never chosen from, because what is left out would be
 * missing in a total and a gap between two sums would not show. Where even the days are too many, the answer is a page.
 */
const readPoints = async (c: AppContext, { db }: Session, id: number, asked: RangeAsked, format: Format): Promise<string | null> => {
  const order = asked.from === undefined ? 'newest' : 'oldest'
  for (const resolution of RESOLUTIONS.slice(RESOLUTIONS.indexOf(asked.resolution))) {
    const limit = resolution === 'raw' ? MAX_RANGE_POINTS : asked.points!
    const range: Range = { ...toBounds(asked), resolution, order, limit: limit + 1 }
    const [row] = await selectRange(db, c.get('identity').organisation, id, range)
    if (!row) return null
    const page = toPage(row, range, limit)
    if ((page.before ?? page.after) !== undefined && resolution !== 'day') continue
    const points = resolution === 'raw' ? downsample(page.points, asked.points!) : page.points
    return renderPage(c, { ...page, points }, resolution, format)
  }
  return null
}

/** Maximum number of rows that an answer reads. The newest are accepted, which reads them twice; points try every resolution. */
const maxRows = ({ from, limit, points }: RangeAsked): number =>
  points === undefined ? limit * (from === undefined ? 2 : 1) : 2 * MAX_RANGE_POINTS * RESOLUTIONS.length

/** A factory's readings as a chart: the newest, a common range kept ready, or any range from the database. */
export const addChartDataRoutes = (app: App, isolate: Isolate): void =>
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/factory/{id}/chart-data',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'The newest readings, at most 500, or any range of the series',
      headers: ['If-None-Match'],
      schemas: ({ idParam, rangeQuery, ChartOrRows, Csv }) => ({
        params: idParam,
        query: rangeQuery,
        responses: {
          200: {
            description: 'In order of time; `Link` goes on, `X-Resolution` says what the points are',
            schema: ChartOrRows,
            more: { 'text/csv': Csv },
          },
        },
      }),
    },
    async (c) => {
      const format = parseFormat(c)
      const last = parseLast(c)
      const asked = parseRange(c)
      if (!asked) {
        const params = { ...(format !== 'columns' && { format }), ...(last !== undefined && { last }) }
        return sendDocumentOr404(c, isolate, 'factory', chartDocument, params)
      }
      const id = parseId(c)
      const read = asked.points === undefined ? readPage : readPoints
      const found = await sendFromDatabase(c, isolate, maxRows(asked), (session) => read(c, session, id, asked, format), {
        mediaType: mediaTypeFor(format),
      })
      if (!found) throw notFound('factory', id)
      return found
    },
  )
