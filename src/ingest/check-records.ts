import type { z } from '@hono/zod-openapi'
import type { ReadingInput } from '../commands/reading-input.ts'
import { MAX_FIELD_ERRORS } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { describeIssue } from '../schemas/messages.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { fieldErrorsOf, isOfCut } from '../http/decode-body.ts'
import { describeUnknown, isOfSums } from './csv-header.ts'
import { fieldErrorAt } from './record.ts'
import type { InputRecord } from './record.ts'
import { getExcess } from '../http/json-bounds.ts'

/**
 * Entries that a schema checks at once. A failed parse makes an Error with its stack, so one parse for each of 5,000 bad readings
 * takes 0.3 s. A request that is refused as a whole stops after the chunk that has enough faults.
 */
const CHUNK = 250

/** Faults of a lenient request that are described: enough to find what is wrong. After that a refused reading is only named. */
const DETAILED_FAULTS = 1_000
const UNLISTED = `Not valid. The first ${DETAILED_FAULTS} faults are described.`

type Issue = z.core.$ZodIssue

/** An entry that was checked: its reading, or what is wrong with it. */
export type Checked<R> = { entry: InputRecord } & ({ reading: R } | { faults: FieldError[] })

/** What is wrong with a time, if anything is. */
export const faultOfTime = (time: number, now: number): string | undefined => {
  const wrongUnit = describeWrongUnit(time)
  if (wrongUnit !== undefined) return wrongUnit
  return time > now / 1000 + LIMITS.aheadSeconds ? 'This is more than 10 minutes in the future.' : undefined
}

/** Describes what is wrong with a member of a reading: one that only sums have is worth an explanation. */
const faultOfReading =
  (entry: InputRecord) =>
  ([, member]: readonly PropertyKey[], detail: string): FieldError =>
    fieldErrorAt(entry, member, isOfSums(member) ? describeUnknown(String(member), 'member') : detail)

/**
 * Returns the faults of an entry: what its line says already, then what the schema found in other members.
 * @param issues of the list that the entry was checked in: their paths begin with an index
 */
const findFaults = (entry: InputRecord, issues: Issue[]): FieldError[] => {
  if (entry.malformed !== undefined) return [fieldErrorAt(entry, undefined, entry.malformed)]
  const { wrong, value } = entry
  const whole = getExcess(value) ? issues.filter((issue) => !isOfCut({ ...issue, path: issue.path.slice(1) }, value)) : issues
  if (wrong === undefined) return fieldErrorsOf({ issues: whole }, faultOfReading(entry))
  const told = Object.entries(wrong).map(([member, detail]) => fieldErrorAt(entry, member, detail))
  const rest = whole.filter(({ path: [, member] }) => !Object.hasOwn(wrong, String(member)))
  return [...told, ...fieldErrorsOf({ issues: rest }, faultOfReading(entry))]
}

const checkChunk = <R extends ReadingInput>(list: z.ZodType<R[]>, chunk: InputRecord[], now: number): Checked<R>[] => {
  const readable = chunk.filter(({ malformed }) => malformed === undefined)
  const result = list.safeParse(
    readable.map(({ value }) => value),
    { reportInput: true, error: describeIssue },
  )
  const issues = Map.groupBy(result.error?.issues ?? [], ({ path: [index] }) => readable[index as number])
  const good = readable.filter((entry) => !issues.has(entry))
  const data = result.data ?? list.parse(good.map(({ value }) => value))
  const readings = new Map(good.map((entry, index) => [entry, data[index]!]))
  return chunk.map((entry) => {
    const reading = readings.get(entry)
    const faults = findFaults(entry, issues.get(entry) ?? [])
    if (reading === undefined || faults.length) return { entry, faults }
    const detail = faultOfTime(reading.time, now)
    return detail === undefined ? { entry, reading } : { entry, faults: [fieldErrorAt(entry, 'time', detail)] }
  })
}

/** Checks one entry and says of it only whether it is valid: the errors of zod cost most of the time, and are not made here. */
const checkBriefly = <R extends ReadingInput>(schema: z.ZodType<R>, entry: InputRecord, now: number): Checked<R> => {
  const { malformed, wrong = {}, value } = entry
  const result = malformed === undefined && Object.keys(wrong).length === 0 ? schema.safeParse(value) : undefined
  return result?.success && faultOfTime(result.data.time, now) === undefined
    ? { entry, reading: result.data }
    : { entry, faults: [fieldErrorAt(entry, undefined, UNLISTED)] }
}

/**
 * Checks entries against the schema of a reading.
 * @param now Unix milliseconds
 * @param all false to stop when an answer cannot list more faults
 */
export const checkEntries = <R extends ReadingInput>(
  schema: z.ZodType<R>,
  entries: InputRecord[],
  now: number,
  all: boolean,
): Checked<R>[] => {
  const list = schema.array()
  const checked: Checked<R>[] = []
  let faults = 0
  for (let start = 0; start < entries.length; start += CHUNK) {
    const chunk = entries.slice(start, start + CHUNK)
    const results = faults < DETAILED_FAULTS ? checkChunk(list, chunk, now) : chunk.map((entry) => checkBriefly(schema, entry, now))
    checked.push(...results)
    faults += results.reduce((count, each) => count + ('faults' in each ? each.faults.length : 0), 0)
    if (!all && faults > MAX_FIELD_ERRORS) break
  }
  return checked
}
