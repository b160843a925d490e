import { z } from './zod.ts'
import { LIMITS } from './limits.ts'
import { buildSmallInteger, Count } from './numbers.ts'
import { CHART_FIELDS, FIELD_NAMES, mapFields, OTHER_FIELDS } from './reading-fields.ts'
import { buildColumns, Figure, figures, Time } from './readings.ts'
import { CHART_RESOLUTIONS } from './resolutions.ts'

const counts = { readings: Count.optional(), goal_readings: Count.optional() }

/** One point as an object. */
const Row = z.object({ time: Time, ...figures, ...counts }).openapi('Row')

/** Points as objects. Only sums have `readings` and `goal_readings`: how many readings, and how many with a goal. */
export const Rows = z
  .array(Row)
  .max(LIMITS.readings)
  .openapi('Rows', { example: [{ time: 1611205200, actual: 604, goal: 603, readings: 20, goal_readings: 20 }] })

const column = <Item extends z.ZodType>(item: Item) => z.array(item).max(LIMITS.readings)
const timeColumns = { time: column(Time), readings: column(Count).optional(), goal_readings: column(Count).optional() }

/** Points in columns. As in rows, only sums have `readings` and `goal_readings`. */
export const Points = z
  .object({
    ...buildColumns(CHART_FIELDS, LIMITS.readings),
    ...z.object(buildColumns(OTHER_FIELDS, LIMITS.readings)).partial().shape,
    ...timeColumns,
  })
  .openapi('Points', {
    example: {
      sprocket_production_actual: [32, 28, 31],
      sprocket_production_goal: [31, 33, 29],
      time: [1611204818, 1611204878, 1611204938],
    },
  })

/** Points in columns, with exactly the figures of `fields`. */
const FieldColumns = z
  .object({ ...z.object(buildColumns(FIELD_NAMES, LIMITS.readings)).partial().shape, ...timeColumns })
  .openapi('FieldColumns', { example: { sprocket_production_scrap: [1, null, 2], time: [1611204818, 1611204878, 1611204938] } })

/** One point as an object, with exactly the figures of `fields`. */
const FieldRow = z
  .object({ time: Time, ...mapFields(FIELD_NAMES, () => Figure.nullable().optional()), ...counts })
  .openapi('FieldRow', { example: { time: 1611204818, scrap: 1 } })

/** A series in columns, or with `format=rows` in rows. */
export const Chart = z.union([Points, Rows, FieldColumns, z.array(FieldRow).max(LIMITS.readings)]).openapi('Chart')

/** An instant in the query. */
export const instant = z.string().openapi({ description: 'Unix seconds or RFC 3339', example: '2021-01-21T02:00:00Z' })

/** Query parameters that select a range of a series and its format. */
export const rangeQuery = z.object({
  from: instant
    .optional()
    .openapi({ description: 'Start of the range (inclusive), as Unix seconds or RFC 3339; the page then begins with the oldest point' }),
  to: instant.optional().openapi({ description: 'End of the range (exclusive), as Unix seconds or RFC 3339' }),
  limit: buildSmallInteger(1, LIMITS.readings)
    .optional()
    .openapi({ description: 'Maximum number of points on the page. Default: 500. `Link` leads to the next page' }),
  resolution: z
    .enum(CHART_RESOLUTIONS)
    .optional()
    .openapi({
      description:
        'Readings, or sums per local hour, local day or shift. A sum belongs to the range that contains its start. ' +
        `A page has the shifts of at most ${LIMITS.shiftChartDays} days`,
    }),
  points: buildSmallInteger(3, LIMITS.points)
    .optional()
    .openapi({
      description:
        'Maximum number of points for the whole range. A range of up to 5,000 readings is downsampled; a longer range is returned as hours, ' +
        'or else as days. If there are more days than `points`, the response is a page of days. Cannot be combined with `limit` or `resolution=shift`',
    }),
  last: z.enum(['day', 'week', 'month', 'year']).optional().openapi({
    description:
      'A cached range that ends with the newest reading: up to 500 readings of one day, hours of 7 or 30 days, or days of 365 days',
  }),
  fields: z
    .string()
    .optional()
    .openapi({
      description: `Figures of the response, separated by commas: ${FIELD_NAMES.join(', ')}. Without it, columns and CSV have ${CHART_FIELDS.join(' and ')}`,
      example: FIELD_NAMES.join(','),
    }),
  format: z
    .enum(['columns', 'rows', 'csv'])
    .optional()
    .openapi({ description: 'Format of the response. `Accept: text/csv` also selects CSV' }),
})

export type FieldColumns = z.output<typeof FieldColumns>
export type FieldRow = z.output<typeof FieldRow>
export type Points = z.output<typeof Points>
export type Rows = z.output<typeof Rows>
