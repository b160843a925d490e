import { LIMITS } from './limits.ts'
import { buildInteger, buildSmallInteger, Count, UnixSeconds } from './numbers.ts'
import { FieldError } from './problem.ts'
import { CHART_FIELDS, FIELD_LIST, FIELD_NAMES, mapColumns, mapFields, OTHER_FIELDS, READING_FIELDS } from './reading-fields.ts'
import type { FieldName } from './reading-fields.ts'
import { z } from './zod.ts'

/** Unix seconds. Any past time is valid. `findTimeError` limits the future, because a schema has no clock. */
export const Time = UnixSeconds.openapi({ example: 1611194818 })

/** Ids count from 0 within an organisation and are never reused. */
export const Id = Count.openapi({ example: 1 })

/** A number of sprockets, 0 to 2^53 - 1. Missing data is null, never 0. */
export const Figure = Count

const figure = (name: FieldName) => buildInteger(READING_FIELDS[name].minimum)

const describe = <Schema extends z.ZodType>(name: FieldName, schema: Schema): Schema =>
  schema.openapi({ description: READING_FIELDS[name].description })

/** The figures of a reading of a request. */
const figuresIn = mapFields(FIELD_NAMES, (name) => describe(name, figure(name).nullish()))
/** The figures of a reading of a response. */
export const figures = {
  ...mapFields(CHART_FIELDS, (name) => describe(name, figure(name).nullable())),
  ...mapFields(OTHER_FIELDS, (name) => describe(name, figure(name).optional())),
}

const hasFigure = (reading: { [Name in FieldName]?: unknown }) => FIELD_NAMES.some((name) => reading[name] !== undefined)
const NO_FIGURE = `The reading has no figure. Send ${FIELD_LIST}.`

/** One reading of a request. An absent figure stays unchanged, null clears it. At least one figure is required. */
export const ReadingIn = z
  .strictObject({ time: Time, ...figuresIn })
  .refine(hasFigure, NO_FIGURE)
  .openapi('ReadingIn', { example: { time: 1611206018, actual: 31, goal: 30 } })

/** One reading of a request for several factories. */
export const FactoryReadingIn = z
  .strictObject({ factory: Id, time: Time, ...figuresIn })
  .refine(hasFigure, NO_FIGURE)
  .openapi('FactoryReadingIn', { example: { factory: 1, time: 1611206018, actual: 31, goal: 30 } })

/** The figures of one reading, whose time is in the path. `time` is optional and must equal the path. */
export const ReadingPut = z
  .strictObject({ time: Time.optional(), ...figuresIn })
  .refine(hasFigure, NO_FIGURE)
  .openapi('ReadingPut', { example: { actual: 31, goal: 30 } })

/** The limit of readings in a request. It only describes the schema, because a longer array is rejected before (content-too-large). */
const perRequest = { maxItems: LIMITS.readings }

const column = (name: FieldName) => z.array(figure(name).nullable())

/** A series in columns of equal length, the format of the seed. An absent column leaves its figures unchanged. */
export const ColumnsIn = z
  .strictObject({
    ...mapColumns(FIELD_NAMES, (name) => column(name).openapi(perRequest).optional()),
    time: z.array(Time).openapi(perRequest),
  })
  .openapi('ColumnsIn', {
    example: { sprocket_production_actual: [31, 29], sprocket_production_goal: [30, 30], time: [1611206018, 1611206078] },
  })

/** Several readings of one factory. */
export const ReadingsIn = z
  .strictObject({ readings: z.array(ReadingIn).openapi(perRequest) })
  .openapi('ReadingsIn', { example: { readings: [{ time: 1611206018, actual: 31, goal: 30 }] } })

/** Readings of one factory in any JSON format: columns, a list, or one reading. */
export const SeriesIn = z.union([ColumnsIn, ReadingsIn, ReadingIn]).openapi('SeriesIn', {}, { unionPreferredType: 'oneOf' })

/** Several readings of several factories. */
export const FactoryReadingsIn = z
  .strictObject({ readings: z.array(FactoryReadingIn).openapi(perRequest) })
  .openapi('FactoryReadingsIn', { example: { readings: [{ factory: 1, time: 1611206018, actual: 31, goal: 30 }] } })

/** Readings of one factory as CSV (RFC 4180). */
export const CsvIn = z.string().openapi('CsvIn', {
  maxLength: LIMITS.bodyBytes,
  description:
    'A header line, then one line per reading. An empty field clears a figure; an absent column leaves it unchanged. Numbers consist of digits only. Also accepted as application/csv, application/vnd.ms-excel and text/tab-separated-values',
  example: 'time,actual,goal\r\n1611206018,31,30\r\n1611206078,29,30\r\n',
})

