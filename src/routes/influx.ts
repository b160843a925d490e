import type { Isolate } from '../isolate.ts'
import { appendFactoryReadings } from '../commands/readings.ts'
import type { App } from '../middleware/context.ts'
import { UNITS } from '../schemas/time-unit.ts'
import { readText } from './body.ts'
import { addRoute } from './define.ts'
import { commitReadings } from './kept.ts'
import { entriesOfLines } from './line-protocol.ts'
import { preferencesOf, setApplied } from './prefer.ts'
import { oneOf } from './range.ts'
import { sortFactoryReadings } from './readings-in.ts'
import { existingFactories, renderEffect } from './readings-out.ts'

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
          precision: z.enum(UNITS).optional().openapi({ description: 'What timestamps count; nanoseconds if it does not say' }),
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
      const unit = oneOf('precision', c.req.query('precision'), UNITS) ?? 'ns'
      const { lenient } = preferencesOf(c)
      setApplied(c, { lenient })
      const { text } = await readText(c, ['text/plain'], 'text/plain')
      const now = isolate.clock.now()
      const entries = entriesOfLines(text, unit, now)
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
