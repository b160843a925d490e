import type { Isolate } from '../isolate.ts'
import { appendFactoryReadings } from '../commands/readings.ts'
import type { App } from '../middleware/context.ts'
import { readText } from './body.ts'
import { addRoute } from './define.ts'
import { commitReadings } from './kept.ts'
import { entriesOfLines, PRECISIONS } from './line-protocol.ts'
import type { Precision } from './line-protocol.ts'
import { wrongQuery } from './params.ts'
import { preferencesOf, setApplied } from './prefer.ts'
import { sortFactoryReadings } from './readings-in.ts'
import { existingFactories, renderEffect } from './readings-out.ts'

const precisions = Object.keys(PRECISIONS) as Precision[]

/** Where Telegraf and the client libraries of InfluxDB 2 write. */
export const addInfluxRoutes = (app: App, isolate: Isolate): void =>
  addRoute(
    app,
    isolate,
    {
      method: 'post',
      path: '/api/v2/write',
      role: 'operator',
      reach: 'own',
      scheme: 'Token',
      tag: 'Readings',
      summary: 'Upsert readings in the line protocol of InfluxDB',
      headers: ['Prefer'],
      errors: ['conflict', 'outcome-unknown'],
      shapes: ({ z, Lines, FactoriesEffect }) => ({
        query: z.object({
          precision: z.enum(precisions).optional().openapi({ description: 'What timestamps count; nanoseconds if it does not say' }),
          org: z.string().optional().openapi({ description: 'Not looked at: the key says whose data it is' }),
          bucket: z.string().optional().openapi({ description: 'Not looked at' }),
        }),
        body: { 'text/plain': Lines },
        answers: {
          204: { description: 'All of it is stored' },
          200: { description: 'With `Prefer: handling=lenient`: what is good is stored, the rest is listed', schema: FactoriesEffect },
        },
      }),
    },
    async (c) => {
      const precision = (c.req.query('precision') ?? 'ns') as Precision
      if (!precisions.includes(precision)) throw wrongQuery('precision', `One of ${precisions.join(', ')}.`)
      const { lenient } = preferencesOf(c)
      setApplied(c, { lenient })
      const { text } = await readText(c, ['text/plain'], 'text/plain')
      const now = isolate.clock.now()
      const entries = entriesOfLines(text, precision, now)
      const sorted = await sortFactoryReadings(entries, { now, lenient }, existingFactories(c, isolate))
      const { row, refused } = await commitReadings(c, isolate, sorted, {
        lenient,
        factoryOf: ({ factory }) => factory,
        draft: appendFactoryReadings,
      })
      return refused.length
        ? c.body(renderEffect(sorted.received, row, refused), 200, { 'Content-Type': 'application/json' })
        : c.body(null, 204)
    },
  )
