import type { z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { MAX_FAULTS, Problem } from '../errors.ts'
import type { Fault } from '../errors.ts'
import type { Door, RequestContext } from '../middleware/context.ts'
import { LIMITS } from '../schemas/limits.ts'
import { describeWrongUnit } from '../schemas/time-unit.ts'
import { describeIssue } from '../schemas/messages.ts'
import { asHangUp, readBytes, tooLarge } from './bytes.ts'
import { InexactNumber, parseExactJson } from './exact-number.ts'

const limit = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw tooLarge()
  },
})

/** Refuses a larger body. One whose length is not announced is read here, so a client that hangs up is found here too. */
export const limitBody = createMiddleware<Door>(async function limitBody(c, next) {
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
export const readAnyText = async (c: RequestContext): Promise<string> => {
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
export const readText = async (c: RequestContext, types: readonly string[]): Promise<Text> => {
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

/** The value of a JSON text. */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '') throw new Problem('malformed-request', 'The body is empty; send JSON.')
  try {
    return parseExactJson(text)
  } catch {
    throw new Problem('malformed-request', 'The body is not well-formed JSON in UTF-8.')
  }
}

/**
 * Reads a JSON body.
 * @param types media types that are read, the first of them named in the error
 * @param missing what a request without a body is taken to have sent, where it may go without
 */
export const readJson = async (c: RequestContext, types = ['application/json'], missing?: unknown): Promise<unknown> => {
  if (missing !== undefined && (await readBytes(c)).length === 0) return missing
  return parseJson((await readText(c, types)).text)
}

/** A JSON pointer as a URI fragment (RFC 6901, section 6); half a character, which no URI can hold, is shown as one that is unknown. */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  '#' + path.map((part) => `/${encodeURIComponent(String(part).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

const pointAt = (path: readonly PropertyKey[], detail: string): Fault => ({ pointer: pointerTo(path), detail })

/** What is wrong with a number that was rounded, or that counts time in another unit, in place of what the schema says. */
const describeNumber = ({ path, input }: Issue): string | undefined => {
  const value = input instanceof InexactNumber ? input.nearest : input
  const wrongUnit = typeof value === 'number' && path.at(-1) === 'time' ? describeWrongUnit(value) : undefined
  if (wrongUnit !== undefined || !(input instanceof InexactNumber)) return wrongUnit
  return 'This number would be rounded. Send one that a 64-bit float holds: at most 15 digits, or whole numbers up to 9007199254740991.'
}

type Issue = z.core.$ZodIssue

/** What a schema found wrong, one fault for each place. */
export const faultsOf = (
  error: Pick<z.ZodError, 'issues'>,
  fault: (path: readonly PropertyKey[], detail: string) => Fault = pointAt,
): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MAX_FAULTS).map((key) => fault([...issue.path, key], issue.message))
      : [fault(issue.path, describeNumber(issue) ?? issue.message)],
  )

/** The problem of content that is well-formed and wrong. */
export const invalid = (faults: Fault[]): Problem =>
  new Problem('invalid-content', `${faults.length === 1 ? 'One thing is' : `${faults.length} things are`} not valid; errors says where.`, {
    faults,
  })

/** The deepest object whose arrays are counted: a factory's series is one level down. */
const DEPTH = 2
/** Members that an object may have: no schema knows a tenth of it, and zod takes a second for 80,000 that it does not know. */
const MOST_MEMBERS = 200

/**
 * Refuses arrays and objects larger than any body has, before a schema sees them: zod makes an issue of each bad item, and more than about
 * 120,000 of them overflow its stack. Deeper values than a schema describes are not looked at by it.
 * @throws Problem `content-too-large`
 */
export const refuseLargeValues = (value: unknown, path: readonly string[] = []): void => {
  if (Array.isArray(value) && value.length > LIMITS.readings)
    throw new Problem('content-too-large', `An array may have ${LIMITS.readings} items; send them in parts.`, {
      faults: [{ pointer: pointerTo(path), detail: `It has ${value.length} items.` }],
    })
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length === DEPTH) return
  const members = Object.entries(value)
  if (members.length > MOST_MEMBERS)
    throw new Problem('content-too-large', `An object may have ${MOST_MEMBERS} members.`, {
      faults: [
        { pointer: pointerTo(path), detail: `It has ${members.length} members; send those that the contract at /openapi.json describes.` },
      ],
    })
  for (const [name, member] of members) refuseLargeValues(member, [...path, name])
}

/**
 * The value as its schema describes it.
 * @throws Problem `invalid-content` with a pointer to everything that does not fit, `content-too-large` for too long an array
 */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  refuseLargeValues(value)
  const result = schema.safeParse(value, { reportInput: true, error: describeIssue })
  if (!result.success) throw invalid(faultsOf(result.error))
  return result.data
}

/**
 * Refuses a body that names another resource than the path does.
 * @throws Problem `invalid-content`
 */
export const samePlace = (member: string, inBody: number | undefined, inPath: number): void => {
  if (inBody !== undefined && inBody !== inPath) throw invalid([{ pointer: `#/${member}`, detail: `The path says ${inPath}.` }])
}
