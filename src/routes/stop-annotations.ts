import { createStopAnnotation, deleteStopAnnotation, updateStopAnnotation } from '../commands/stop-annotations.ts'
import type { AnnotationOfFactory } from '../commands/stop-annotations.ts'
import { openSession } from '../db/client.ts'
import { withConcurrencyLimit } from '../db/pending-queries.ts'
import { stopAnnotationDocument } from '../documents/stop-annotations.ts'
import { addRoute } from '../http/add-route.ts'
import { assertMatchesPath, parse, readJson } from '../http/decode-body.ts'
import { execute, executeWithoutContent } from '../http/commit-request.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { parseLimit } from '../http/query-params.ts'
import { buildLink, parseSpan, toBounds } from '../http/range-params.ts'
import { sendDocumentOr404, sendFromDatabaseOr404, sendRepresentation } from '../http/respond.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { renderStopAnnotation, selectStopAnnotation, selectStopAnnotations } from '../queries/stop-annotations.ts'
import type { SpanAnnotation } from '../queries/stop-annotations.ts'
import { LIMITS } from '../schemas/limits.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/stop-annotations.ts')

/** Examples of responses to a POST and to a PATCH. */
const CREATED = { id: 2, factory: 1, from: 1611204818, to: 1611205118, reason: 'jam', note: 'Belt of press 7', manual: false }
const CHANGED = { id: 1, factory: 1, from: 1611203000, to: 1611203900, reason: 'jam', note: null, manual: false }

/** Sends an annotation: from the cache, or from the database for a key that is limited to some factories. */
export const getStopAnnotation = async (c: AppContext): Promise<Response> => {
  const { organisationPk, factories } = c.get('identity')
  if (factories === null) return sendDocumentOr404(c, stopAnnotationDocument)
  const id = parseId(c)
  return sendFromDatabaseOr404(c, 'stop-annotation', 1, async ({ db }) => {
    const [row] = await selectStopAnnotation(db, organisationPk, id)
    return row && factories.includes(row.factory) ? renderStopAnnotation(row) : null
  })
}

/**
 * Returns the annotation whose id is in the path, from the primary. Its factory never changes.
 * @throws Problem `not-found`, also if the factory is outside the scope of the key
 */
const findAnnotation = async (c: AppContext): Promise<AnnotationOfFactory> => {
  const id = parseId(c)
  const { organisationPk, factories } = c.get('identity')
  const isolate = c.get('isolate')
  const [row] = await withConcurrencyLimit(isolate, 'write', async () =>
    selectStopAnnotation(openSession(isolate, 'first-primary').db, organisationPk, id),
  )
  if (!row || factories?.includes(row.factory) === false) throw notFound('stop-annotation', id)
  return { id, factory: row.factory }
}

/** Sends a page of annotations, and sets `Link` to the next page, which is older. */
const sendPage = async (c: AppContext, factory: number, limit: number): Promise<Response> => {
  const span = toBounds(parseSpan(c))
  return sendFromDatabaseOr404(c, 'factory', limit, async ({ db }) => {
    const [row] = await selectStopAnnotations(db, c.get('identity').organisationPk, factory, span, limit + 1)
    if (!row) return null
    const found = JSON.parse(row.annotations) as SpanAnnotation[]
    const page = found.slice(0, limit)
    if (found.length > limit) c.header('Link', buildLink(c, 'next', { to: page.at(-1)!.from }))
    return JSON.stringify({ annotations: page.map(({ id, ...members }) => ({ id, factory, ...members })) })
  })
}

/** Registers the list and the writes of annotations. */
export const addStopAnnotationRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/stop-annotations',
      operationId: 'listStopAnnotations',
      role: 'viewer',
      scope: 'factory',
      tag: 'Stops',
      summary: 'List the annotations of a factory that have a part in a range, newest first',
      headers: ['If-None-Match'],
      schemas: ({ idParam, stopAnnotationsQuery, StopAnnotationPage }) => ({
        params: idParam,
        query: stopAnnotationsQuery,
        responses: {
          200: {
            description: 'A page of annotations',
            schema: StopAnnotationPage,
            headers: { Link: 'sometimes' },
          },
        },
      }),
    },
    (c) => sendPage(c, parseId(c), parseLimit(c) ?? LIMITS.pageItems),
  )

  addRoute(
    app,
    {
      method: 'post',
      path: '/api/factory/{id}/stop-annotations',
      operationId: 'createStopAnnotation',
      role: 'operator',
      scope: 'factory',
      tag: 'Stops',
      summary: 'Create an annotation: the reason of a stop',
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, StopAnnotationIn, StopAnnotation }) => ({
        params: idParam,
        body: { 'application/json': StopAnnotationIn },
        responses: {
          201: { description: 'The annotation', schema: StopAnnotation, example: CREATED, headers: { ETag: 'always' } },
        },
      }),
    },
    async (c) => {
      const factory = parseId(c)
      const members = parse((await schemas()).StopAnnotationIn, await readJson(c))
      return execute(
        c,
        (actor) => createStopAnnotation(actor, factory, members),
        (row) => {
          c.header('Location', `/api/stop-annotation/${row.id}`)
          return sendRepresentation(c, renderStopAnnotation(row), 201)
        },
      )
    },
  )

  addRoute(
    app,
    {
      method: 'patch',
      path: '/api/stop-annotation/{id}',
      operationId: 'updateStopAnnotation',
      role: 'operator',
      scope: 'key',
      tag: 'Stops',
      summary: 'Change the times, the reason or the note of an annotation',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, StopAnnotation, StopAnnotationPatch }) => ({
        params: idParam,
        body: { 'application/merge-patch+json': StopAnnotationPatch, 'application/json': StopAnnotationPatch },
        responses: {
          200: { description: 'The annotation', schema: StopAnnotation, example: CHANGED, headers: { ETag: 'always' } },
        },
      }),
    },
    async (c) => {
      const { id: idInBody, ...updates } = parse(
        (await schemas()).StopAnnotationPatch,
        await readJson(c, ['application/merge-patch+json', 'application/json']),
      )
      assertMatchesPath('id', idInBody, parseId(c))
      const annotation = await findAnnotation(c)
      return execute(
        c,
        (actor) => updateStopAnnotation(actor, annotation, updates),
        (row) => sendRepresentation(c, renderStopAnnotation(row)),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/stop-annotation/{id}',
      operationId: 'deleteStopAnnotation',
      role: 'operator',
      scope: 'key',
      tag: 'Stops',
      summary: 'Delete an annotation',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['outcome-unknown'],
      schemas: ({ idParam }) => ({ params: idParam, responses: { 204: { description: 'Deleted' } } }),
    },
    async (c) => {
      const annotation = await findAnnotation(c)
      return executeWithoutContent(c, (actor) => deleteStopAnnotation(actor, annotation))
    },
  )
}
