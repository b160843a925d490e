import { sprocketsDocument } from '../documents/sprockets.ts'
import { renderSprocket, renderSprocketPage } from '../documents/json.ts'
import { createSprocket, deleteSprocket, updateSprocket } from '../commands/sprockets.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { SPROCKETS_PAGE, selectSprocketPage } from '../queries/sprockets.ts'
import { sendDocument, sendFromDatabase, sendRepresentation } from '../http/respond.ts'
import { execute, executeWithoutContent } from '../http/commit-request.ts'
import { parse, readJson, assertMatchesPath } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId } from '../http/path-params.ts'
import { parsePage } from '../http/query-params.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/sprockets.ts')

/** Measures of the example: 12 teeth for half-inch chain, in millimetres. */
const MEASURES = { teeth: 12, pitch_diameter: 49.07, outside_diameter: 54.4, pitch: 12.7 }

/** Sends a page of sprocket types: from the cache if it is a page of the default size, else from the database. */
export const listSprockets = async (c: AppContext): Promise<Response> => {
  const { cursor, limit } = parsePage(c)
  const isPage = limit === undefined && cursor % SPROCKETS_PAGE === 0
  const response = isPage ? await sendDocument(c, sprocketsDocument, { cursor }) : undefined
  const page = { from: cursor, limit: limit ?? SPROCKETS_PAGE }
  return (
    response ??
    (await sendFromDatabase(c, page.limit, async ({ db }) =>
      renderSprocketPage(await selectSprocketPage(db, c.get('identity').organisationPk, page), 1),
    ))!
  )
}

/** Registers the writes of sprocket types. */
export const addSprocketRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'post',
      path: '/api/sprockets',
      operationId: 'createSprocket',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Sprockets',
      summary: 'Create a sprocket type',
      errors: ['outcome-unknown'],
      schemas: ({ NewSprocketIn, Sprocket }) => ({
        body: { 'application/json': NewSprocketIn },
        responses: {
          201: { description: 'The sprocket type', schema: Sprocket, example: { id: 3, ...MEASURES }, headers: { ETag: 'always' } },
        },
      }),
    },
    async (c) => {
      const measures = parse((await schemas()).NewSprocketIn, await readJson(c))
      return execute(
        c,
        (actor) => createSprocket(actor, measures),
        (row) => {
          c.header('Location', `/api/sprocket/${row.id}`)
          return sendRepresentation(c, renderSprocket(row), 201)
        },
      )
    },
  )

  const update = async (
    c: AppContext,
    { id: idInBody, ...measures }: { id?: number | undefined } & Parameters<typeof updateSprocket>[2],
  ) => {
    const id = parseId(c)
    assertMatchesPath('id', idInBody, id)
    return execute(
      c,
      (actor) => updateSprocket(actor, id, measures),
      (row) => sendRepresentation(c, renderSprocket(row)),
    )
  }

  addRoute(
    app,
    {
      method: 'put',
      path: '/api/sprocket/{id}',
      operationId: 'replaceSprocket',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Sprockets',
      summary: 'Replace all measures of a sprocket type',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, Sprocket, SprocketIn }) => ({
        params: idParam,
        body: { 'application/json': SprocketIn },
        responses: {
          200: { description: 'The sprocket type', schema: Sprocket, example: { id: 1, ...MEASURES }, headers: { ETag: 'always' } },
        },
      }),
    },
    async (c) => {
      return update(c, parse((await schemas()).SprocketIn, await readJson(c)))
    },
  )

  addRoute(
    app,
    {
      method: 'patch',
      path: '/api/sprocket/{id}',
      operationId: 'updateSprocket',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Sprockets',
      summary: 'Update some measures of a sprocket type',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, Sprocket, SprocketPatch }) => ({
        params: idParam,
        body: { 'application/merge-patch+json': SprocketPatch, 'application/json': SprocketPatch },
        responses: {
          200: {
            description: 'The sprocket type',
            schema: Sprocket,
            example: { id: 1, teeth: 6, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
            headers: { ETag: 'always' },
          },
        },
      }),
    },
    async (c) => {
      return update(c, parse((await schemas()).SprocketPatch, await readJson(c, ['application/merge-patch+json', 'application/json'])))
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/sprocket/{id}',
      operationId: 'deleteSprocket',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Sprockets',
      summary: 'Delete a sprocket type',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['outcome-unknown'],
      schemas: ({ idParam }) => ({ params: idParam, responses: { 204: { description: 'Deleted' } } }),
    },
    (c) => executeWithoutContent(c, (actor) => deleteSprocket(actor, parseId(c))),
  )
}
