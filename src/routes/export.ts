import type { Isolate } from '../runtime/isolate.ts'
import { chartQuery } from '../documents/chart.ts'
import { csvHeader, csvLine, pickFields, toFields } from '../documents/chart-format.ts'
import { mediaTypeFor } from '../documents/csv.ts'
import { queryDatabase } from '../db/query-database.ts'
import { Problem } from '../errors.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { ROWS_OF_CHUNK } from '../chunks/select.ts'
import { parseReadings, readingsIn } from '../chunks/parse.ts'
import { toPoints } from '../queries/points.ts'
import type { Point } from '../queries/points.ts'
import { MAX_RANGE_POINTS, selectExport } from '../queries/ranges.ts'
import { addRoute } from '../http/add-route.ts'
import { chooseMediaType } from '../http/media-types.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { parseParam } from '../http/query-params.ts'
import { oneOf } from '../documents/query-params.ts'
import { toBounds, parseSpan } from '../http/range-params.ts'

const FORMATS = ['csv', 'ndjson'] as const
const FORMAT = oneOf(FORMATS)

const jsonLine = (point: object) => `${JSON.stringify(point)}\n`

const parseFormat = (c: AppContext): (typeof FORMATS)[number] => {
  const accepted = chooseMediaType(c.req.header('Accept'), ['text/csv', 'application/x-ndjson'])
  return parseParam(c, 'format', FORMAT) ?? (accepted === 'text/csv' ? 'csv' : 'ndjson')
}

/** Streams pages of readings at the speed of the reader. At most one page is in memory. */
const streamPages = (first: string, readNext: () => Promise<string | undefined>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(first)),
      async pull(controller) {
        const text = await readNext()
        if (text === undefined) controller.close()
        else controller.enqueue(encoder.encode(text))
      },
    },
    { highWaterMark: 0 },
  )
}

/** Maximum attempts to read a page and the delay between them. Together they cover one window of the rate limiter. */
const MAX_ATTEMPTS = 60
const RETRY_DELAY_MS = 1_000

/** Reads a page, and waits while the rate limit is exceeded. A response that has begun can no longer become a 429. */
const readWithinRateLimit = async <T>(isolate: Isolate, read: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'too-many-requests') || attempt === MAX_ATTEMPTS) throw error
      await isolate.clock.sleep(RETRY_DELAY_MS)
    }
  }
}

/** Registers the export of a whole series from the database. A client resumes an interrupted export with `from`. */
export const addExportRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/factory/{id}/export',
      operationId: 'exportReadings',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'Export the whole series as a stream',
      schemas: ({ z, idParam, rangeQuery, Csv, Ndjson }) => ({
        params: idParam,
        query: rangeQuery.pick({ from: true, to: true, fields: true }).extend({
          format: z.enum(FORMATS).optional().openapi({ description: 'CSV, or one JSON object per line. `Accept` also selects the format' }),
        }),
        responses: {
          200: {
            description: 'All readings of the range, ordered by time',
            schema: Csv,
            mediaType: 'text/csv',
            more: { 'application/x-ndjson': Ndjson },
            headers: { 'Content-Disposition': 'always' },
          },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const format = parseFormat(c)
      const fields = toFields(parseParam(c, 'fields', chartQuery.fields))
      const range = toBounds(parseSpan(c))
      const isolate = c.get('isolate')
      const write =
        format === 'csv'
          ? (point: Point) => csvLine(point, 'raw', fields)
          : (point: Point) => jsonLine(fields ? pickFields(point, fields) : point)
      const read = (from: number) =>
        queryDatabase(isolate, c.get('bookmark'), ROWS_OF_CHUNK * MAX_RANGE_POINTS, async ({ db }) => {
          const [row] = await selectExport(db, c.get('identity').organisationPk, id, from, range.to)
          return (
            row && { series: row.series, points: toPoints(readingsIn(parseReadings(row.texts), from, range.to)).slice(0, MAX_RANGE_POINTS) }
          )
        })
      let page = await read(range.from)
      if (!page) throw notFound('factory', id)
      const { series } = page
      const pageText = () => page!.points.map(write).join('')
      const readNext = async () => {
        if (page!.points.length < MAX_RANGE_POINTS) return undefined
        page = await readWithinRateLimit(isolate, () => read(page!.points.at(-1)!.time + 1))
        // The stream breaks off if the series is replaced, because it would otherwise mix two series.
        if (page?.series !== series) throw new Error('the series was replaced while it was exported')
        return pageText()
      }
      const stream = streamPages((format === 'csv' ? csvHeader('raw', fields) : '') + pageText(), readNext)
      c.set('isStreamed', true)
      return c.body(stream, 200, {
        'Content-Type': format === 'csv' ? mediaTypeFor('csv') : 'application/x-ndjson',
        'Content-Disposition': `attachment; filename="factory-${id}.${format}"`,
        'Cache-Control': 'no-store',
        'Cache-Status': 'kv; fwd=bypass',
      })
    },
  )
