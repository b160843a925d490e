import { z } from '@hono/zod-openapi'
import { LIMITS } from './limits.ts'
import { ChartData, Figure, Time } from './readings.ts'

const Count = z.int().min(0)

/** Points as objects. Sums of hours and days have the number of their readings, and of those with a goal; readings have neither. */
export const Rows = z
  .array(
    z.object({
      time: Time,
      actual: Figure.nullable(),
      goal: Figure.nullable(),
      readings: Count.optional(),
      goal_readings: Count.optional(),
    }),
  )
  .openapi('Rows', { example: [{ time: 1611205200, actual: 604, goal: 603, readings: 20, goal_readings: 20 }] })

/** Points in columns. As in rows, only sums have `readings` and `goal_readings`. */
export const Points = ChartData.extend({ readings: z.array(Count).optional(), goal_readings: z.array(Count).optional() }).openapi('Points')

/** A series in columns or in rows. */
export const ChartOrRows = z.union([Points, Rows])

const moment = z.string().openapi({ description: 'Unix seconds or RFC 3339', example: '2021-01-21T02:00:00Z' })

/** What part of a series is asked for, and how it is written. */
export const rangeQuery = z.object({
  from: moment.optional().openapi({ description: 'First moment of the range, as Unix seconds or RFC 3339; the oldest come first then' }),
  to: moment.optional().openapi({ description: 'First moment after the range' }),
  limit: z
    .int()
    .min(1)
    .max(LIMITS.readings)
    .optional()
    .openapi({ description: 'Points on the page, 500 if it does not say; `Link` goes on' }),
  resolution: z
    .enum(['raw', 'hour', 'day'])
    .optional()
    .openapi({ description: 'Readings, or the sums of local hours or days; a bucket belongs where it begins' }),
  points: z
    .int()
    .min(3)
    .max(LIMITS.points)
    .optional()
    .openapi({
      description:
        'The whole range in at most so many points: some of its readings if it has up to 5,000, else all its hours, else all its days. ' +
        'Where even the days are more, a page of them. Not with `limit`',
    }),
  last: z.enum(['day', 'week', 'month', 'year']).optional().openapi({
    description:
      'A range that the newest reading ends, kept ready: at most 500 readings of a day, the hours of 7 or 30 days, the days of 365',
  }),
  format: z.enum(['columns', 'rows', 'csv']).optional().openapi({ description: 'How it is written; `Accept: text/csv` asks for CSV too' }),
})
