import { renderReading } from '../documents/json.ts'
import type { App } from '../middleware/app-env.ts'
import { selectReading } from '../queries/factories.ts'
import { sendFromDatabase } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId, readingNotFound, parseTime } from '../http/path-params.ts'

/** Registers the read of a single reading. */
export const addReadingRoute = (app: App): void => {
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
        const [row] = await selectReading(db, c.get('identity').organisationPk, id, time)
        return row ? renderReading(row) : null
      })
      if (!response) throw readingNotFound(id, time)
      return response
    },
  )
}
