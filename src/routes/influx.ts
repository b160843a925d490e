import { appendFactoryReadings } from '../commands/readings.ts'
import type { FieldError } from '../errors.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { REFUSED_COUNT_HEADER, REFUSED_LINES_HEADER } from '../middleware/common-headers.ts'
import { redactKeys } from '../schemas/redaction.ts'
import { UNITS } from '../schemas/time-unit.ts'
import { readAnyText } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { commitReadings } from './commit-readings.ts'
import { parseLineProtocol } from '../ingest/line-protocol.ts'
import { parsePreferences, setApplied } from '../http/prefer.ts'
import { parseParam } from '../http/query-params.ts'
import { oneOf } from '../documents/query-params.ts'
import { validateFactoryReadings } from '../ingest/readings.ts'
import { findExistingFactories } from './append-result.ts'

const PRECISION = oneOf(UNITS)

/** Maximum number of line numbers in the header. */
const MAX_LISTED = 50
/** Maximum number of reasons in the log. */
const MAX_LOGGED = 5

/**
 * Reports the refused lines of a lenient request in headers and in the log. A body is not possible, because InfluxDB clients treat every
 * status except 204 as a failure.
 */
const reportRefused = (c: AppContext, refused: FieldError[]): void => {
  const lines = [...new Set(refused.map(({ pointer }) => Number(pointer.replace('#line=', ''))))].toSorted((a, b) => a - b)
  c.header(REFUSED_COUNT_HEADER, String(lines.length))
  c.header(REFUSED_LINES_HEADER, lines.slice(0, MAX_LISTED).join(', '))
  const reasons = refused.slice(0, MAX_LOGGED).map(({ detail }) => detail.slice(0, 200))
  c.get('isolate').log(redactKeys(JSON.stringify({ request_id: c.get('requestId'), refused: lines.length, reasons })))
}

/** Registers the write route of Telegraf and the client libraries of InfluxDB 2. */
export const addInfluxRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'post',
      path: '/api/v2/write',
      operationId: 'writeLineProtocol',
      role: 'operator',
      scope: 'key',
      scheme: 'Token',
      tag: 'Readings',
      summary: 'Upsert readings in InfluxDB line protocol',
      headers: ['Prefer'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ z, Lines }) => ({
        query: z.object({
          precision: z.enum(UNITS).optional().openapi({ description: 'Unit of the timestamps. Default: nanoseconds' }),
          org: z.string().optional().openapi({ description: 'Ignored, because the key determines the organisation' }),
          bucket: z.string().optional().openapi({ description: 'Ignored' }),
        }),
        body: { 'text/plain': Lines },
        responses: {
          204: {
            description:
              'All lines are stored. With `Prefer: handling=lenient`, valid lines are stored; `X-Refused-Count` is the number of other lines, and `X-Refused-Lines` lists the first of them',
            headers: { 'Cache-Status': 'sometimes', [REFUSED_COUNT_HEADER]: 'sometimes', [REFUSED_LINES_HEADER]: 'sometimes' },
          },
        },
      }),
    },
    async (c) => {
      const unit = parseParam(c, 'precision', PRECISION) ?? 'ns'
      const { lenient } = parsePreferences(c)
      setApplied(c, { lenient })
      const now = c.get('isolate').clock.now()
      const records = parseLineProtocol(await readAnyText(c), unit, now)
      const accepted = await validateFactoryReadings(records, { now, lenient }, findExistingFactories(c))
      return commitReadings(c, accepted, {
        lenient,
        getFactory: ({ factory }) => factory,
        buildMutation: appendFactoryReadings,
        respond: (_, refused) => {
          if (refused.length) reportRefused(c, refused)
          return c.body(null, 204)
        },
      })
    },
  )