/** Readings of several factories as CSV. */
export const FactoryCsvIn = z.string().openapi('FactoryCsvIn', {
  maxLength: LIMITS.bodyBytes,
  description: 'Like the CSV of one factory, with an additional column `factory`',
  example: 'factory,time,actual,goal\r\n1,1611206018,31,30\r\n',
})

/** Readings in the line protocol of InfluxDB. */
export const Lines = z.string().openapi('Lines', {
  maxLength: LIMITS.bodyBytes,
  description: `Line protocol: measurement \`production\`, tag \`factory\`, fields ${FIELD_NAMES.map((name) => `\`${name}\``).join(', ')}. Other tags are ignored. One timestamp per factory and second. Any Content-Type is accepted`,
  example: 'production,factory=1 actual=31i,goal=30i 1611206018000000000',
})

/** Builds the columns of fields of a response with at most `length` points. */
export const buildColumns = <Name extends FieldName>(names: readonly Name[], length: number) =>
  mapColumns(names, (name) => column(name).max(length))

/** A series in columns of equal length, in order of time. */
export const ChartData = z
  .object({ ...buildColumns(CHART_FIELDS, LIMITS.chartReadings), time: z.array(Time).max(LIMITS.chartReadings) })
  .openapi('ChartData', {
    example: {
      sprocket_production_actual: [32, 28, 31],
      sprocket_production_goal: [31, 33, 29],
      time: [1611204818, 1611204878, 1611204938],
    },
  })

/** One reading. */
export const Reading = z.object({ time: Time, ...figures }).openapi('Reading', { example: { time: 1611205958, actual: 30, goal: 32 } })

/** The newest reading; null if the factory has no readings. A union, because a nullable schema keeps its component name in OpenAPI. */
export const Latest = z.union([Reading, z.null()])

/** One column of the chart. */
export const Column = z
  .array(Figure.nullable())
  .max(LIMITS.chartReadings)
  .openapi('Column', { example: [32, 28, 31, 30, 30] })
export const Times = z
  .array(Time)
  .max(LIMITS.chartReadings)
  .openapi('Times', { example: [1611204818, 1611204878, 1611204938] })

const received = buildSmallInteger(0, LIMITS.readings)

const refused = z
  .array(FieldError)
  .optional()
  .openapi({ description: 'With `Prefer: handling=lenient`: the readings that were not stored, with the reason' })

/** The result of an upsert: the number of readings received, the number that differed from stored ones, the newest reading. */
export const AppendResult = z
  .object({ received, changed: received, latest: Latest, refused })
  .openapi('AppendResult', { example: { received: 2, changed: 2, latest: { time: 1611206078, actual: 29, goal: 30 } } })

/** The result of an upsert, or with `Prefer: return=representation` the chart. */
export const AppendResponse = z.union([AppendResult, ChartData]).openapi('AppendResponse', {}, { unionPreferredType: 'oneOf' })

/** The newest reading of one of several factories. */
const FactoryReading = z.object({ ...Reading.shape, factory: Id }).openapi('FactoryReading')

/** The result of an upsert for several factories, with the newest reading of each. */
export const FactoriesAppendResult = z
  .object({ received, changed: received, latest: z.array(FactoryReading).max(LIMITS.readings), refused })
  .openapi('FactoriesAppendResult', {
    example: { received: 1, changed: 1, latest: [{ factory: 1, time: 1611206018, actual: 31, goal: 30 }] },
  })

export type ColumnsIn = z.input<typeof ColumnsIn>
export type ReadingsIn = z.input<typeof ReadingsIn>
export type ReadingIn = z.input<typeof ReadingIn>
export type ReadingPut = z.input<typeof ReadingPut>
export type CsvIn = z.input<typeof CsvIn>
export type FactoryReadingsIn = z.input<typeof FactoryReadingsIn>
export type FactoryCsvIn = z.input<typeof FactoryCsvIn>
export type Lines = z.input<typeof Lines>
export type ChartData = z.output<typeof ChartData>
export type Reading = z.output<typeof Reading>
export type Column = z.output<typeof Column>
export type Times = z.output<typeof Times>
export type AppendResult = z.output<typeof AppendResult>
export type FactoriesAppendResult = z.output<typeof FactoriesAppendResult>
