import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Measures } from '../commands/sprockets.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import { MAX_FIELD_ERRORS } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { toFieldErrors } from '../http/decode-body.ts'
import { DUPLICATE_FIELD, findDuplicateName } from '../http/duplicate-names.ts'
import { toPointer } from '../schemas/json-pointer.ts'
import { parseExactJson } from '../http/exact-number.ts'
import { findScheduleErrors } from '../schedule/schedule-errors.ts'
import { completeSchedule } from '../schedule/stored-schedule.ts'
import { createIssueDescriber } from '../schemas/messages.ts'
import { FactoryIn } from '../schemas/factories.ts'
import { pickSettings } from '../schemas/factory-settings.ts'
import type { FactorySettings } from '../schemas/factory-settings.ts'
import { CHART_FIELDS, FIELD_NAMES, mapColumns, mapFields, READING_FIELDS } from '../schemas/reading-fields.ts'
import { ColumnsIn } from '../schemas/readings.ts'
import { ScheduleIn } from '../schemas/schedules.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { StopReasonsIn } from '../schemas/stop-reasons.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'
import { findScrapError } from '../schemas/scrap.ts'
import { findTimeError } from '../schemas/time-unit.ts'
import { SprocketIn } from '../schemas/sprockets.ts'
import { CliError } from './cli-error.ts'
import { resolvePath } from './options.ts'

/** A factory in a file. An undefined property leaves the stored value unchanged. */
export interface FactoryInput {
  name: string | null | undefined
  timeZone: string | undefined
  settings: Partial<FactorySettings>
  schedule: Schedule | undefined
  /** Readings with distinct timestamps. */
  readings: ReadingInput[]
}

/** The content of a file. The position of an entry is its id. */
export type SeedFile =
  | { file: string; kind: 'factories'; factories: FactoryInput[]; reasons: StopReasons | undefined }
  | { file: string; kind: 'sprockets'; sprockets: Measures[] }

/** A series with the columns of the default chart. The API permits missing ones; in a file they are an error. */
const columns = ColumnsIn.required({ time: true, ...mapColumns(CHART_FIELDS, () => true as const) })
const factory = FactoryIn.safeExtend({ chart_data: columns.optional(), schedule: ScheduleIn.optional() })

/** The two formats of files. */
const formats = {
  factories: z.strictObject({ factories: z.array(z.strictObject({ factory })), ...StopReasonsIn.partial().shape }),
  sprockets: z.strictObject({ sprockets: z.array(SprocketIn.omit({ id: true })) }),
}

const fail = (file: string, errors: FieldError[]): never => {
  const lines = errors.slice(0, MAX_FIELD_ERRORS).map(({ pointer, detail }) => `  ${pointer}  ${detail}`)
  const more = errors.length > MAX_FIELD_ERRORS ? [`  and ${errors.length - MAX_FIELD_ERRORS} more`] : []
  throw new CliError([`${file} was not loaded. Fix these errors first:`, ...lines, ...more].join('\n'))
}

const parseText = (file: string, bytes: Uint8Array): { text: string; value: unknown } => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    return { text, value: parseExactJson(text) }
  } catch (error) {
    return fail(file, [{ pointer: '#', detail: `The file is not JSON in UTF-8: ${(error as Error).message}` }])
  }
}

const parseJson = async (file: string): Promise<unknown> => {
  const bytes = await readFile(resolvePath(file)).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read: ${error.code === 'ENOENT' ? 'no such file.' : error.message}`)
  })
  const { text, value } = parseText(file, bytes)
  const duplicate = findDuplicateName(text)
  return duplicate ? fail(file, [{ pointer: toPointer(duplicate), detail: DUPLICATE_FIELD }]) : value
}

const readingAt = ({ time, ...values }: z.output<typeof columns>, index: number): ReadingInput => ({
  time: time[index]!,
  ...mapFields(FIELD_NAMES, (name) => values[READING_FIELDS[name].column]?.[index]),
})

const checkColumns = ({ time, ...values }: z.output<typeof columns>, pointer: string, now: number): FieldError[] => [
  ...Object.entries(values).flatMap(([name, column]) =>
    column === undefined || column.length === time.length
      ? []
      : [{ pointer: `${pointer}/${name}`, detail: `The column has ${column.length} values for ${time.length} times.` }],
  ),
  ...time.flatMap((value, index) => {
    const detail = findTimeError(value, now)
    return detail === undefined ? [] : [{ pointer: `${pointer}/time/${index}`, detail }]
  }),
  ...time.flatMap((_, index) => {
    const error = findScrapError(readingAt({ time, ...values }, index))
    return error === undefined ? [] : [{ pointer: `${pointer}/${READING_FIELDS[error.member].column}/${index}`, detail: error.detail }]
  }),
]

/** Returns the errors of a schedule. Its own pointers begin at the schedule. */
const checkSchedule = (schedule: ScheduleIn, pointer: string): FieldError[] =>
  findScheduleErrors(completeSchedule(schedule)).map((error) => ({
    pointer: error.pointer.replace('#', pointer),
    detail: error.detail.replaceAll('#/', `${pointer}/`),
  }))

const checkFactory = ({ chart_data, schedule }: z.output<typeof factory>, pointer: string, now: number): FieldError[] => [
  ...(chart_data ? checkColumns(chart_data, `${pointer}/chart_data`, now) : []),
  ...(schedule ? checkSchedule(schedule, `${pointer}/schedule`) : []),
]

/** Converts columns to readings. If several readings have one timestamp, the last one is used, as in the API. */
const toReadings = (series: z.output<typeof columns>): ReadingInput[] => [
  ...new Map(series.time.map((time, index) => [time, readingAt(series, index)])).values(),
]

/**
 * Reads and validates a file of either format, by the rules of the API.
 * @param now Unix milliseconds
 * @throws CliError with the file name, and a JSON pointer and a reason for each error
 */
export const readSeedFile = async (file: string, now: number): Promise<SeedFile> => {
  const json = await parseJson(file)
  const kind = typeof json === 'object' && json !== null && 'sprockets' in json ? 'sprockets' : 'factories'
  const format = formats[kind]
  const result = format.safeParse(json, { reportInput: true, error: createIssueDescriber(format) })
  if (!result.success) return fail(file, toFieldErrors(result.error))
  if ('sprockets' in result.data) return { file, kind: 'sprockets', sprockets: result.data.sprockets }
  const { factories, reasons } = result.data
  const inputs = factories.map((entry) => entry.factory)
  const errors = inputs.flatMap((input, index) => checkFactory(input, `#/factories/${index}/factory`, now))
  if (errors.length) return fail(file, errors)
  return {
    file,
    kind: 'factories',
    reasons: reasons && { reasons },
    factories: inputs.map(({ name, time_zone, chart_data, schedule, ...settings }) => ({
      name,
      timeZone: time_zone,
      settings: pickSettings(settings),
      schedule: schedule && completeSchedule(schedule),
      readings: chart_data ? toReadings(chart_data) : [],
    })),
  }
}
