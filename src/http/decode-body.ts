import type { z } from 'zod'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { invalidContent, MAX_FIELD_ERRORS, Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { AppEnv, AppContext } from '../middleware/app-env.ts'
import { LIMITS } from '../schemas/limits.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { createIssueDescriber } from '../schemas/messages.ts'
import { toConnectionProblem, readBytes, bodyTooLarge } from './decompress.ts'
import { InexactNumber } from './exact-number.ts'
import { DUPLICATE_FIELD, findDuplicateName } from './duplicate-names.ts'
import { buildExcessProblem, getExcess, parseBoundedJson } from './json-bounds.ts'
import { toPointer } from '../schemas/json-pointer.ts'

const limit = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw bodyTooLarge()
  },
})

/**
 * Rejects a part of a representation, which would replace the whole (RFC 9110, section 14.5).
 * @throws Problem `malformed-request`
 */
export const rejectPartialBody = createMiddleware<AppEnv>(async function rejectPartialBody(c, next) {
  if (c.req.header('Content-Range') !== undefined)
    throw new Problem('malformed-request', 'The API takes no part of a body. Send the whole body without Content-Range.')
  await next()
})

/** Rejects a body above the size limit. It reads a body without Content-Length, so it also detects a client that disconnects. */
export const limitBody = createMiddleware<AppEnv>(async function limitBody(c, next) {
  let isRead = false
  try {
    return await limit(c, async () => {
      isRead = true
      await next()
    })
  } catch (error) {
    throw isRead ? error : toConnectionProblem(error)
  }
})

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** A body as text, with its media type. */
export interface Text {
  type: string
  text: string
}

/** Media types of CSV: the registered one (RFC 4180), and those that browsers and spreadsheets send. */
export const CSV_TYPES = ['text/csv', 'application/csv', 'application/vnd.ms-excel', 'text/tab-separated-values']

/**
 * Reads a body of any media type as UTF-8.
 * @throws Problem `malformed-request` if it is not UTF-8
 */
export const readAnyText = async (c: AppContext): Promise<string> => {
  const bytes = await readBytes(c)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Problem('malformed-request', 'The body is not valid UTF-8. Encode it as UTF-8.')
  }
}

/**
 * Reads a body of one of several media types as UTF-8.
 * @param types the supported media types
 * @throws Problem `unsupported-media-type` for another type or charset, `malformed-request` if the body is not UTF-8
 */
export const readText = async (c: AppContext, types: readonly string[]): Promise<Text> => {
  const [type = '', ...parameters] = (c.req.header('Content-Type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!types.includes(type)) {
    const all = new Intl.ListFormat('en', { type: 'disjunction' }).format(types)
    throw new Problem('unsupported-media-type', `Content-Type is missing or not supported. Send the body as ${all}.`, {
      headers: { Accept: types.join(', ') },
    })
  }
  const charsets = parameters.filter((parameter) => /^charset\s*=/.test(parameter))
  if (!charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset)))
    throw new Problem('unsupported-media-type', 'The charset is not supported. Send UTF-8.')
  return { type, text: await readAnyText(c) }
}

const parseText = (text: string): unknown => {
  try {
    return parseBoundedJson(text)
  } catch {
    throw new Problem('malformed-request', 'The body is not well-formed JSON. Correct its syntax.')
  }
}

/**
 * Parses JSON. Text that exceeds a bound of json-bounds.ts is parsed up to that bound.
 * @throws Problem `malformed-request`; `invalid-content` for an object with two members of one name
 */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '') throw new Problem('malformed-request', 'The body is empty. Send JSON.')
  const value = parseText(text)
  // A cut body gets its own error.
  const duplicate = getExcess(value) ? undefined : findDuplicateName(text)
  if (duplicate) throw invalidContent([{ pointer: toPointer(duplicate), detail: DUPLICATE_FIELD }])
  return value
}

/**
 * Reads a JSON body.
 * @param types the supported media types
 * @param missing the value of an empty body, for routes with an optional body
 */
export const readJson = async (c: AppContext, types = ['application/json'], missing?: unknown): Promise<unknown> => {
  if (missing !== undefined && (await readBytes(c)).length === 0) return missing
  return parseJson((await readText(c, types)).text)
}

const pointAt = (path: readonly PropertyKey[], detail: string): FieldError => ({ pointer: toPointer(path), detail })

/** Returns the message for a rounded number or a time in another unit, which is clearer than that of the schema; else undefined. */
const describeNumber = ({ path, input }: Issue): string | undefined => {
  const value = input instanceof InexactNumber ? input.nearest : input
  const wrongUnit = typeof value === 'number' && path.at(-1) === 'time' ? describeWrongUnit(value) : undefined
  if (wrongUnit !== undefined || !(input instanceof InexactNumber)) return wrongUnit
  return `The number would be rounded. Send at most 15 digits, or a whole number up to ${Number.MAX_SAFE_INTEGER}.`
}

type Issue = z.core.$ZodIssue

/** True for an issue about content that is absent only because the body was cut: a missing member, or a rule of a cut container. */
export const isCausedByCut = ({ code, path, input }: Issue, body: unknown): boolean => {
  if (code === 'unrecognized_keys' || (code !== 'custom' && input !== undefined)) return false
  const place = code === 'custom' ? path : path.slice(0, -1)
  return getExcess(place.reduce<unknown>((value, name) => (value as Record<PropertyKey, unknown>)[name], body)) !== undefined
}

/** Converts the issues of a schema to field errors, one for each place. Unknown members are limited to `MAX_FIELD_ERRORS + 1`. */
export const toFieldErrors = (
  error: Pick<z.ZodError, 'issues'>,
  buildFieldError: (path: readonly PropertyKey[], detail: string) => FieldError = pointAt,
): FieldError[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MAX_FIELD_ERRORS + 1).map((key) => buildFieldError([...issue.path, key], issue.message))
      : [buildFieldError(issue.path, describeNumber(issue) ?? issue.message)],
  )

/** Levels of objects whose arrays are checked. The series of a factory is on the second. */
const DEPTH = 2

/**
 * Rejects arrays above the limit of readings before zod parses them, because zod creates an issue for each invalid item. Schemas do
 * not inspect deeper levels.
 * @throws Problem `content-too-large`
 */
const rejectLongArrays = (value: unknown, path: readonly string[] = []): void => {
  if (Array.isArray(value) && value.length > LIMITS.readings) throw buildExcessProblem('items', path)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length === DEPTH) return
  for (const [name, member] of Object.entries(value)) rejectLongArrays(member, [...path, name])
}

/**
 * Parses a value with a schema.
 * @throws Problem `invalid-content` with the field errors; `content-too-large` for an array above the limit, or for a cut body that
 * has no other error
 */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  rejectLongArrays(value)
  const result = schema.safeParse(value, { reportInput: true, error: createIssueDescriber(schema) })
  const excess = getExcess(value)
  if (result.success && !excess) return result.data
  const issues = result.success ? [] : result.error.issues.filter((issue) => !excess || !isCausedByCut(issue, value))
  const fieldErrors = toFieldErrors({ issues: issues.slice(0, MAX_FIELD_ERRORS + 1) })
  throw fieldErrors.length || !excess ? invalidContent(fieldErrors) : excess
}

/**
 * Checks that a member of the body, if present, equals the value in the path.
 * @throws Problem `invalid-content`
 */
export const assertMatchesPath = (member: string, inBody: number | undefined, inPath: number): void => {
  if (inBody !== undefined && inBody !== inPath)
    throw invalidContent([{ pointer: `#/${member}`, detail: `Differs from the path. Send ${inPath} or omit the field.` }])
}
