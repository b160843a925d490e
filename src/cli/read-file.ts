import { readFile } from 'node:fs/promises'
import { z } from '@hono/zod-openapi'
import type { Measures } from '../commands/sprockets.ts'
import type { ReadingInput } from '../commands/reading-input.ts'
import { MAX_FIELD_ERRORS } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { toFieldErrors } from '../http/decode-body.ts'
import { parseExactJson } from '../http/exact-number.ts'
import { findTimeError } from '../ingest/check-records.ts'
import { describeIssue } from '../schemas/messages.ts'
import { FactoryIn } from '../schemas/factories.ts'
import { ColumnsIn } from '../schemas/readings.ts'
import { SprocketIn } from '../schemas/sprockets.ts'
import { CliError } from './cli-error.ts'
import { pathOf } from './options.ts'

/** A factory as a file gives it; undefined leaves what is. */
export interface FactoryGiven {
  name: string | null | undefined
  timeZone: string | undefined
  /** No two of one time. */
  readings: ReadingInput[]
}

/** What a file holds. The position of an entry is its id. */
export type SeedFile =
  | { file: string; kind: 'factories'; factories: FactoryGiven[] }
  | { file: string; kind: 'sprockets'; sprockets: Measures[] }

/** A series with all its columns: in a file, one that is missing is a slip. */
const columns = ColumnsIn.required()
const factory = FactoryIn.safeExtend({ chart_data: columns })

/** The two shapes of files. */
const shapes = {
  factories: z.strictObject({ factories: z.array(z.strictObject({ factory })) }),
  sprockets: z.strictObject({ sprockets: z.array(SprocketIn.omit({ id: true })) }),
}

const refuse = (file: string, faults: FieldError[]): never => {
  const told = faults.slice(0, MAX_FIELD_ERRORS).map(({ pointer, detail }) => `  ${pointer}  ${detail}`)
  const more = faults.length > MAX_FIELD_ERRORS ? [`  and ${faults.length - MAX_FIELD_ERRORS} more`] : []
  throw new CliError([`${file} is not loaded, for this is wrong in it:`, ...told, ...more].join('\n'))
}

const parseJson = async (file: string): Promise<unknown> => {
  const bytes = await readFile(pathOf(file)).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file.' : error.message}`)
  })
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    return refuse(file, [{ pointer: '#', detail: `This is not JSON in UTF-8: ${(error as Error).message}` }])
  }
}

const faultsOfColumns = ({ time, ...figures }: z.output<typeof columns>, at: string, now: number): FieldError[] => [
  ...Object.entries(figures).flatMap(([name, { length }]) =>
    length === time.length ? [] : [{ pointer: `${at}/${name}`, detail: `It has ${length} figures for ${time.length} times.` }],
  ),
  ...time.flatMap((value, index) => {
    const detail = findTimeError(value, now)
    return detail === undefined ? [] : [{ pointer: `${at}/time/${index}`, detail }]
  }),
]

/** The readings of columns in order of time; of several at one time the last, as everywhere. */
const readingsOf = ({
  time,
  sprocket_production_actual: actual,
  sprocket_production_goal: goal,
}: z.output<typeof columns>): ReadingInput[] => [
  ...new Map(time.map((value, index) => [value, { time: value, actual: actual[index], goal: goal[index] }])).values(),
]

/**
 * Reads a file of one of the two shapes, by the rules of the API.
 * @param now Unix milliseconds
 * @throws Failure with the file, a JSON pointer and a reason for everything that is wrong
 */
export const readSeedFile = async (file: string, now: number): Promise<SeedFile> => {
  const json = await parseJson(file)
  const kind = typeof json === 'object' && json !== null && 'sprockets' in json ? 'sprockets' : 'factories'
  const result = shapes[kind].safeParse(json, { reportInput: true, error: describeIssue })
  if (!result.success) return refuse(file, toFieldErrors(result.error))
  if ('sprockets' in result.data) return { file, kind: 'sprockets', sprockets: result.data.sprockets }
  const given = result.data.factories.map((entry) => entry.factory)
  const faults = given.flatMap(({ chart_data }, index) => faultsOfColumns(chart_data, `#/factories/${index}/factory/chart_data`, now))
  if (faults.length) return refuse(file, faults)
  return {
    file,
    kind: 'factories',
    factories: given.map(({ name, time_zone, chart_data }) => ({ name, timeZone: time_zone, readings: readingsOf(chart_data) })),
  }
}
