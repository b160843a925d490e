import { invalidQueryParam } from '../errors.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { parseDays } from '../http/range-params.ts'
import { sendFromDatabaseOr404 } from '../http/respond.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { boundsOfStops, rowsOfStops, selectStops, spanOfLast } from '../queries/shifts.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { listStates } from '../stops/list-states.ts'
import { parseTimeline } from '../stops/parse-stops.ts'

/** Sends the states of a factory in the requested range, or in the day up to the newest reading. */
const getStates = async (c: AppContext): Promise<Response> => {
  const id = parseId(c)
  const range = parseDays(c, LIMITS.stateDays)
  const seconds = range ? range.to - range.from : DAY_SECONDS
  return sendFromDatabaseOr404(c, 'factory', rowsOfStops(seconds), async ({ db }) => {
    const [row] = await selectStops(db, c.get('identity').organisationPk, id, boundsOfStops(range, DAY_SECONDS))
    if (!row) return null
    const span = range ?? (row.newest === null ? undefined : spanOfLast(row, DAY_SECONDS))
    const states = span ? listStates(parseTimeline(row, span), span, LIMITS.states) : []
    if (states.length > LIMITS.states)
      throw invalidQueryParam('to', `More than ${formatNumber(LIMITS.states)} states are in the range. Send a shorter range.`)
    return JSON.stringify({ states })
  })
}

/** Registers the states of a factory. */
export const addStateRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/states',
      operationId: 'listStates',
      role: 'viewer',
      scope: 'factory',
      tag: 'Stops',
      summary: 'List the states of a factory: running, stopped, no data and not planned',
      headers: ['If-None-Match'],
      schemas: ({ idParam, statesParams, States }) => ({
        params: idParam,
        query: statesParams,
        responses: { 200: { description: 'The states in order of time', schema: States, example: { states: [] } } },
      }),
    },
    getStates,
  )
