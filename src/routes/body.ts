import type { z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { Fault } from '../errors.ts'
import type { Door, RequestContext } from '../middleware/context.ts'
import { LIMITS } from '../schemas/limits.ts'
import { asHangUp, readBytes, tooLarge } from './bytes.ts'

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

/**
 * Reads a body that is text in UTF-8.
 * @param types media types that are read, the first of them named in the error
 * @param assumed what a body is that does not say
 * @throws Problem `unsupported-media-type` where the body is said to be something else, `malformed-request` where it is no UTF-8
 */
export const readText = async (c: RequestContext, types: readonly string[], assumed = ''): Promise<Text> => {
  const [type = '', ...parameters] = (c.req.header('Content-Type') ?? assumed)
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!types.includes(type)) throw new Problem('unsupported-media-type', `Send the body as ${types[0]}, and say so in Content-Type.`)
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) throw new Problem('unsupported-media-type', 'Text is sent in UTF-8.')
  const bytes = await readBytes(c)
  try {
    return { type, text: decoder.decode(bytes) }
  } catch {
    throw new Problem('malformed-request', 'The body is not text in UTF-8.')
  }
}

/** The value of a JSON text. */
export const parseJson = (text: string): unknown => {
  if (text.trim() === '') throw new Problem('malformed-request', 'The body is empty; send JSON.')
  try {
    return JSON.parse(text) as unknown
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

/** What a schema found wrong, one fault for each place. */
export const faultsOf = (
  error: Pick<z.ZodError, 'issues'>,
  fault: (path: readonly PropertyKey[], detail: string) => Fault = pointAt,
): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => fault([...issue.path, key], 'This member is not known here.'))
      : [fault(issue.path, issue.message)],
  )

/** The problem of content that is well-formed and wrong. */
export const invalid = (faults: Fault[]): Problem =>
  new Problem('invalid-content', `${faults.length === 1 ? 'One thing is' : `${faults.length} things are`} not valid; errors says where.`, {
    faults,
  })

/**
 * The value as its schema describes it.
 * @throws Problem `invalid-content` with a pointer to everything that does not fit
 */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const result = schema.safeParse(value)
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
