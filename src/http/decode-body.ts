import type { z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { MAX_FIELD_ERRORS, Problem } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { AppEnv, AppContext } from '../middleware/app-env.ts'
import { LIMITS } from '../schemas/limits.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { describeIssue } from '../schemas/messages.ts'
import { asHangUp, readBytes, tooLarge } from './decompress.ts'
import { InexactNumber } from './exact-number.ts'
import { exceeding, getExcess, parseBoundedJson } from './json-bounds.ts'
import { pointerTo } from './json-pointer.ts'

const limit = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw tooLarge()
  },
})

/** Refuses a larger body. One whose length is not announced is read here, so a client that hangs up is found here too. */
export const limitBody = createMiddleware<AppEnv>(async function limitBody(c, next) {
  let isRead = false
  try {
    return await limit(c, async () => {
      isRead = true
      await next()
    })
  } catch (error) {
    throw isRead ? error : asHangUp(error)
  }
})

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** A body as text, and which of the media types that are read it is. */
export interface Text {
  type: string
  text: string
}

/** The media types that CSV comes in: its own (RFC 4180), and the names that browsers and spreadsheets give it. */
export const CSV_TYPES = ['text/csv', 'application/csv', 'application/vnd.ms-excel', 'text/tab-separated-values']

/**
 * Reads a body as text in UTF-8, whatever its media type.
 * @throws Problem `malformed-request` if it is not UTF-8
 */
export const readAnyText = async (c: AppContext): Promise<string> => {
  const bytes = await readBytes(c)
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Problem('malformed-request', 'The body is not text in UTF-8.')
  }
}

/**
 * Reads a body as text in UTF-8.
 * @param types the media types that are read
 * @throws Problem `unsupported-media-type` for another type or charset, `malformed-request` if the body is not UTF-8
 */
export const readText = async (c: AppContext, types: readonly string[]): Promise<Text> => {
  const [type = '', ...parameters] = (c.req.header('Content-Type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!types.includes(type)) {
    const all = new Intl.ListFormat('en', { type: 'disjunction' }).format(types)
    throw new Problem('unsupported-media-type', `Send the body as ${all}, and say so in Content-Type.`, {
      headers: { Accept: types.join(', ') },
    })
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) throw new Problem('unsupported-media-type', 'Text is sent in UTF-8.')
  return { type, text: await readAnyText(c) }
}

/**
 * Returns the value of a JSON text. Text that exceeds a bound is parsed up to there (json-bounds.ts).
 * @throws Problem `malformed-request`
 */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '') throw new Problem('malformed-request', 'The body is empty; send JSON.')
  try {
    return parseBoundedJson(text)
  } catch {
    throw new Problem('malformed-request', 'The body is not well-formed JSON in UTF-8.')
  }
}

/**
 * Reads a JSON body.
 * @param types media types that are read, the first of them named in the error
 * @param missing what a request without a body is taken to have sent, where it may go without
 */
export const readJson = async (c: AppContext, types = ['application/json'], missing?: unknown): Promise<unknown> => {
  if (missing !== undefined && (await readBytes(c)).length === 0) return missing
  return parseJson((await readText(c, types)).text)
}

const pointAt = (path: readonly PropertyKey[], detail: string): FieldError => ({ pointer: pointerTo(path), detail })

/** What is wrong with a number that was rounded, or that counts time in another unit, in place of what the schema says. */
const describeNumber = ({ path, input }: Issue): string | undefined => {
  const value = input instanceof InexactNumber ? input.nearest : input
  const wrongUnit = typeof value === 'number' && path.at(-1) === 'time' ? describeWrongUnit(value) : undefined
  if (wrongUnit !== undefined || !(input instanceof InexactNumber)) return wrongUnit
  return 'This number would be rounded. Send one that a 64-bit float holds: at most 15 digits, or whole numbers up to 9007199254740991.'
}

type Issue = z.core.$ZodIssue

/** True for an issue about what a container lacks because the body was cut there: a member, or what a rule of the whole asks for. */
export const isOfCut = ({ code, path, input }: Issue, body: unknown): boolean => {
  if (code === 'unrecognized_keys' || (code !== 'custom' && input !== undefined)) return false
  const place = code === 'custom' ? path : path.slice(0, -1)
  return getExcess(place.reduce<unknown>((value, name) => (value as Record<PropertyKey, unknown>)[name], body)) !== undefined
}

/** What a schema found wrong, one fault for each place. Of unknown members only as many as an answer can list, and one more. */
export const fieldErrorsOf = (
  error: Pick<z.ZodError, 'issues'>,
  fault: (path: readonly PropertyKey[], detail: string) => FieldError = pointAt,
): FieldError[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MAX_FIELD_ERRORS + 1).map((key) => fault([...issue.path, key], issue.message))
      : [fault(issue.path, describeNumber(issue) ?? issue.message)],
  )

const countFaults = ({ length }: FieldError[]): string => {
  if (length > MAX_FIELD_ERRORS) return `More than ${MAX_FIELD_ERRORS} things are`
  return length === 1 ? 'One thing is' : `${length} things are`
}

/** The problem of content that is well-formed and wrong. */
export const invalidContent = (faults: FieldError[]): Problem =>
  new Problem('invalid-content', `${countFaults(faults)} not valid; errors says where.`, { faults })

/** The deepest object whose arrays are counted: a factory's series is one level down. */
const DEPTH = 2

/**
 * Refuses arrays that are longer than any body has, before a schema sees them: zod makes an issue of each bad item. Deeper values
 * than a schema describes are not looked at by it.
 * @throws Problem `content-too-large`
 */
const refuseLongArrays = (value: unknown, path: readonly string[] = []): void => {
  if (Array.isArray(value) && value.length > LIMITS.readings) throw exceeding('items', path)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length === DEPTH) return
  for (const [name, member] of Object.entries(value)) refuseLongArrays(member, [...path, name])
}

/**
 * The value as its schema describes it.
 * @throws Problem `invalid-content` with a pointer to everything that does not fit, `content-too-large` for too long an array, or
 * for a body that exceeds another bound and fits as far as it was parsed
 */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  refuseLongArrays(value)
  const result = schema.safeParse(value, { reportInput: true, error: describeIssue })
  const excess = getExcess(value)
  if (result.success && !excess) return result.data
  const issues = result.success ? [] : result.error.issues.filter((issue) => !excess || !isOfCut(issue, value))
  const faults = fieldErrorsOf({ issues: issues.slice(0, MAX_FIELD_ERRORS + 1) })
  throw faults.length || !excess ? invalidContent(faults) : excess
}

/**
 * Refuses a body that names another resource than the path does.
 * @throws Problem `invalid-content`
 */
export const samePlace = (member: string, inBody: number | undefined, inPath: number): void => {
  if (inBody !== undefined && inBody !== inPath) throw invalidContent([{ pointer: `#/${member}`, detail: `The path says ${inPath}.` }])
}
