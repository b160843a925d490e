import type { z } from 'zod'
import type { FactoryReading, ReadingInput } from '../chunks/encode.ts'
import { invalidContent, MAX_FIELD_ERRORS, Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { FIELD_NAMES, mapFields, READING_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { CSV_TYPES, parseJson } from '../http/decode-body.ts'
import type { Text } from '../http/decode-body.ts'
import { checkRecords } from './check-records.ts'
import { describeUnknown } from './csv-header.ts'
import { parseCsv } from './csv.ts'
import { fieldErrorAt, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'
import { findScrapErrors } from './scrap-errors.ts'
import { getExcess } from '../http/json-bounds.ts'
import { toPointer } from '../schemas/json-pointer.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/readings.ts')

/** The valid readings of a body, and the field errors of the others. */
export interface AcceptedReadings<R> {
  received: number
  readings: R[]
  /** The record of each reading, at the same index. */
  records: InputRecord[]
  refused: FieldError[]
}

interface Options {
  /** Unix milliseconds. */
  now: number
  /** Pointer to the readings within a larger body. */
  at?: string
  /** True if the readings are a new series, where an absent figure is null. */
  isNewSeries?: boolean
  /** True to accept the valid readings of a body that has invalid ones. */
  lenient?: boolean
  /** The problem of a body that exceeds a bound of json-bounds.ts. None of its readings is stored. */
  excess?: Problem | undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names of the columns that the fields have in JSON columns. */
const COLUMNS = mapFields(FIELD_NAMES, (name) => READING_FIELDS[name].column)
const columnNames: readonly string[] = ['time', ...Object.values(COLUMNS)]

/** Builds the records of columns of equal length. An error of a whole column rejects the body, also in a lenient request. */
const recordsFromColumns = (body: Record<string, unknown>, at: string): InputRecord[] => {
  const { time } = body
  const fieldErrors = [
    ...Object.keys(body)
      .filter((name) => !columnNames.includes(name))
      .slice(0, MAX_FIELD_ERRORS)
      .map((name) => ({ pointer: at + toPointer([name]).slice(1), detail: describeUnknown(name, 'field') })),
    ...columnNames
      .filter((name) => body[name] !== undefined && !Array.isArray(body[name]))
      .map((name) => ({ pointer: `${at}/${name}`, detail: 'Wrong type. Send an array.' })),
  ]
  const excess = getExcess(body)
  if (excess) throw fieldErrors.length ? invalidContent(fieldErrors) : excess
  if (!Array.isArray(time))
    throw invalidContent(
      fieldErrors.length ? fieldErrors : [{ pointer: `${at}/time`, detail: 'Missing or wrong type. Send an array of times.' }],
    )
  const present = FIELD_NAMES.filter((name) => body[COLUMNS[name]] !== undefined)
  for (const name of present.map((field) => COLUMNS[field])) {
    const column = body[name]
    if (Array.isArray(column) && column.length !== time.length)
      fieldErrors.push({
        pointer: `${at}/${name}`,
        detail: `${column.length} figures for ${time.length} times. Send columns of equal length.`,
      })
  }
  if (fieldErrors.length) throw invalidContent(fieldErrors)
  return time.map((value: unknown, index) => ({
    value: { time: value, ...mapFields(present, (name) => (body[COLUMNS[name]] as unknown[])[index]) },
    at: (member) => (Object.hasOwn(COLUMNS, member ?? '') ? `${at}/${COLUMNS[member as FieldName]}/${index}` : `${at}/time/${index}`),
  }))
}

/** Builds the records of a JSON body: columns, a list, or one reading. */
const recordsFromJson = (body: unknown, at: string): InputRecord[] => {
  if (!isObject(body))
    throw invalidContent([{ pointer: at, detail: 'Wrong type. Send an object: columns, a list such as {"readings":[…]}, or one reading.' }])
  if (Array.isArray(body.readings) && !Array.isArray(body.time)) {
    const unknown = Object.keys(body).filter((name) => name !== 'readings')
    if (unknown.length)
      throw invalidContent(
        unknown
          .slice(0, MAX_FIELD_ERRORS)
          .map((name) => ({ pointer: toPointer([name]), detail: 'Unknown field next to readings. Remove it.' })),
      )
    return body.readings.map((value: unknown, index) => ({
      value,
      at: (member) => `${at}/readings/${index}${member === undefined ? '' : toPointer([member]).slice(1)}`,
    }))
  }
  if ('readings' in body && !('time' in body))
    throw invalidContent([{ pointer: `${at}/readings`, detail: 'Wrong type. Send an array of readings.' }])
  if (Array.isArray(body.time) || FIELD_NAMES.some((name) => COLUMNS[name] in body)) return recordsFromColumns(body, at)
  return [{ value: body, at: (member) => (member === undefined ? at : `${at}${toPointer([member]).slice(1)}`) }]
}

/** Returns the problem of a body with malformed lines. */
const malformedLines = (fieldErrors: FieldError[]) =>
  new Problem('malformed-request', 'Some lines are malformed; see `errors`.', { fieldErrors })

/**
 * Splits records into valid readings and field errors.
 * @throws Problem `invalid-content` or `malformed-request` for field errors of a strict request, `content-too-large`
 */
const validate = <R extends ReadingInput>(schema: z.ZodType<R>, records: InputRecord[], options: Options): AcceptedReadings<R> => {
  const { now, lenient = false, excess } = options
  if (records.length > LIMITS.readings) throw tooManyReadings()
  if (excess && lenient) throw excess
  const checked = checkRecords(schema, records, now, lenient)
  const refused = checked.flatMap((each) => ('fieldErrors' in each ? each.fieldErrors : []))
  if (refused.length && !lenient)
    throw records.some(({ malformed }) => malformed !== undefined) ? malformedLines(refused) : invalidContent(refused)
  if (excess) throw excess
  const valid = checked.filter((each) => 'reading' in each)
  const accepted = { readings: valid.map(({ reading }) => reading), records: valid.map(({ record }) => record) }
  const scrapErrors = options.isNewSeries ? findScrapErrors(accepted) : []
  if (scrapErrors.length) throw invalidContent(scrapErrors)
  return { received: records.length, refused, ...accepted }
}

/** Parses and validates the readings of a JSON body. */
export const parseReadings = async (body: unknown, options: Options): Promise<AcceptedReadings<ReadingInput>> =>
  validate((await schemas()).ReadingIn, recordsFromJson(body, options.at ?? '#'), { ...options, excess: getExcess(body) })

/** Parses and validates a JSON or CSV body for one factory. */
export const parseTextReadings = async ({ type, text }: Text, options: Options): Promise<AcceptedReadings<ReadingInput>> =>
  CSV_TYPES.includes(type)
    ? validate((await schemas()).ReadingIn, parseCsv(text, ['time']), options)
    : parseReadings(parseJson(text), options)

/** Builds the records of a JSON body for several factories. */
const factoryRecordsFromJson = (body: unknown): InputRecord[] => {
  if (!isObject(body) || !Array.isArray(body.readings))
    throw invalidContent([{ pointer: '#/readings', detail: 'Missing or wrong type. Send an array of readings.' }])
  return recordsFromJson(body, '#')
}

/**
 * Validates records for several factories.
 * @param findExisting returns the ids that are factories within the scope of the key
 */
export const validateFactoryReadings = async (
  input: InputRecord[],
  options: Options,
  findExisting: (ids: number[]) => Promise<Set<number>>,
): Promise<AcceptedReadings<FactoryReading>> => {
  const { received, readings, refused, records } = validate((await schemas()).FactoryReadingIn, input, options)
  const known = await findExisting([...new Set(readings.map(({ factory }) => factory))])
  const unknown = readings.flatMap(({ factory }, index) =>
    known.has(factory) ? [] : [fieldErrorAt(records[index]!, 'factory', `Factory ${factory} not found.`)],
  )
  if (unknown.length && !options.lenient) throw invalidContent(unknown)
  const isKnown = readings.map(({ factory }) => known.has(factory))
  const rest = <T>(all: T[]) => all.filter((_, index) => isKnown[index])
  return { received, readings: rest(readings), records: rest(records), refused: [...refused, ...unknown] }
}

/** Parses and validates a body for several factories: JSON, or CSV with a column `factory`. */
export const parseFactoryReadings = (
  { type, text }: Text,
  options: Options,
  findExisting: (ids: number[]) => Promise<Set<number>>,
): Promise<AcceptedReadings<FactoryReading>> => {
  if (CSV_TYPES.includes(type)) return validateFactoryReadings(parseCsv(text, ['factory', 'time']), options, findExisting)
  const body = parseJson(text)
  return validateFactoryReadings(factoryRecordsFromJson(body), { ...options, excess: getExcess(body) }, findExisting)
}
