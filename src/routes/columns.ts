import { actualDocument, goalDocument, timeDocument } from '../documents/registry.ts'
import type { Document } from '../documents/registry.ts'
import { renderReading } from '../documents/json.ts'
import type { App } from '../middleware/app-env.ts'
import { selectReading } from '../queries/factories.ts'
import { sendFromDatabase, sendDocumentOr404 } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId, readingNotFound, parseTime } from '../http/path-params.ts'

/** Registers the reads of single columns and single readings. */
export const addColumnRoutes = (app: App): void => {
  const addColumn = (
    document: Document,
    name: string,
    operationId: string,
    summary: string,
    column: 'Column' | 'Times',
    example?: unknown,
  ) =>
    addRoute(
      app,
      {
        method: 'get',
        path: `/api/factory/{id}/${name}`,
        operationId,
        role: 'viewer',
        scope: 'factory',
        tag: 'Readings',
        summary,
        headers: ['If-None-Match'],
        schemas: ({ idParam, [column]: schema }) => ({
          params: idParam,
          responses: { 200: { description: 'The column, ordered by time', schema, example } },
        }),
      },
      (c) => sendDocumentOr404(c, 'factory', document),
    )

  addColumn(actualDocument, 'production-actual', 'getProductionActual', 'Get the actual production of the newest 500 readings', 'Column')
  addColumn(
    goalDocument,
    'production-goal',
    'getProductionGoal',
    'Get the production goals of the newest 500 readings',
    'Column',
    [31, 33, 29, 29, 32],
  )
  addColumn(timeDocument, 'time', 'getTimes', 'Get the times of the newest 500 readings in Unix seconds', 'Times')

  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/chart-data/{time}',
      operationId: 'getReading',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Get a reading',
      headers: ['If-None-Match'],
      schemas: ({ timeParam, Reading }) => ({ params: timeParam, responses: { 200: { description: 'The reading', schema: Reading } } }),
    },
    async (c) => {
      const id = parseId(c)
      const time = parseTime(c)
      const response = await sendFromDatabase(c, 1, async ({ db }) => {
        const [row] = await selectReading(db, c.get('identity').organisation, id, time)
        return row ? renderReading(row) : null
      })
      if (!response) throw readingNotFound(id, time)
      return response
    },
  )
}
