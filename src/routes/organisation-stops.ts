import { queryDatabase } from '../db/query-database.ts'
import { renderPareto } from '../documents/stop-json.ts'
import { addRoute } from '../http/add-route.ts'
import { parseDays } from '../http/range-params.ts'
import { sendFromDatabase } from '../http/respond.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { countFactories } from '../queries/factories.ts'
import { boundsOfStops, LAST_STOPS_SECONDS, LONGEST_SHIFT, selectOrganisationStops, spanOfLast } from '../queries/shifts.ts'
import type { StopRow } from '../queries/shifts.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { ReasonedStop } from '../stops/pareto.ts'
import { findStopsIn } from '../stops/parse-stops.ts'

/** Maximum number of rows that a factory reads for each day: its chunks. The days around the range are as many as a short range. */
const ROWS_OF_DAY = 24
const DAYS_AROUND = 2 * (LONGEST_SHIFT / DAY_SECONDS + 1)

/** Yields the stops of factories. At one time, it holds those of one factory. */
const listStops = function* (rows: readonly StopRow[], range: Span | undefined): Generator<ReasonedStop> {
  for (const row of rows) yield* findStopsIn(row, range ?? spanOfLast(row, LAST_STOPS_SECONDS)).stops
}

/** Sends the stops of all factories in the scope of the key by reason. The client pays for as many rows as its factories have. */
const getPareto = async (c: AppContext): Promise<Response> => {
  const range = parseDays(c, LIMITS.organisationStopDays)
  const { organisationPk, factories } = c.get('identity')
  const count =
    factories?.length ?? (await queryDatabase(c.get('isolate'), c.get('bookmark'), 1, ({ db }) => countFactories(db, organisationPk)))
  const days = (range ? range.to - range.from : LAST_STOPS_SECONDS) / DAY_SECONDS
  return (await sendFromDatabase(c, count * ROWS_OF_DAY * (days + DAYS_AROUND), async ({ db }) => {
    const rows = await selectOrganisationStops(db, organisationPk, factories, boundsOfStops(range))
    return renderPareto(listStops(rows, range))
  }))!
}

/** Registers the stops of an organisation by reason. */
export const addOrganisationStopRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/stops/pareto',
      operationId: 'getOrganisationStopPareto',
      role: 'viewer',
      scope: 'key',
      tag: 'Stops',
      summary: 'Sum the stops of all factories by reason',
      headers: ['If-None-Match'],
      schemas: ({ organisationParetoParams, StopPareto }) => ({
        query: organisationParetoParams,
        responses: {
          200: {
            description: 'The reasons in order of their seconds, the longest first',
            schema: StopPareto,
            example: { seconds: 0, reasons: [] },
          },
        },
      }),
    },
    getPareto,
  )
