import { z } from '@hono/zod-openapi'

/** Unix seconds. Any past time; the future is bounded where the clock is known (routes/readings-in.ts). */
export const Time = z.int().openapi({ description: 'Unix seconds', example: 1611194818 })

/** A count of sprockets, 0 to 2^53 - 1. No data is null, never 0. */
export const Figure = z.int().min(0)

const given = Figure.nullish()

/** A reading says something. */
const hasFigure = ({ actual, goal }: { actual?: unknown; goal?: unknown }) => actual !== undefined || goal !== undefined
const NO_FIGURE = 'Send actual, goal or both.'

/** One reading as it is sent: an absent figure is left unchanged, null clears it. One of the two must be there. */
export const ReadingIn = z
  .strictObject({ time: Time, actual: given, goal: given })
  .refine(hasFigure, NO_FIGURE)
  .openapi('ReadingIn', { example: { time: 1611206018, actual: 31, goal: 30 } })

/** One reading of a factory among several. */
export const FactoryReadingIn = z
  .strictObject({ factory: z.int().min(0), time: Time, actual: given, goal: given })
  .refine(hasFigure, NO_FIGURE)
  .openapi('FactoryReadingIn', { example: { factory: 1, time: 1611206018, actual: 31, goal: 30 } })

/** The figures of one reading, whose time is in the path. A `time` of the same value may stand beside them. */
export const ReadingPut = z
  .strictObject({ time: Time.optional(), actual: given, goal: given })
  .refine(hasFigure, NO_FIGURE)
  .openapi('ReadingPut', { example: { actual: 31, goal: 30 } })

const column = z.array(Figure.nullable())

/** A series in columns of equal length, as the seed writes it. An absent column is left unchanged. */
export const ColumnsIn = z
  .strictObject({
    sprocket_production_actual: column.optional(),
    sprocket_production_goal: column.optional(),
    time: z.array(Time),
  })
  .openapi('ColumnsIn', {
    example: { sprocket_production_actual: [31, 29], sprocket_production_goal: [30, 30], time: [1611206018, 1611206078] },
  })

/** Several readings of one factory. */
export const ReadingsIn = z
  .strictObject({ readings: z.array(ReadingIn) })
  .openapi('ReadingsIn', { example: { readings: [{ time: 1611206018, actual: 31, goal: 30 }] } })

/** Readings of one factory in any of the shapes that they are sent in. */
export const AnyReadingsIn = ColumnsIn.or(ReadingsIn).or(ReadingIn)

/** Several readings of several factories. */
export const FactoryReadingsIn = z
  .strictObject({ readings: z.array(FactoryReadingIn) })
  .openapi('FactoryReadingsIn', { example: { readings: [{ factory: 1, time: 1611206018, actual: 31, goal: 30 }] } })

/** Readings of one factory as CSV (RFC 4180). */
export const CsvIn = z.string().openapi('CsvIn', {
  description:
    'A header, then a line for each reading. An empty field clears a figure; a column that is not there leaves it. Numbers are digits alone. Also sent as application/csv, application/vnd.ms-excel or text/tab-separated-values',
  example: 'time,actual,goal\r\n1611206018,31,30\r\n1611206078,29,30\r\n',
})

/** Readings of several factories as CSV. */
export const FactoryCsvIn = z.string().openapi('FactoryCsvIn', {
  description: 'As for one factory, with a column that says which',
  example: 'factory,time,actual,goal\r\n1,1611206018,31,30\r\n',
})

/** Lines as InfluxDB takes them. */
export const Lines = z.string().openapi('Lines', {
  description:
    'Line protocol: measurement `production`, tag `factory`, fields `actual` and `goal`; other tags are not looked at. One timestamp for each factory and second. Any Content-Type will do',
  example: 'production,factory=1 actual=31i,goal=30i 1611206018000000000',
})

/** A series in columns of equal length, in order of time. */
export const ChartData = z
  .object({
    sprocket_production_actual: column,
    sprocket_production_goal: column,
    time: z.array(Time),
  })
  .openapi('ChartData', {
    example: {
      sprocket_production_actual: [32, 28, 31],
      sprocket_production_goal: [31, 33, 29],
      time: [1611204818, 1611204878, 1611204938],
    },
  })

/** One reading. */
export const Reading = z
  .object({ time: Time, actual: Figure.nullable(), goal: Figure.nullable() })
  .openapi('Reading', { example: { time: 1611205958, actual: 30, goal: 32 } })

/** The newest reading; null where there is none. A union, for a schema that is made nullable takes its name along. */
export const Latest = z.union([Reading, z.null()])

/** One column of the chart. */
export const Column = z.array(Figure.nullable()).openapi('Column', { example: [32, 28, 31, 30, 30] })
export const Times = z.array(Time).openapi('Times', { example: [1611204818, 1611204878, 1611204938] })

const refused = z
  .array(z.object({ pointer: z.string(), detail: z.string() }))
  .optional()
  .openapi({ description: 'With `Prefer: handling=lenient`: the readings that were not stored, and why' })

/** What an upsert did: `received` readings came, `changed` of them differed from what was there. */
export const Effect = z
  .object({ received: z.int(), changed: z.int(), latest: Latest, refused })
  .openapi('Effect', { example: { received: 2, changed: 2, latest: { time: 1611206078, actual: 29, goal: 30 } } })

/** What an upsert of readings of many factories did; the newest reading of each. */
export const FactoriesEffect = z
  .object({ received: z.int(), changed: z.int(), latest: z.array(z.object({ ...Reading.shape, factory: z.int() })), refused })
  .openapi('FactoriesEffect', { example: { received: 1, changed: 1, latest: [{ factory: 1, time: 1611206018, actual: 31, goal: 30 }] } })
