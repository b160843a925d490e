import { renderStops } from '../documents/stop-json.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { buildLink, parseDays, parseInteger } from '../http/range-params.ts'
import { sendFromDatabase } from '../http/respond.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import type { App } from '../middleware/app-env.ts'
import { boundsOfLast, LONGEST_SHIFT, selectStops } from '../queries/shifts.ts'
import { LIMITS } from '../schemas/limits.ts'
import { parseStops } from '../stops/parse-stops.ts'

/** Stops on a page without `limit`. */
const DEFAULT_LIMIT = 100
/** The span without a range. */
const DEFAULT_SECONDS = 7 * DAY_SECONDS
/** Rows of the chunks of a day, of the days around it, and of the offset periods. */
const rowsOf = (seconds: number) => 500 + seconds / 1_800

/** Registers the stops of a factory. */
export const addStopRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/stops',
      operationId: 'listStops',
      role: 'viewer',
      scope: 'factory',
      tag: 'Shifts',
      summary: 'List the stops of a factory, newest first',
      headers: ['If-None-Match'],
      schemas: ({ idParam, stopsParams, Stops }) => ({
        params: idParam,
        query: stopsParams,
        responses: { 200: { description: 'A page of stops', schema: Stops, example: { stops: [] }, headers: { Link: 'sometimes' } } },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const range = parseDays(c)
      const limit = parseInteger('limit', c.req.query('limit'), 1, LIMITS.stops) ?? DEFAULT_LIMIT
      const bounds = range ? { from: range.from - LONGEST_SHIFT, to: range.to + LONGEST_SHIFT } : boundsOfLast(DEFAULT_SECONDS)
      const rows = rowsOf(range ? range.to - range.from : DEFAULT_SECONDS)
      const response = await sendFromDatabase(c, rows, async ({ db }) => {
        const [row] = await selectStops(db, c.get('identity').organisationPk, id, bounds)
        if (!row) return null
        if (row.newest === null) return renderStops([])
        const { from, to } = range ?? { from: row.newest + 1 - DEFAULT_SECONDS, to: row.newest + 1 }
        const found = parseStops(row, { from, to }).stops.filter((stop) => stop.from >= from && stop.from < to)
        const page = found.toReversed().slice(0, limit)
        if (found.length > limit) c.header('Link', buildLink(c, 'next', { from, to: page.at(-1)!.from }))
        return renderStops(page)
      })
      if (!response) throw notFound('factory', id)
      return response
    },
  )
