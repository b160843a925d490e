import type { Isolate } from '../runtime/isolate.ts'
import { actualDocument, goalDocument, timeDocument } from '../documents/registry.ts'
import type { Document } from '../documents/registry.ts'
import { renderReading } from '../documents/json.ts'
import type { App } from '../middleware/app-env.ts'
import { selectReading } from '../queries/factories.ts'
import { sendFromDatabase, sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId, readingNotFound, parseTime } from '../http/path-params.ts'

/** What a factory's readings look like from outside: its columns, and one reading. */
export const addColumnRoutes = (app: App, isolate: Isolate): void => {
  const addDocument = (document: Document, name: string, summary: string, column: 'Column' | 'Times', example?: unknown) =>
    addRoute(
      app,
      isolate,
      {
        method: 'get',
        path: `/api/factory/{id}/${name}`,
        role: 'viewer',
        scope: 'factory',
        tag: 'Readings',
        summary,
        headers: ['If-None-Match'],
        schemas: ({ idParam, [column]: schema }) => ({
          params: idParam,
          responses: { 200: { description: 'In order of time', schema, example } },
        }),
      },
      (c) => sendDocumentOr404(c, isolate, 'factory', document),
    )

  addDocument(actualDocument, 'production-actual', 'The column of what was made', 'Column')
  addDocument(goalDocument, 'production-goal', 'The column of what was to be made', 'Column', [31, 33, 29, 29, 32])
  addDocument(timeDocument, 'time', 'The column of times, Unix seconds', 'Times')

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/factory/{id}/chart-data/{time}',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'One reading',
      headers: ['If-None-Match'],
      schemas: ({ timeParam, Reading }) => ({ params: timeParam, responses: { 200: { description: 'The reading', schema: Reading } } }),
    },
    async (c) => {
      const id = parseId(c)
      const time = parseTime(c)
      const found = await sendFromDatabase(c, isolate, 1, async ({ db }) => {
        const [row] = await selectReading(db, c.get('identity').organisation, id, time)
        return row ? renderReading(row) : null
      })
      if (!found) throw readingNotFound(id, time)
      return found
    },
  )
}
