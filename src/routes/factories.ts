import { invalidQueryParam } from '../errors.ts'
import { factoriesDocument } from '../documents/factories.ts'
import { renderFactory, renderFactoryPage, renderProfile } from '../documents/json.ts'
import { createFactory, deleteFactory, updateFactory } from '../commands/factories.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { ROWS_OF_CHUNK } from '../chunks/select.ts'
import { CHART_READINGS } from '../queries/chart-columns.ts'
import { FACTORIES_PAGE, selectFactoryPage } from '../queries/factories.ts'
import { sendDocument, sendFromDatabase, sendRepresentation } from '../http/respond.ts'
import { execute, executeWithoutContent } from '../http/commit-request.ts'
import { parse, readJson, assertMatchesPath } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { parsePage, parseParam } from '../http/query-params.ts'
import { parseReadings } from '../ingest/readings.ts'
import { pickSettings } from '../schemas/factory-settings.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/factories.ts')

/** Maximum number of rows that a page reads. Per factory: three rows, and the chunks of its chart. */
const maxRows = ({ limit, chartData }: { limit: number; chartData: boolean }) =>
  limit * (chartData ? 3 + ROWS_OF_CHUNK * CHART_READINGS : 3)

/** Example of a factory without readings. */
const CREATED = {
  factory: {
    id: 3,
    name: 'Plant North',
    time_zone: 'Europe/Berlin',
    latest: null,
    chart_data: { sprocket_production_actual: [], sprocket_production_goal: [], time: [] },
  },
}

/** Sends a page of factories: from the cache if it is a page of the default size with all factories, else from the database. */
export const listFactories = async (c: AppContext): Promise<Response> => {
  const { cursor, limit } = parsePage(c)
  const chartData = parseParam(c, 'chart_data', factoriesDocument.query.chart_data) ?? true
  const only = c.get('identity').factories
  if (chartData && limit !== undefined && limit > FACTORIES_PAGE)
    throw invalidQueryParam('limit', `At most ${FACTORIES_PAGE} factories with their series. Send chart_data=false for a larger page.`)
  const isPage = limit === undefined && cursor % FACTORIES_PAGE === 0 && only === null
  const response = isPage ? await sendDocument(c, factoriesDocument, { cursor, chart_data: chartData }) : undefined
  const page = { from: cursor, limit: limit ?? FACTORIES_PAGE, chartData, only }
  return (
    response ??
    (await sendFromDatabase(c, maxRows(page), async ({ db }) =>
      renderFactoryPage(await selectFactoryPage(db, c.get('identity').organisationPk, page), chartData, 1),
    ))!
  )
}

/** Registers the writes of factories. */
export const addFactoryRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'post',
      path: '/api/factories',
      operationId: 'createFactory',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Factories',
      summary: 'Create a factory',
      errors: ['outcome-unknown'],
      schemas: ({ Factory, FactoryIn }) => ({
        body: { 'application/json': FactoryIn },
        responses: {
          201: { description: 'The factory, as GET returns it', schema: Factory, example: CREATED, headers: { ETag: 'always' } },
        },
      }),
    },
    async (c) => {
      const body = parse((await schemas()).FactoryIn, await readJson(c))
      const now = c.get('isolate').clock.now()
      const { readings } = body.chart_data
        ? await parseReadings(body.chart_data, { now, at: '#/chart_data', isNewSeries: true })
        : { readings: [] }
      return execute(
        c,
        (actor) =>
          createFactory(actor, { name: body.name ?? null, timeZone: body.time_zone ?? 'UTC', settings: pickSettings(body), readings, now }),
        (row) => {
          c.header('Location', `/api/factory/${row.id}`)
          return sendRepresentation(c, renderFactory(row), 201)
        },
      )
    },
  )

  addRoute(
    app,
    {
      method: 'patch',
      path: '/api/factory/{id}',
      operationId: 'updateFactory',
      role: 'engineer',
      scope: 'factory',
      tag: 'Factories',
      summary: 'Update the name, time zone or settings of a factory',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, FactoryPatch, Profile }) => ({
        params: idParam,
        body: { 'application/merge-patch+json': FactoryPatch, 'application/json': FactoryPatch },
        responses: {
          200: {
            description: 'The profile',
            schema: Profile,
            example: { id: 1, name: 'Plant North', time_zone: 'UTC' },
            headers: { ETag: 'always' },
          },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const body = parse((await schemas()).FactoryPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))
      assertMatchesPath('id', body.id, id)
      return execute(
        c,
        (actor) =>
          updateFactory(actor, id, {
            ...(body.name !== undefined && { name: body.name }),
            ...(body.time_zone !== undefined && { timeZone: body.time_zone ?? 'UTC' }),
            settings: pickSettings(body),
          }),
        (row) => sendRepresentation(c, renderProfile(row)),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/factory/{id}',
      operationId: 'deleteFactory',
      role: 'engineer',
      scope: 'factory',
      tag: 'Factories',
      summary: 'Delete a factory and its readings',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['outcome-unknown'],
      schemas: ({ idParam }) => ({ params: idParam, responses: { 204: { description: 'Deleted' } } }),
    },
    async (c) => {
      const id = parseId(c)
      return executeWithoutContent(c, (actor) => deleteFactory(actor, id, c.get('isolate').clock.now()))
    },
  )
}
