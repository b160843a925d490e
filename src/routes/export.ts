import type { Isolate } from '../runtime/isolate.ts'
import type { Point } from '../documents/downsample.ts'
import { csvHeader, csvLine, mediaTypeFor } from '../documents/chart-format.ts'
import { queryDatabase } from '../db/query-database.ts'
import { Problem } from '../errors.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { forRequest } from '../middleware/request-metrics.ts'
import { MAX_RANGE_POINTS, selectExport } from '../queries/ranges.ts'
import { addRoute } from '../http/add-route.ts'
import { chooseMediaType } from '../http/media-types.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { toBounds, parseEnum, parseSpan } from '../http/range-params.ts'

const FORMATS = ['csv', 'ndjson'] as const

const jsonLine = ([time, actual, goal]: Point) => `${JSON.stringify({ time, actual, goal })}\n`

const parseFormat = (c: AppContext): (typeof FORMATS)[number] => {
  const accepted = chooseMediaType(c.req.header('Accept'), ['text/csv', 'application/x-ndjson'])
  return parseEnum('format', c.req.query('format'), FORMATS) ?? (accepted === 'text/csv' ? 'csv' : 'ndjson')
}

/** One page of readings after another, as the reader takes them: never more than one is held. */
const streamPages = (first: string, more: () => Promise<string | undefined>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(encoder.encode(first)),
      async pull(controller) {
        const text = await more()
        if (text === undefined) controller.close()
        else controller.enqueue(encoder.encode(text))
      },
    },
    { highWaterMark: 0 },
  )
}

/** How often a page is tried for which the allowance is spent, and how long it waits each time: a window of the limiter. */
const TRIES = 60
const WAIT_MS = 1_000

/** Reads a page as soon as the allowance lets it. A transfer that has begun cannot be answered with 429 any more. */
const atItsPace = async <T>(isolate: Isolate, read: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'too-many-requests') || tries === TRIES) throw error
      await isolate.clock.sleep(WAIT_MS)
    }
  }
}

/** A whole series, however long: in order of time, from the database. Who breaks off goes on with `from`. */
export const addExportRoutes = (app: App, isolate: Isolate): void =>
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/factory/{id}/export',
      role: 'viewer',
      scope: 'factory',
      tag: 'Readings',
      summary: 'The whole series, streamed',
      schemas: ({ z, idParam, rangeQuery, Csv, Ndjson }) => ({
        params: idParam,
        query: rangeQuery.pick({ from: true, to: true }).extend({
          format: z.enum(FORMATS).optional().openapi({ description: 'CSV, or a JSON object on each line; `Accept` asks for either too' }),
        }),
        responses: {
          200: {
            description: 'Every reading of the range in order of time',
            schema: Csv,
            mediaType: 'text/csv',
            more: { 'application/x-ndjson': Ndjson },
          },
        },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const format = parseFormat(c)
      const range = toBounds(parseSpan(c))
      const counted = forRequest(c, isolate)
      const write = format === 'csv' ? csvLine : jsonLine
      const read = (from: number) =>
        queryDatabase(counted, c.get('bookmark'), MAX_RANGE_POINTS, async ({ db }) => {
          const [row] = await selectExport(db, c.get('identity').organisation, id, from, range.to)
          return row && { series: row.series, points: JSON.parse(row.points) as Point[] }
        })
      let page = await read(range.from)
      if (!page) throw notFound('factory', id)
      const { series } = page
      const pageText = () => page!.points.map(write).join('')
      const more = async () => {
        if (page!.points.length < MAX_RANGE_POINTS) return undefined
        page = await atItsPace(isolate, () => read(page!.points.at(-1)![0] + 1))
        // Whoever reads on in another series than they began with gets neither: better that the transfer breaks off.
        if (page?.series !== series) throw new Error('the series was replaced while it was exported')
        return pageText()
      }
      const stream = streamPages((format === 'csv' ? csvHeader('raw') : '') + pageText(), more)
      c.set('isStreamed', true)
      return c.body(stream, 200, {
        'Content-Type': format === 'csv' ? mediaTypeFor('csv') : 'application/x-ndjson',
        'Content-Disposition': `attachment; filename="factory-${id}.${format}"`,
        'Cache-Control': 'no-store',
        'Cache-Status': 'kv; fwd=bypass',
      })
    },
  )
