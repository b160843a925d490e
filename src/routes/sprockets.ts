import type { Isolate } from '../isolate.ts'
import { sprocketDocument, sprocketsDocument } from '../cache/documents.ts'
import { renderSprocket, renderSprocketPage } from '../cache/render.ts'
import { createSprocket, deleteSprocket, updateSprocket } from '../commands/sprockets.ts'
import type { App, RequestContext } from '../middleware/context.ts'
import { SPROCKETS_PAGE, selectSprocketPage } from '../queries/sprockets.ts'
import { NewSprocketIn, Sprocket, SprocketIn, SprocketPage, SprocketPatch } from '../schemas/sprockets.ts'
import { answerDocument, answerFromDatabase, answerResource, commitAndShow, commitFor, sendRepresentation } from './answer.ts'
import { parse, readJson, samePlace } from './body.ts'
import { addRoute } from './define.ts'
import { idOf, idParam, pageOf, pageQuery } from './params.ts'

/** Measures of a type that the document shows being made: 12 teeth for half-inch chain, in millimetres. */
const MEASURES = { teeth: 12, pitch_diameter: 49.07, outside_diameter: 54.4, pitch: 12.7 }

/** The catalogue of sprocket types. */
export const addSprocketRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/sprockets',
      role: 'viewer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'The catalogue, 100 ids to a page',
      query: pageQuery,
      headers: ['If-None-Match'],
      answers: { 200: { description: 'A page', schema: SprocketPage } },
    },
    async (c) => {
      const { cursor, limit } = pageOf(c)
      const isPage = limit === undefined && cursor % SPROCKETS_PAGE === 0
      const kept = isPage ? await answerDocument(c, isolate, sprocketsDocument, { cursor }) : undefined
      const page = { from: cursor, limit: limit ?? SPROCKETS_PAGE }
      return (
        kept ??
        (await answerFromDatabase(c, isolate, async ({ db }) =>
          renderSprocketPage(await selectSprocketPage(db, c.get('identity').organisation, page), 1),
        ))!
      )
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/sprocket/{id}',
      role: 'viewer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'A sprocket type',
      params: idParam,
      headers: ['If-None-Match'],
      answers: { 200: { description: 'The sprocket type', schema: Sprocket } },
    },
    (c) => answerResource(c, isolate, 'sprocket', sprocketDocument),
  )

  addRoute(
    app,
    isolate,
    {
      method: 'post',
      path: '/api/sprockets',
      role: 'engineer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'A new sprocket type',
      body: { 'application/json': NewSprocketIn },
      errors: ['outcome-unknown'],
      answers: { 201: { description: 'The sprocket type', schema: Sprocket, example: { id: 3, ...MEASURES } } },
    },
    async (c) => {
      const measures = parse(NewSprocketIn, await readJson(c))
      const row = await commitAndShow(c, isolate, (author) => createSprocket(author, measures))
      c.header('Location', `/api/sprocket/${row.id}`)
      return sendRepresentation(c, renderSprocket(row), 201)
    },
  )

  /** Puts other measures in place, all or some. */
  const update = async (
    c: RequestContext,
    { id: named, ...measures }: { id?: number | undefined } & Parameters<typeof updateSprocket>[2],
  ) => {
    const id = idOf(c)
    samePlace('id', named, id)
    const row = await commitAndShow(c, isolate, (author) => updateSprocket(author, id, measures))
    return sendRepresentation(c, renderSprocket(row))
  }

  addRoute(
    app,
    isolate,
    {
      method: 'put',
      path: '/api/sprocket/{id}',
      role: 'engineer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'All measures of a sprocket type',
      params: idParam,
      headers: ['If-Match'],
      body: { 'application/json': SprocketIn },
      errors: ['conflict', 'precondition-failed', 'outcome-unknown'],
      answers: { 200: { description: 'The sprocket type', schema: Sprocket, example: { id: 1, ...MEASURES } } },
    },
    async (c) => update(c, parse(SprocketIn, await readJson(c))),
  )

  addRoute(
    app,
    isolate,
    {
      method: 'patch',
      path: '/api/sprocket/{id}',
      role: 'engineer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'Some measures of a sprocket type',
      params: idParam,
      headers: ['If-Match'],
      body: { 'application/merge-patch+json': SprocketPatch, 'application/json': SprocketPatch },
      errors: ['conflict', 'precondition-failed', 'outcome-unknown'],
      answers: {
        200: {
          description: 'The sprocket type',
          schema: Sprocket,
          example: { id: 1, teeth: 6, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
        },
      },
    },
    async (c) => update(c, parse(SprocketPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))),
  )

  addRoute(
    app,
    isolate,
    {
      method: 'delete',
      path: '/api/sprocket/{id}',
      role: 'engineer',
      reach: 'shared',
      tag: 'Sprockets',
      summary: 'Delete a sprocket type',
      params: idParam,
      headers: ['If-Match'],
      errors: ['precondition-failed', 'outcome-unknown'],
      answers: { 204: { description: 'It is gone' } },
    },
    async (c) => {
      await commitFor(c, isolate, (author) => deleteSprocket(author, idOf(c)))
      return c.body(null, 204)
    },
  )
}
