import type { z } from 'zod'
import type { ReadingInput } from '../chunks/encode.ts'
import { MAX_FIELD_ERRORS } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import { formatNumber } from '../schemas/limits.ts'
import { createIssueDescriber } from '../schemas/messages.ts'
import { isSumMember } from '../schemas/csv-columns.ts'
import { findScrapError } from '../schemas/scrap.ts'
import { findTimeError } from '../schemas/time-unit.ts'
import { toFieldErrors, isCausedByCut } from '../http/decode-body.ts'
import { describeUnknown } from './csv-header.ts'
import { fieldErrorAt } from './record.ts'
import type { InputRecord } from './record.ts'
import { getExcess } from '../http/json-bounds.ts'

/**
 * Records per schema check. Each failed parse creates an Error with its stack, so one parse for each of 5,000 invalid readings takes
 * 0.3 s. A strict request stops after the group in which the field errors exceed `MAX_FIELD_ERRORS`.
 */
const GROUP = 250

/** Maximum number of field errors that a lenient request describes. Further refused readings are listed without a reason. */
const MAX_DESCRIBED = 1_000
const NOT_DESCRIBED = `Not a valid reading. Only the first ${formatNumber(MAX_DESCRIBED)} errors are described.`

type Issue = z.core.$ZodIssue

/** The result of a check: the reading of a record, or its field errors. */
export type Checked<R> = { record: InputRecord } & ({ reading: R } | { fieldErrors: FieldError[] })

/** Builds the field error of a member. A member that only sums have gets an explanation. */
const toReadingError =
  (record: InputRecord) =>
  ([, member]: readonly PropertyKey[], detail: string): FieldError =>
    fieldErrorAt(record, member, isSumMember(member) ? describeUnknown(String(member), 'field') : detail)

/**
 * Returns the field errors of a record: those found while parsing, then those that the schema found in other members.
 * @param issues issues of the list that contains the record, so their paths begin with an index
 */
const findFieldErrors = (record: InputRecord, issues: Issue[]): FieldError[] => {
  if (record.malformed !== undefined) return [fieldErrorAt(record, undefined, record.malformed)]
  const { memberErrors, value } = record
  const whole = getExcess(value) ? issues.filter((issue) => !isCausedByCut({ ...issue, path: issue.path.slice(1) }, value)) : issues
  if (memberErrors === undefined) return toFieldErrors({ issues: whole }, toReadingError(record))
  const parsed = Object.entries(memberErrors).map(([member, detail]) => fieldErrorAt(record, member, detail))
  const rest = whole.filter(({ path: [, member] }) => !Object.hasOwn(memberErrors, String(member)))
  return [...parsed, ...toFieldErrors({ issues: rest }, toReadingError(record))]
}

/** Returns the error of a reading that fits the schema, with its member; undefined for a valid reading. */
const findReadingError = (reading: ReadingInput, now: number): { member: string; detail: string } | undefined => {
  const detail = findTimeError(reading.time, now)
  return detail === undefined ? findScrapError(reading) : { member: 'time', detail }
}

const checkGroup = <R extends ReadingInput>(list: z.ZodType<R[]>, group: InputRecord[], now: number): Checked<R>[] => {
  const readable = group.filter(({ malformed }) => malformed === undefined)
  const result = list.safeParse(
    readable.map(({ value }) => value),
    { reportInput: true, error: createIssueDescriber(list) },
  )
  const issues = Map.groupBy(result.error?.issues ?? [], ({ path: [index] }) => readable[index as number])
  const valid = readable.filter((record) => !issues.has(record))
  const data = result.data ?? list.parse(valid.map(({ value }) => value))
  const readings = new Map(valid.map((record, index) => [record, data[index]!]))
  return group.map((record) => {
    const reading = readings.get(record)
    const fieldErrors = findFieldErrors(record, issues.get(record) ?? [])
    if (reading === undefined || fieldErrors.length) return { record, fieldErrors }
    const error = findReadingError(reading, now)
    return error === undefined ? { record, reading } : { record, fieldErrors: [fieldErrorAt(record, error.member, error.detail)] }
  })
}

/** Checks one record without describing its errors, because building the errors of zod takes most of the time of a check. */
const checkBriefly = <R extends ReadingInput>(schema: z.ZodType<R>, record: InputRecord, now: number): Checked<R> => {
  const { malformed, memberErrors = {}, value } = record
  const result = malformed === undefined && Object.keys(memberErrors).length === 0 ? schema.safeParse(value) : undefined
  if (result?.success && findReadingError(result.data, now) === undefined) return { record, reading: result.data }
  return { record, fieldErrors: [fieldErrorAt(record, undefined, NOT_DESCRIBED)] }
}

/**
 * Checks records against the schema of a reading.
 * @param now Unix milliseconds
 * @param all false to stop after `MAX_FIELD_ERRORS` field errors
 */
export const checkRecords = <R extends ReadingInput>(
  schema: z.ZodType<R>,
  records: InputRecord[],
  now: number,
  all: boolean,
): Checked<R>[] => {
  const list = schema.array()
  const checked: Checked<R>[] = []
  let errorCount = 0
  for (let start = 0; start < records.length; start += GROUP) {
    const group = records.slice(start, start + GROUP)
    const results = errorCount < MAX_DESCRIBED ? checkGroup(list, group, now) : group.map((record) => checkBriefly(schema, record, now))
    checked.push(...results)
    errorCount += results.reduce((count, each) => count + ('fieldErrors' in each ? each.fieldErrors.length : 0), 0)
    if (!all && errorCount > MAX_FIELD_ERRORS) break
  }
  return checked
}
