import { renderChartPage } from '../documents/json.ts'
import type { ChartRow } from '../documents/json.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import type { AppendResult } from '../commands/append-in-order.ts'
import { withReturning } from '../commands/mutation.ts'
import { appendFactoryReadings, appendReadings } from '../commands/readings.ts'
import { replaceReadings } from '../commands/replace-readings.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { selectChart } from '../queries/factories.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { sendRepresentation } from '../http/respond.ts'
import { execute } from '../http/commit-request.ts'
import { CSV_TYPES, readText } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { commitReadings } from './commit-readings.ts'
import { parsePreferences, setApplied } from '../http/prefer.ts'
import { parseFactoryReadings, parseTextReadings } from '../ingest/readings.ts'
import { findExistingFactories, renderAppendResult } from './append-result.ts'

/** Example of a series after its replacement. */
const REPLACED = { sprocket_production_actual: [31, 29], sprocket_production_goal: [30, 30], time: [1611206018, 1611206078] }

/** Media types of readings. */
const TYPES = ['application/json', ...CSV_TYPES]

const sendAppendResult = (c: AppContext, json: string) => c.body(json, 200, { 'Content-Type': 'application/json' })

/** Sends the chart with the headers of its GET. */
const sendChart = (c: AppContext, row: ChartRow) => {
  c.header(RESOLUTION_HEADER, 'raw' satisfies Resolution)
  return sendRepresentation(c, renderChartPage(row))
}

/** Registers the writes of readings. */
export const addReadingRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'post',
      path: '/api/factory/{id}/chart-data',
      operationId: 'appendReadings',
      role: 'operator',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Append or update readings of a factory',
      headers: ['If-Match', 'If-None-Match', 'Prefer'],
      errors: ['outcome-unknown'],
      schemas: ({ idParam, SeriesIn, CsvIn, AppendResponse }) => ({
        params: idParam,
        body: { 'application/json': SeriesIn, 'text/csv': CsvIn },
        responses: {
          200: {
            description: 'The result, or with `Prefer: return=representation` the chart',
            schema: AppendResponse,
            headers: { ETag: 'sometimes', 'Cache-Status': 'sometimes', [RESOLUTION_HEADER]: 'sometimes' },
          },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const { lenient, representation } = parsePreferences(c)
      const accepted = await parseTextReadings(await readText(c, TYPES), { now: c.get('isolate').clock.now(), lenient })
      return commitReadings<ReadingInput, ChartRow | AppendResult>(c, accepted, {
        lenient,
        getFactory: () => id,
        buildMutation: (actor, readings, refused) => {
          const append = appendReadings(actor, id, readings)
          // A response that lists refused readings has no chart.
          return representation && refused.length === 0 ? withReturning(append, (db) => selectChart(db, actor.organisationPk, id)) : append
        },
        respond: (row, refused) => {
          setApplied(c, { lenient, representation: 'oldest' in row })
          if ('oldest' in row) return sendChart(c, row)
          return sendAppendResult(c, renderAppendResult(accepted.received, row, lenient ? refused : undefined))
        },
      })
    },
  )

  addRoute(
    app,
    {
      method: 'post',
      path: '/api/readings',
      operationId: 'appendReadingsToFactories',
      role: 'operator',
      scope: 'key',
      tag: 'Readings',
      summary: 'Append or update readings of several factories',
      headers: ['Prefer'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ FactoryReadingsIn, FactoryCsvIn, FactoriesAppendResult }) => ({
        body: { 'application/json': FactoryReadingsIn, 'text/csv': FactoryCsvIn },
        responses: { 200: { description: 'The result', schema: FactoriesAppendResult, headers: { 'Cache-Status': 'sometimes' } } },
      }),
    },
    async (c) => {
      const { lenient } = parsePreferences(c)
      setApplied(c, { lenient })
      const accepted = await parseFactoryReadings(
        await readText(c, TYPES),
        { now: c.get('isolate').clock.now(), lenient },
        findExistingFactories(c),
      )
      return commitReadings(c, accepted, {
        lenient,
        getFactory: ({ factory }) => factory,
        buildMutation: appendFactoryReadings,
        respond: (row, refused) => sendAppendResult(c, renderAppendResult(accepted.received, row, lenient ? refused : undefined)),
      })
    },
  )

  addRoute(
    app,
    {
      method: 'put',
      path: '/api/factory/{id}/chart-data',
      operationId: 'replaceReadings',
      role: 'engineer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Replace the whole series',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, SeriesIn, CsvIn, ChartData }) => ({
        params: idParam,
        body: { 'application/json': SeriesIn, 'text/csv': CsvIn },
        responses: {
          200: {
            description: 'The chart',
            schema: ChartData,
            example: REPLACED,
            headers: { ETag: 'always', [RESOLUTION_HEADER]: 'always' },
          },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const now = c.get('isolate').clock.now()
      const { readings } = await parseTextReadings(await readText(c, TYPES), { now, isNewSeries: true })
      return execute(
        c,
        (actor) => replaceReadings(actor, id, readings, now),
        (row) => sendChart(c, row),
      )
    },
  )
}
