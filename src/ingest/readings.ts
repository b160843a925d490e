import type { z } from '@hono/zod-openapi'
import type { FactoryReading, ReadingInput } from '../commands/reading-input.ts'
import { MAX_FIELD_ERRORS, Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CSV_TYPES, invalidContent, parseJson } from '../http/decode-body.ts'
import type { Text } from '../http/decode-body.ts'
import { checkEntries } from './check-records.ts'
import { describeUnknown } from './csv-header.ts'
import { parseCsv } from './csv.ts'
import { fieldErrorAt, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'
import { getExcess } from '../http/json-bounds.ts'
import { pointerTo } from '../http/json-pointer.ts'

/** Made when the first body is to be read: a start does not pay for them. */
const schemas = () => import('../schemas/readings.ts')

/** What a body held: what is good, and what is wrong with the rest. */
export interface AcceptedReadings<R> {
  received: number
  readings: R[]
  /** Where each of the readings stood. */
  places: InputRecord[]
  refused: FieldError[]
}

interface Options {
  /** Unix milliseconds. */
  now: number
  /** Pointer to the body's place in a larger one. */
  at?: string
  /** True to sort the good from the bad rather than refuse all. */
  lenient?: boolean
  /** The problem of a body that was cut. Nothing of it is stored. */
  excess?: Problem | undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The entries of columns of equal length. Faults of the columns themselves cannot be put down to a reading: all is refused. */
const entriesOfColumns = (body: Record<string, unknown>, at: string): InputRecord[] => {
  const columns = { time: 'time', actual: 'sprocket_production_actual', goal: 'sprocket_production_goal' } as const
  const known: string[] = Object.values(columns)
  const { time } = body
  const faults = [
    ...Object.keys(body)
      .filter((name) => !known.includes(name))
      .slice(0, MAX_FIELD_ERRORS)
      .map((name) => ({ pointer: at + pointerTo([name]).slice(1), detail: describeUnknown(name, 'member') })),
    ...Object.values(columns)
      .filter((name) => body[name] !== undefined && !Array.isArray(body[name]))
      .map((name) => ({ pointer: `${at}/${name}`, detail: 'Send an array.' })),
  ]
  const excess = getExcess(body)
  if (excess) throw faults.length ? invalidContent(faults) : excess
  if (!Array.isArray(time)) throw invalidContent(faults.length ? faults : [{ pointer: `${at}/time`, detail: 'Send an array of times.' }])
  const given = (['actual', 'goal'] as const).filter((member) => body[columns[member]] !== undefined)
  for (const name of given.map((member) => columns[member])) {
    const column = body[name]
    if (Array.isArray(column) && column.length !== time.length)
      faults.push({ pointer: `${at}/${name}`, detail: `It has ${column.length} figures for ${time.length} times.` })
  }
  if (faults.length) throw invalidContent(faults)
  return time.map((value: unknown, index) => ({
    value: { time: value, ...Object.fromEntries(given.map((member) => [member, (body[columns[member]] as unknown[])[index]])) },
    at: (member) => (Object.hasOwn(columns, member ?? '') ? `${at}/${columns[member as 'time']}/${index}` : `${at}/time/${index}`),
  }))
}

/** The entries of a body in any of its shapes: columns, a list, or one reading. */
const entriesOf = (body: unknown, at: string): InputRecord[] => {
  if (!isObject(body))
    throw invalidContent([{ pointer: at, detail: 'Send an object: columns, a list such as {"readings":[…]}, or one reading.' }])
  if (Array.isArray(body.readings) && !Array.isArray(body.time)) {
    const unknown = Object.keys(body).filter((name) => name !== 'readings')
    if (unknown.length)
      throw invalidContent(
        unknown
          .slice(0, MAX_FIELD_ERRORS)
          .map((name) => ({ pointer: pointerTo([name]), detail: 'This member is not known beside readings; leave it out.' })),
      )
    return body.readings.map((value: unknown, index) => ({
      value,
      at: (member) => `${at}/readings/${index}${member === undefined ? '' : pointerTo([member]).slice(1)}`,
    }))
  }
  if ('readings' in body && !('time' in body)) throw invalidContent([{ pointer: `${at}/readings`, detail: 'Send an array of readings.' }])
  if (Array.isArray(body.time) || 'sprocket_production_actual' in body || 'sprocket_production_goal' in body)
    return entriesOfColumns(body, at)
  return [{ value: body, at: (member) => (member === undefined ? at : `${at}${pointerTo([member]).slice(1)}`) }]
}

/** Columns of CSV; a figure that has none is left as it is. */
const FIGURES = ['time', 'actual', 'goal'] as const

/** The problem of lines that could not be read. */
const unreadable = (faults: FieldError[]) =>
  new Problem('malformed-request', 'Not every line could be read; errors says which.', { faults })

const sort = <R extends ReadingInput>(schema: z.ZodType<R>, entries: InputRecord[], options: Options): AcceptedReadings<R> => {
  const { now, lenient = false, excess } = options
  if (entries.length > LIMITS.readings) throw tooManyReadings()
  if (excess && lenient) throw excess
  const checked = checkEntries(schema, entries, now, lenient)
  const refused = checked.flatMap((each) => ('faults' in each ? each.faults : []))
  if (refused.length && !lenient)
    throw entries.some(({ malformed }) => malformed !== undefined) ? unreadable(refused) : invalidContent(refused)
  if (excess) throw excess
  const good = checked.filter((each) => 'reading' in each)
  return { received: entries.length, readings: good.map(({ reading }) => reading), refused, places: good.map(({ entry }) => entry) }
}

/** The readings of a JSON body in any shape. */
export const parseReadings = async (body: unknown, options: Options): Promise<AcceptedReadings<ReadingInput>> =>
  sort((await schemas()).ReadingIn, entriesOf(body, options.at ?? '#'), { ...options, excess: getExcess(body) })

/** The readings of a body for one factory: JSON in any shape, or CSV. */
export const parseTextReadings = async ({ type, text }: Text, options: Options): Promise<AcceptedReadings<ReadingInput>> =>
  CSV_TYPES.includes(type) ? sort((await schemas()).ReadingIn, parseCsv(text, FIGURES), options) : parseReadings(parseJson(text), options)

/** The entries of a JSON body for many factories. */
const factoryEntriesOf = (body: unknown): InputRecord[] => {
  if (!isObject(body) || !Array.isArray(body.readings))
    throw invalidContent([{ pointer: '#/readings', detail: 'Send an array of readings.' }])
  return entriesOf(body, '#')
}

/**
 * The readings of entries for many factories.
 * @param existing answers which of these ids are factories within the key's reach
 */
export const sortFactoryReadings = async (
  entries: InputRecord[],
  options: Options,
  existing: (ids: number[]) => Promise<Set<number>>,
): Promise<AcceptedReadings<FactoryReading>> => {
  const { received, readings, refused, places } = sort((await schemas()).FactoryReadingIn, entries, options)
  const known = await existing([...new Set(readings.map(({ factory }) => factory))])
  const unknown = readings.flatMap(({ factory }, index) =>
    known.has(factory) ? [] : [fieldErrorAt(places[index]!, 'factory', `There is no factory ${factory}.`)],
  )
  if (unknown.length && !options.lenient) throw invalidContent(unknown)
  const isKnown = readings.map(({ factory }) => known.has(factory))
  const rest = <T>(all: T[]) => all.filter((_, index) => isKnown[index])
  return { received, readings: rest(readings), places: rest(places), refused: [...refused, ...unknown] }
}

/** The readings of a body for many factories: JSON, or CSV with a column `factory`. */
export const parseFactoryReadings = (
  { type, text }: Text,
  options: Options,
  existing: (ids: number[]) => Promise<Set<number>>,
): Promise<AcceptedReadings<FactoryReading>> => {
  if (CSV_TYPES.includes(type)) return sortFactoryReadings(parseCsv(text, ['factory', ...FIGURES]), options, existing)
  const body = parseJson(text)
  return sortFactoryReadings(factoryEntriesOf(body), { ...options, excess: getExcess(body) }, existing)
}
