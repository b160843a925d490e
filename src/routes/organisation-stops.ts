import { invalidQueryParam } from '../errors.ts'
import { queryDatabase } from '../db/query-database.ts'
import { renderPareto } from '../documents/stop-json.ts'
import { addRoute } from '../http/add-route.ts'
import { parseIds } from '../http/query-params.ts'
import { parseDays } from '../http/range-params.ts'
import { sendFromDatabase } from '../http/respond.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { countFactories } from '../queries/factories.ts'
import { boundsOfStops, LAST_STOPS_SECONDS, LONGEST_SHIFT, selectOrganisationStops, spanOfLast } from '../queries/shifts.ts'
import type { TimelineRow } from '../queries/shifts.ts'
import { selectStopReasons } from '../queries/stop-reasons.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { assertFewChanges, findStopsIn, parseTimeline } from '../stops/parse-stops.ts'
import { parseReasons } from '../stops/reasons.ts'
import type { Stop } from '../stops/stop.ts'

/** Maximum number of rows that a factory reads for each day: its chunks. */
const ROWS_OF_DAY = 24
const DAYS_AROUND = 2 * (LONGEST_SHIFT / DAY_SECONDS + 1)

/**
 * Yields the stops of factories. At one time, it holds those of one factory.
 * @throws Problem `malformed-request` if all factories together have too many states
 */
const listStops = function* (rows: readonly TimelineRow[], range: Span | undefined): Generator<Stop> {
  let changes = 0
  for (const row of rows) {
    const span = range ?? spanOfLast(row, LAST_STOPS_SECONDS)
    const timeline = parseTimeline(row, span)
    changes += timeline.states.length
    assertFewChanges(changes)
    yield* findStopsIn(row, span, timeline)
  }
}

/**
 * Returns the ids of the factories to read, null for all factories of the organisation, and their number.
 * @throws Problem `malformed-request` if there are more than one request adds up
 */
const selectScope = async (c: AppContext, requested: readonly number[] | undefined) => {
  const { organisationPk, factories } = c.get('identity')
  const only = requested && factories ? requested.filter((id) => factories.includes(id)) : (requested ?? factories)
  const count =
    only?.length ?? (await queryDatabase(c.get('isolate'), c.get('bookmark'), 1, ({ db }) => countFactories(db, organisationPk)))
  if (count > LIMITS.stopFactories)
    throw invalidQueryParam(
      'factories',
      `Missing. The request would read ${formatNumber(count)} factories. Send ids of at most ${LIMITS.stopFactories} of them, separated by commas.`,
    )
  return { only, count }
}

/** Sends the stops of factories in the scope of the key by reason. The client pays for as many rows as the factories have. */
const getPareto = async (c: AppContext): Promise<Response> => {
  const range = parseDays(c, LIMITS.organisationStopDays)
  const requested = parseIds(c, 'factories', LIMITS.stopFactories)
  const { only, count } = await selectScope(c, requested)
  const days = (range ? range.to - range.from : LAST_STOPS_SECONDS) / DAY_SECONDS
  return (await sendFromDatabase(c, count * ROWS_OF_DAY * (days + DAYS_AROUND), async ({ db, batch }) => {
    const { organisationPk } = c.get('identity')
    const [rows, [organisation]] = await batch([
      selectOrganisationStops(db, organisationPk, only, boundsOfStops(range)),
      selectStopReasons(db, organisationPk),
    ])
    const unknown = requested?.find((id) => rows.every((row) => row.id !== id))
    if (unknown !== undefined) throw invalidQueryParam('factories', `Unknown factory ${unknown}. Send ids of factories that you may read.`)
    return renderPareto(listStops(rows, range), parseReasons(organisation?.reasons ?? null))
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
      summary: 'Sum the stops of several factories by reason',
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
