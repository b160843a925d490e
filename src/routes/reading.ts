import { invalidContent } from '../errors.ts'
import { correctReading } from '../commands/readings.ts'
import { removeReading } from '../commands/remove-reading.ts'
import { renderReading } from '../documents/json.ts'
import type { App } from '../middleware/app-env.ts'
import { selectReading } from '../queries/factories.ts'
import { parse, readJson, assertMatchesPath } from '../http/decode-body.ts'
import { executeWithoutContent } from '../http/commit-request.ts'
import { sendFromDatabase, sendRepresentation } from '../http/respond.ts'
import { addRoute } from '../http/add-route.ts'
import { parseId, readingNotFound, parseTime } from '../http/path-params.ts'
import { findScrapError } from '../schemas/scrap.ts'
import { findTimeError } from '../schemas/time-unit.ts'
import { commitReadings } from './commit-readings.ts'

/** Headers of a set reading. `Cache-Status` is present if retention moved during the request. */
const CORRECTED = { ETag: 'always', 'Cache-Status': 'sometimes' } as const

/** Registers the read and the writes of a single reading. */
export const addSingleReadingRoutes = (app: App): void => {
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

  addRoute(
    app,
    {
      method: 'put',
      path: '/api/factory/{id}/chart-data/{time}',
      operationId: 'setReading',
      role: 'operator',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Set a reading: update or add it',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ timeParam, ReadingPut, Reading }) => ({
        params: timeParam,
        body: { 'application/json': ReadingPut },
        responses: {
          200: {
            description: 'The updated reading',
            schema: Reading,
            example: { time: 1611205958, actual: 31, goal: 30 },
            headers: CORRECTED,
          },
          201: { description: 'The added reading', schema: Reading, headers: CORRECTED },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const time = parseTime(c)
      const body = parse((await import('../schemas/readings.ts')).ReadingPut, await readJson(c))
      assertMatchesPath('time', body.time, time)
      const at = (member?: PropertyKey) => (member === 'time' && body.time === undefined ? '#/path/time' : `#/${String(member)}`)
      const timeError = findTimeError(time, c.get('isolate').clock.now())
      if (timeError) throw invalidContent([{ pointer: at('time'), detail: timeError }])
      const reading = { ...body, time }
      const scrapError = findScrapError(reading)
      if (scrapError) throw invalidContent([{ pointer: at(scrapError.member), detail: scrapError.detail }])
      const records = [{ value: reading, at }]
      const pending = { readings: [reading], records, refused: [] }
      return commitReadings(c, pending, {
        lenient: false,
        getFactory: () => id,
        buildMutation: (actor) => correctReading(actor, id, reading),
        respond: (row) => sendRepresentation(c, renderReading(row), row.added ? 201 : 200),
      })
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/factory/{id}/chart-data/{time}',
      operationId: 'deleteReading',
      role: 'operator',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Delete a reading',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['invalid-content', 'outcome-unknown'],
      schemas: ({ timeParam }) => ({ params: timeParam, responses: { 204: { description: 'Deleted' } } }),
    },
    (c) => executeWithoutContent(c, (actor) => removeReading(actor, parseId(c), parseTime(c))),
  )
}
