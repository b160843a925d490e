import type { Isolate } from '../runtime/isolate.ts'
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
import { parseEnum } from '../http/range-params.ts'
import { validateFactoryReadings } from '../ingest/readings.ts'
import { existingFactories } from './append-result.ts'

/** Lines that a header lists, and reasons that the log quotes, at most. */
const LISTED = 50
const QUOTED = 5

/**
 * Says which lines of a lenient request were refused, in headers and in the log: clients of InfluxDB take every answer but 204
 * for a failure, and read no body.
 */
const reportRefused = (c: AppContext, isolate: Isolate, refused: FieldError[]): void => {
  const lines = [...new Set(refused.map(({ pointer }) => pointer.replace('#line=', '')))]
  c.header(REFUSED_COUNT_HEADER, String(lines.length))
  c.header(REFUSED_LINES_HEADER, lines.slice(0, LISTED).join(', '))
  const reasons = refused.slice(0, QUOTED).map(({ detail }) => detail.slice(0, 200))
  isolate.log(redactKeys(JSON.stringify({ request_id: c.get('requestId'), refused: lines.length, reasons })))
}

/** Where Telegraf and the client libraries of InfluxDB 2 write. */
export const addInfluxRoutes = (app: App, isolate: Isolate): void =>
  addRoute(
    app,
    isolate,
    {
      method: 'post',
      path: '/api/v2/write',
      role: 'operator',
      scope: 'key',
      scheme: 'Token',
      tag: 'Readings',
      summary: 'Upsert readings in the line protocol of InfluxDB',
      headers: ['Prefer'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ z, Lines }) => ({
        query: z.object({
          precision: z.enum(UNITS).optional().openapi({ description: 'What timestamps count; nanoseconds if it does not say' }),
          org: z.string().optional().openapi({ description: 'Not looked at: the key says whose data it is' }),
          bucket: z.string().optional().openapi({ description: 'Not looked at' }),
        }),
        body: { 'text/plain': Lines },
        responses: {
          204: {
            description:
              'All of it is stored. With `Prefer: handling=lenient`: what is good is stored, `X-Refused-Count` counts the other lines and `X-Refused-Lines` lists the first of them',
          },
        },
      }),
    },
    async (c) => {
      const unit = parseEnum('precision', c.req.query('precision'), UNITS) ?? 'ns'
      const { lenient } = parsePreferences(c)
      setApplied(c, { lenient })
      const now = isolate.clock.now()
      const entries = parseLineProtocol(await readAnyText(c), unit, now)
      const accepted = await validateFactoryReadings(entries, { now, lenient }, existingFactories(c, isolate))
      const { refused } = await commitReadings(c, isolate, accepted, {
        lenient,
        getFactory: ({ factory }) => factory,
        draft: appendFactoryReadings,
      })
      if (refused.length) reportRefused(c, isolate, refused)
      return c.body(null, 204)
    },
  )
